package pep

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"time"

	"github.com/secretsgen/secretsgen/runtime/observe"
)

// pdpCaller is step 7: the PDP behind a bulkhead, a breaker and a deadline. An
// answer comes, or a [Reason], and never anything else: not a panic, not a text
// that the PDP made.
type pdpCaller struct {
	pdp     PDP
	batch   BatchPDP // nil: it answers one question at a time
	timeout time.Duration
	observe observe.Begin // nil: nobody is told
	local   bool          // what observers are told of the PDP
	slots   chan struct{}
	breaker *breaker
}

func newPDPCaller(cfg Config, hooks []BreakerHook) *pdpCaller {
	p := &pdpCaller{
		pdp:     cfg.PDP,
		timeout: cfg.PDPTimeout,
		observe: cfg.Observe,
		local:   cfg.LocalPDP,
		slots:   make(chan struct{}, cfg.MaxInFlight),
		breaker: newBreaker(cfg.Breaker, cfg.Random, hooks),
	}
	p.batch, _ = cfg.PDP.(BatchPDP)
	return p
}

// decide asks one question. The reason is empty if there is a decision.
func (p *pdpCaller) decide(ctx context.Context, req Request) (Decision, Reason) {
	ctx, end := p.begin(ctx, observe.About{Accessor: req.Resource.Accessor})
	dec, reason := call(ctx, p, func(ctx context.Context) (Decision, error) {
		dec, err := p.pdp.Decide(ctx, req)
		return dec.identified(), err
	})
	if reason == ReasonNoBatch {
		reason = ReasonConfig // no answer to a question of its own
	}
	end(answered(dec.Permit, reason))
	return dec, reason
}

// decideAll asks many at once. An answer of another length is no answer to any
// of them (AuthZEN API 1.0, section 7.2).
func (p *pdpCaller) decideAll(ctx context.Context, reqs []Request) ([]Decision, Reason) {
	ctx, end := p.begin(ctx, observe.About{Items: len(reqs)})
	decs, reason := call(ctx, p, func(ctx context.Context) ([]Decision, error) {
		decs, err := p.batch.DecideAll(ctx, reqs)
		if err == nil && len(decs) != len(reqs) {
			return nil, &PDPUnavailableError{Reason: ReasonMalformed}
		}
		identified := make([]Decision, len(decs))
		for i, dec := range decs {
			identified[i] = dec.identified()
		}
		return identified, err
	})
	end(answered(!slices.ContainsFunc(decs, func(dec Decision) bool { return !dec.Permit }), reason))
	return decs, reason
}

// begin tells an observer of a question, and returns how to tell of its end.
func (p *pdpCaller) begin(ctx context.Context, about observe.About) (context.Context, observe.End) {
	if p.observe == nil {
		return ctx, func(observe.Outcome) {}
	}
	about.Local = p.local
	return p.observe(ctx, observe.Decide, about)
}

// answered is what an observer hears of an answer. One to several questions
// denies if it denies any.
func answered(permit bool, reason Reason) observe.Outcome {
	switch {
	case reason != "":
		return observe.Outcome{Effect: observe.Error, Code: "pdp_" + string(reason)}
	case permit:
		return observe.Outcome{Effect: observe.Allow}
	}
	return observe.Outcome{Effect: observe.Deny, Code: string(DeniedByPolicy)}
}

// identified gives a decision an id if it has none.
func (d Decision) identified() Decision {
	if d.ID == "" {
		d.ID = rand.Text()
	}
	return d
}

type answer[T any] struct {
	value  T
	reason Reason
}

// call asks within the limits. It leaves a PDP that ignores its deadline
// behind, but not the place that it holds: so many can hang, and no more.
func call[T any](ctx context.Context, p *pdpCaller, ask func(context.Context) (T, error)) (T, Reason) {
	var none T
	if p.breaker.isOpen() {
		return none, ReasonBreakerOpen
	}
	queue := time.NewTimer(p.timeout)
	defer queue.Stop()
	select {
	case p.slots <- struct{}{}:
	case <-queue.C:
		return none, ReasonOverloaded
	}
	done, ok := p.breaker.allow()
	if !ok {
		<-p.slots
		return none, ReasonBreakerOpen
	}
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	answered := make(chan answer[T], 1)
	go func() {
		a := answer[T]{reason: ReasonUnavailable} // stands if ask panics or exits
		defer func() {
			_ = recover() // what it says could hold anything
			<-p.slots
			answered <- a
		}()
		value, err := ask(ctx)
		a = answer[T]{value, reasonOf(err)}
	}()
	var a answer[T]
	select {
	case a = <-answered:
	case <-ctx.Done():
		a.reason = ReasonTimeout
	}
	done(a.reason)
	if a.reason != "" {
		return none, a.reason
	}
	return a.value, ""
}

// reasonOf reduces an error of a PDP to its reason, or "" for none.
func reasonOf(err error) Reason {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*PDPUnavailableError](err); ok && knownReason(e.Reason) {
		return e.Reason
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return ReasonTimeout
	}
	return ReasonUnavailable
}

func knownReason(r Reason) bool {
	switch r {
	case ReasonUnavailable, ReasonTimeout, ReasonBreakerOpen, ReasonOverloaded, ReasonThrottled,
		ReasonMalformed, ReasonBadRequest, ReasonPEPAuth, ReasonConfig, ReasonRedirect, ReasonNoBatch:
		return true
	default:
		return false
	}
}
