package pdptest

import (
	"context"
	"slices"
	"sync"

	"github.com/secretsgen/secretsgen/runtime/pep"
)

// PDP is a PDP in memory. It implements [pep.PDP] and is safe for concurrent
// use.
type PDP struct {
	mu       sync.Mutex
	decide   func(context.Context, pep.Request) (pep.Decision, error)
	script   []Answer
	requests []pep.Request
	calls    int
}

// Answer is one scripted answer: a decision, or an error if that is not nil.
type Answer struct {
	Decision pep.Decision
	Err      error
}

// Static is a PDP that always decides the same.
func Static(decision pep.Decision) *PDP {
	return Func(func(context.Context, pep.Request) (pep.Decision, error) { return decision, nil })
}

// Func is a PDP that decides by a function, which is called from many
// goroutines.
func Func(decide func(context.Context, pep.Request) (pep.Decision, error)) *PDP {
	return &PDP{decide: decide}
}

// Script sets the answers to the next questions, in order. After them the PDP
// decides as before.
func (p *PDP) Script(answers ...Answer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.script = slices.Clone(answers)
}

// Decide implements [pep.PDP].
func (p *PDP) Decide(ctx context.Context, req pep.Request) (pep.Decision, error) {
	p.mu.Lock()
	p.calls++
	p.mu.Unlock()
	return p.answer(ctx, req)
}

func (p *PDP) answer(ctx context.Context, req pep.Request) (pep.Decision, error) {
	p.mu.Lock()
	p.requests = append(p.requests, req)
	if len(p.script) > 0 {
		next := p.script[0]
		p.script = p.script[1:]
		p.mu.Unlock()
		return next.Decision, next.Err
	}
	p.mu.Unlock()
	return p.decide(ctx, req)
}

// Calls is how often the PDP was asked; a batch is one call.
func (p *PDP) Calls() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls
}

// Requests is every question so far.
func (p *PDP) Requests() []pep.Request {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.requests)
}

// Batch is the same PDP with an endpoint for many questions at once.
func (p *PDP) Batch() *BatchPDP { return &BatchPDP{p} }

// BatchPDP is a [PDP] that also implements [pep.BatchPDP].
type BatchPDP struct{ *PDP }

// DecideAll implements [pep.BatchPDP]. The first error fails the batch.
func (p *BatchPDP) DecideAll(ctx context.Context, reqs []pep.Request) ([]pep.Decision, error) {
	p.mu.Lock()
	p.calls++
	p.mu.Unlock()
	decisions := make([]pep.Decision, len(reqs))
	for i, req := range reqs {
		decision, err := p.answer(ctx, req)
		if err != nil {
			return nil, err
		}
		decisions[i] = decision
	}
	return decisions, nil
}
