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
	if err == nil && !live {
		err = e.unclaimed(ctx, a)
	}
	return permit, live, err
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
	a.now, a.asked = e.now(), true
	return out.permit, out.again, out.err
}

// fly asks the question of one flight and deals out the answer. ctx belongs to
// no caller: whoever leaves, the others get theirs.
func (e *Enforcer) fly(ctx context.Context, f *flight) {
	ctx, cancel := context.WithTimeout(ctx, e.flightTime())
	defer cancel()
	v, settled := e.recheck(ctx, f)
	if !settled {
		a := &f.leader.attempt
		a.now = e.now()
		dec, reason := e.pdp.decide(ctx, e.question(a))
		e.hooks.decided(a.key.Declaration.Accessor, dec, reason, time.Duration(e.now()-a.now))
		v = e.judge(ctx, a, dec, reason)
	}
	e.settle(ctx, f, v)
}

// flightTime bounds a flight: a place in the queue, the answer, and the stores
// before and after.
func (e *Enforcer) flightTime() time.Duration { return 4 * e.pdp.timeout }

// verdict is what a flight brings.
type verdict struct {
	err       error // for everybody
	leaderErr error // for the leader alone; the others look again
	fresh     bool  // the PDP said so now
	grant     Grant // what there is to deal out, if there is no error
	until     int64
}

// recheck looks for what an earlier flight left behind between the time the
// leader looked and the time it boarded. It reports false if the PDP has to be
// asked.
func (e *Enforcer) recheck(ctx context.Context, f *flight) (verdict, bool) {
	a := &f.leader.attempt
	a.now = e.now()
	if err := e.negative(a); err != nil {
		return verdict{err: err}, true
	}
	g, ok, err := e.take(ctx, a)
	if err != nil {
		return verdict{err: a.unavailable(ReasonGrantStore)}, true
	}
	if a.spends {
		g.Uses = 1 // the one that was taken
	}
	return verdict{grant: g, until: after(a.now, g.TTL)}, ok
}

// judge turns the PDP's answer into a verdict. Only an answer that denies is
// remembered as a denial: not its absence, not an obligation that can't be met.
func (e *Enforcer) judge(ctx context.Context, a *attempt, dec Decision, reason Reason) verdict {
	if reason != "" {
		return verdict{err: a.unavailable(reason)}
	}
	denied := AuthzDeniedError{Accessor: a.key.Declaration.Accessor, DecisionID: dec.ID, PolicyVersion: dec.PolicyVersion}
	if !dec.Permit {
		e.rememberDenial(a.key, dec, e.now())
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
	}
	// Counted from before the question, so that no grant outlives what the PDP
	// gave it.
	return verdict{grant: g, until: after(a.now, g.TTL), fresh: true}
}
