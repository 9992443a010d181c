package pep

import (
	"context"
	"time"
)

// obtain is step 6: a use of a live grant, or else of one that the PDP is asked
// for, together with all who wait for the same answer. It ends with a use of the
// caller's own or with a refusal.
func (e *Enforcer) obtain(ctx context.Context, a *attempt) (Permit, error) {
	for {
		permit, live, err := e.local(ctx, a)
		if live || err != nil {
			return permit, err
		}
		f, w, leads := e.flights.board(*a)
		if leads {
			go e.fly(context.WithoutCancel(ctx), f)
		}
		permit, again, err := e.arrive(ctx, a, f, w)
		if !again {
			return permit, err
		}
	}
}

// local is what there is to know without the PDP: a live grant, whose use it
// then takes, or a token that has had the only one it is good for.
func (e *Enforcer) local(ctx context.Context, a *attempt) (permit Permit, live bool, err error) {
	permit, live, err = e.live(ctx, a)
	if err != nil || live {
		return permit, live, err
	}
	if !a.asked {
		e.hooks.grant(a, GrantMiss)
	}
	return Permit{}, false, e.unclaimed(ctx, a)
}

// live takes a use of a live grant, if there is one. It needs no PDP, which is
// what step 7 lives from. A caller that is gone takes nothing.
func (e *Enforcer) live(ctx context.Context, a *attempt) (Permit, bool, error) {
	if err := ctx.Err(); err != nil && (a.visit == nil || !a.visit.Live) {
		return Permit{}, false, err
	}
	g, ok, err := e.take(ctx, a)
	if err != nil {
		if ctx.Err() != nil {
			return Permit{}, false, ctx.Err()
		}
		return Permit{}, false, a.unavailable(ReasonGrantStore)
	}
	if !ok {
		return Permit{}, false, nil
	}
	if !a.asked {
		e.hooks.grant(a, GrantHit)
	}
	permit := g.permit()
	if permit.GrantCached = !a.asked; permit.GrantCached {
		permit.GrantAge = g.age()
	}
	return permit, true, nil
}

// take spends a use, or, for an attempt that spends none, looks for one.
func (e *Enforcer) take(ctx context.Context, a *attempt) (g Grant, ok bool, err error) {
	at := Attempt{Key: a.key, Have: a.have, Now: time.Duration(a.now)}
	if v, visited := a.taken(); visited {
		g, ok, err = v.Grant, v.Live, v.err
	} else if a.spends {
		g, ok, err = e.grants.Spend(ctx, at)
	} else {
		g, ok, err = e.grants.Live(ctx, at)
	}
	switch {
	case err != nil:
		e.takeFailed(ctx, a)
	case !ok:
		a.generation = g.Generation
	case a.spends && g.Uses == 0:
		e.pins.release(a.note.unbound, g.ID, a.now)
		e.hooks.grant(a, GrantSpent)
	}
	return g, ok, err
}

func (e *Enforcer) takeFailed(ctx context.Context, a *attempt) {
	if ctx.Err() != nil {
		return
	}
	operation := "live"
	if a.spends {
		operation = "spend"
	}
	e.hooks.storeFailed(StoreGrants, operation)
}

// arrive waits for a flight. If its answer was not for this caller, it reports
// true, and a knows what there is to know for the next one.
func (e *Enforcer) arrive(ctx context.Context, a *attempt, f *flight, w *waiter) (permit Permit, again bool, err error) {
	out, err := e.await(ctx, f, w)
	if err != nil {
		return Permit{}, false, err
	}
	if out.again && out.capacity > 0 {
		a.conditions, a.capacity = out.conditions, out.capacity
	}
	a.now, a.asked = e.clock.now(), true
	return out.permit, out.again, out.err
}

// fly asks the question of one flight and deals out the answer. ctx belongs to
// no caller: whoever leaves, the others get theirs.
func (e *Enforcer) fly(ctx context.Context, f *flight) {
	ctx, cancel := context.WithTimeout(ctx, e.flightTime())
	defer cancel()
	v, settled := e.recheck(ctx, f)
	if !settled {
		v = e.inquire(ctx, &f.leader.attempt)
	}
	e.settle(ctx, f, v)
}

// inquire asks the PDP one question.
func (e *Enforcer) inquire(ctx context.Context, a *attempt) verdict {
	e.hooks.asking(a)
	req := e.question(a)
	reason := e.describe(ctx, a, &req)
	a.now = e.clock.now()
	var dec Decision
	if reason == "" {
		dec, reason = e.pdp.decide(ctx, req)
	}
	e.hooks.decided(a, dec, reason, time.Duration(e.clock.now()-a.now))
	return e.judge(ctx, a, dec, reason)
}

// flightTime bounds a flight: a place in the queue, the answer, the stores before
// and after, and, where the question carries them, the attributes of its document.
func (e *Enforcer) flightTime() time.Duration {
	if e.attributes != nil {
		return 5 * e.pdp.timeout
	}
	return 4 * e.pdp.timeout
}

// verdict is what a flight brings.
type verdict struct {
	by        *attempt // in whose name the flight asked
	err       error    // for everybody
	leaderErr error    // for the leader alone; the others look again
	fresh     bool     // the PDP said so now
	grant     Grant    // what there is to deal out, if there is no error
	asked     int64    // when the PDP, or the store, was asked for it
	until     int64
}

// recheck looks for what an earlier flight left behind between the time the
// leader looked and the time it boarded. It reports false if the PDP has to be
// asked.
func (e *Enforcer) recheck(ctx context.Context, f *flight) (verdict, bool) {
	a := &f.leader.attempt
	a.now = e.clock.now()
	if err := e.remembered(a); err != nil {
		return verdict{err: err}, true
	}
	a.visit = nil
	g, ok, err := e.take(ctx, a)
	if err != nil {
		return verdict{err: a.unavailable(ReasonGrantStore)}, true
	}
	// There is to deal out what was taken of the grant: the store keeps the rest.
	g.Uses = 0
	if a.spends {
		g.Uses = 1
	}
	return verdict{grant: g, asked: a.now, until: after(a.now, g.TTL)}, ok
}

// judge turns the PDP's answer into a verdict. Only an answer that denies is
// remembered as a denial: not its absence, not an obligation that can't be met.
func (e *Enforcer) judge(ctx context.Context, a *attempt, dec Decision, reason Reason) verdict {
	if reason != "" {
		return verdict{err: a.unavailable(reason)}
	}
	denied := AuthzDeniedError{Accessor: a.accessor(), DecisionID: dec.ID, PolicyVersion: dec.PolicyVersion}
	if !dec.Permit {
		e.rememberDenial(ctx, a.key, dec, e.clock.now())
		denied.Code = DeniedByPolicy
		return verdict{err: &denied}
	}
	g, unmet := e.oblige(a, dec)
	if unmet != "" {
		denied.Code, denied.Obligation = DeniedObligation, unmet
		return verdict{err: &denied}
	}
	if single := dec.Obligations.MaxUses > 0 || e.limits.StrictTokenReplay; single && !a.bound.Token().IsZero() {
		if err := e.claimToken(ctx, a); err != nil {
			return verdict{leaderErr: err}
		}
	} else { // a token that is used up asks for nothing when its grant ends
		g.TTL = e.jittered(g.TTL)
	}
	g.Lifetime = g.TTL
	// Counted from before the question, so that no grant outlives what the PDP
	// gave it.
	return verdict{grant: g, asked: a.now, until: after(a.now, g.TTL), fresh: true}
}
