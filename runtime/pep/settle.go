package pep

import (
	"context"
	"time"
)

// settle deals out a verdict: uses in order of arrival, the leader first, what
// is left to the store. The store has it before the flight ends, so that whoever
// finds no flight finds the grant.
func (e *Enforcer) settle(ctx context.Context, f *flight, v verdict) {
	waiting := e.flights.land(f)
	outcomes, left := v.dealTo(waiting, f.leader)
	if left > 0 {
		rest := v.grant
		rest.Uses = left
		e.keep(ctx, &f.leader.attempt, rest, v.until)
	}
	for _, w := range e.flights.deal(f, waiting, outcomes) {
		e.giveBack(ctx, w)
	}
}

// dealTo works out what each waiter gets, and how many uses are left.
func (v *verdict) dealTo(waiting []*waiter, leader *waiter) (outcomes []outcome, left int) {
	outcomes = make([]outcome, len(waiting))
	left, decided := v.grant.Uses, v.fresh
	for i, w := range waiting {
		switch {
		case v.err != nil:
			outcomes[i].err = v.err
		case v.leaderErr != nil && w == leader:
			outcomes[i].err = v.leaderErr
		case v.leaderErr != nil, !v.grant.Serves(w.have), w.spends && left == 0:
			outcomes[i].again = true
			if v.fresh {
				outcomes[i].conditions, outcomes[i].capacity = v.grant.Conditions, v.grant.Uses
			}
		default:
			outcomes[i].permit = v.grant.permit()
			outcomes[i].permit.Decided, decided = decided, false
			if w.spends {
				left--
				outcomes[i].use, outcomes[i].until = &v.grant, v.until
			}
		}
	}
	return outcomes, left
}

// keep stores what is left of a grant. It stores nothing that has expired, that
// a newer denial contradicts, or that would give an identity two live bindings:
// who wants it then asks anew.
func (e *Enforcer) keep(ctx context.Context, a *attempt, g Grant, until int64) {
	now := e.now()
	g.TTL = time.Duration(until - now)
	if g.TTL <= 0 {
		return
	}
	if _, denied := e.negatives.get(a.key.hash, a.key, now); denied {
		return
	}
	if !a.pinsIdentity() {
		_, _ = e.grants.Add(ctx, a.key, g, time.Duration(now)) // not stored: asked anew
		return
	}
	unbound := a.bound.Unbound(e.tenant)
	if e.pins.hold(unbound, a.binding(), g.ID, until, now) != "" {
		return
	}
	if stored, err := e.grants.Add(ctx, a.key, g, time.Duration(now)); err != nil || !stored {
		e.pins.release(unbound, g.ID, now)
	}
}
