package pep

import (
	"context"
	"sync"
	"time"
)

// batchWorkers bounds how many questions of one batch go to a PDP that answers
// one at a time, and how many of its documents are looked at.
const batchWorkers = 16

// AuthorizeAll is [Enforcer.Authorize] for many declarations: live grants are
// spent first, and what is left is one question to a [BatchPDP], or single ones
// side by side to another PDP. Each result is a grant of its own, in the order of
// ds. If the batch as a whole is not answered, each of its results is that error.
func (e *Enforcer) AuthorizeAll(ctx context.Context, ds []*Declared) []Result {
	return e.authorizeAll(ctx, ds, true)
}

// Preflight asks for every declaration without a live grant and keeps the
// grants, without spending a use: a result without an error is that of a read
// which would be granted now. Its Permit tells what the PDP decided.
func (e *Enforcer) Preflight(ctx context.Context, ds []*Declared) []Result {
	return e.authorizeAll(ctx, ds, false)
}

// boarded is a declaration of a batch whose answer is awaited.
type boarded struct {
	index   int
	attempt attempt
	flight  *flight
	waiter  *waiter
}

func (e *Enforcer) authorizeAll(ctx context.Context, ds []*Declared, spends bool) []Result {
	results := make([]Result, len(ds))
	var waiting []boarded
	var led []*flight
	for i, d := range ds {
		a := e.attempt(d, spends)
		if err := e.admit(ctx, &a); err != nil {
			results[i].Err = err
			continue
		}
		permit, live, err := e.local(ctx, &a)
		if live || err != nil {
			results[i] = Result{permit, e.hooks.step(StepGrant, &a, err)}
			continue
		}
		f, w, leads := e.flights.board(a)
		if leads {
			led = append(led, f)
		}
		waiting = append(waiting, boarded{i, a, f, w})
	}
	if len(led) > 0 {
		go e.flyAll(context.WithoutCancel(ctx), led)
	}
	for _, b := range waiting {
		permit, again, err := e.arrive(ctx, &b.attempt, b.flight, b.waiter)
		if again {
			permit, err = e.obtain(ctx, &b.attempt)
		}
		results[b.index] = Result{permit, e.hooks.step(StepGrant, &b.attempt, err)}
	}
	return results
}

// flyAll asks the questions of many flights, as one where the PDP takes many.
func (e *Enforcer) flyAll(ctx context.Context, led []*flight) {
	if e.pdp.batch != nil && len(led) > 1 {
		led = e.flyTogether(ctx, led)
	}
	inTurn(len(led), func(i int) { e.fly(ctx, led[i]) })
}

// flyTogether is fly for many flights and one question. It returns those that
// are left to ask about one by one, because the PDP takes no batch.
func (e *Enforcer) flyTogether(ctx context.Context, led []*flight) (left []*flight) {
	ctx, cancel := context.WithTimeout(ctx, e.flightTime())
	defer cancel()
	var asking []*flight
	for _, f := range led {
		if v, settled := e.recheck(ctx, f); settled {
			e.settle(ctx, f, v)
			continue
		}
		asking = append(asking, f)
	}
	if len(asking) < 2 {
		return asking
	}
	for _, f := range asking {
		e.hooks.asking(&f.leader.attempt)
	}
	asking, reqs := e.questions(ctx, asking)
	if len(asking) == 0 {
		return nil
	}
	start := e.clock.now()
	for _, f := range asking {
		f.leader.now = start
	}
	decs, reason := e.pdp.decideAll(ctx, reqs)
	switch reason {
	case "":
	case ReasonNoBatch:
		return asking
	default:
		decs = make([]Decision, len(asking))
	}
	took := time.Duration(e.clock.now() - start)
	for i, f := range asking {
		a := &f.leader.attempt
		e.hooks.decided(a, decs[i], reason, took)
		e.settle(ctx, f, e.judge(ctx, a, decs[i], reason))
	}
	return nil
}

// questions makes the questions of many flights, looking at their documents side
// by side, for as long as for an answer of the PDP at the most. A flight whose
// question can't be asked is settled, and left out.
func (e *Enforcer) questions(ctx context.Context, flights []*flight) (asking []*flight, reqs []Request) {
	all, reasons := make([]Request, len(flights)), make([]Reason, len(flights))
	for i, f := range flights {
		all[i] = e.question(&f.leader.attempt)
	}
	if e.attributes != nil {
		together, cancel := context.WithTimeout(ctx, e.pdp.timeout)
		defer cancel()
		inTurn(len(flights), func(i int) { reasons[i] = e.describe(together, &flights[i].leader.attempt, &all[i]) })
	}
	for i, f := range flights {
		if a := &f.leader.attempt; reasons[i] != "" {
			e.hooks.decided(a, Decision{}, reasons[i], 0)
			e.settle(ctx, f, e.judge(ctx, a, Decision{}, reasons[i]))
			continue
		}
		asking, reqs = append(asking, f), append(reqs, all[i])
	}
	return asking, reqs
}

// inTurn does n things, batchWorkers of them side by side.
func inTurn(n int, do func(i int)) {
	var wg sync.WaitGroup
	next := make(chan int)
	for range min(batchWorkers, n) {
		wg.Go(func() {
			for i := range next {
				do(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
}
