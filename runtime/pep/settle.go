package pep

import (
	"context"
	"crypto/rand"
	"time"
)

// settle deals out a verdict: uses in order of arrival, the leader first, what
// is left to the store. The store has it before the flight ends, so that whoever
// finds no flight finds the grant. A grant that was revoked while the PDP was
// asked for it serves nobody: all of them look again.
func (e *Enforcer) settle(ctx context.Context, f *flight, v verdict) {
	v.by = &f.leader.attempt
	waiting := e.flights.land(f)
	outcomes, left := v.dealTo(waiting, f.leader)
	if left > 0 {
		e.keep(ctx, &v, left)
	}
	if v.fresh {
		e.outdate(ctx, &v, outcomes)
	}
	if unclaimed := e.flights.deal(f, waiting, outcomes); unclaimed > 0 {
		e.giveBack(ctx, &v, unclaimed)
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
				outcomes[i].use = v
			}
		}
	}
	return outcomes, left
}

// outdate takes everything back that was dealt under a grant which was revoked
// meanwhile, or of which the store can't tell.
func (e *Enforcer) outdate(ctx context.Context, v *verdict, outcomes []outcome) {
	revoked, err := e.grants.Revoked(ctx, v.by.key, v.grant.Generation)
	switch {
	case err != nil:
		e.hooks.storeFailed(StoreGrants, "revoked")
		for i := range outcomes {
			outcomes[i] = outcome{err: v.by.unavailable(ReasonGrantStore)}
		}
	case revoked:
		for i := range outcomes {
			outcomes[i] = outcome{again: true}
		}
	}
}

// keep stores so many uses of a verdict's grant. It stores nothing that has
// expired, that a newer denial contradicts, or that would give an identity two
// live bindings: who wants it then asks anew.
func (e *Enforcer) keep(ctx context.Context, v *verdict, uses int) {
	now := e.clock.now()
	a, g := v.by, v.grant
	g.Uses, g.TTL = uses, time.Duration(v.until-now)
	if g.TTL <= 0 || e.deniedSince(a.key, v.asked, now) {
		return
	}
	if !a.pinsIdentity() {
		e.add(ctx, a, g, now)
		return
	}
	if e.pins.hold(a.note.unbound, a.binding(), g.ID, held{v.until, a.key.Declaration}, now) != "" {
		return
	}
	if !e.add(ctx, a, g, now) {
		e.pins.release(a.note.unbound, g.ID, now)
	}
}

// giveBack keeps uses that were dealt and never taken. The pin of an identity
// ends with the last use that the store has of a grant, and that one may be on its
// way at this moment: what comes back to a pinned grant is therefore a grant of its
// own.
func (e *Enforcer) giveBack(ctx context.Context, v *verdict, uses int) {
	back := *v
	if v.by.pinsIdentity() {
		back.grant.ID = rand.Text()
	}
	e.keep(ctx, &back, uses)
}

// add reports whether the store took a grant. One that it did not take is asked
// for anew.
func (e *Enforcer) add(ctx context.Context, a *attempt, g Grant, now int64) bool {
	stored, err := e.grants.Add(ctx, a.key, g, time.Duration(now))
	if err != nil {
		e.hooks.storeFailed(StoreGrants, "add")
	}
	return err == nil && stored
}
