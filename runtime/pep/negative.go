package pep

import (
	"context"
	"time"
)

// denial is what is remembered of a denial by policy.
type denial struct {
	decisionID, policyVersion string
	at                        int64 // an answer to an older question is not kept as a grant
	until                     int64 // when the PDP may be asked again
}

// negative is step 4: a denial by policy is remembered for a little while, for
// that identity, binding and declaration. Nothing but [Enforcer.rememberDenial]
// writes it, and only for an answer that is a denial. One that another process
// remembers comes with the visit to the shared store.
func (e *Enforcer) negative(ctx context.Context, a *attempt) error {
	if err := e.remembered(a); err != nil || e.shared == nil {
		return err
	}
	e.visits(ctx, a)
	if v := a.visit; v.err == nil && v.Denied {
		e.keepDenial(a.key, v.Denial, a.now)
		return a.denied(v.Denial.DecisionID, v.Denial.PolicyVersion)
	}
	return nil
}

// remembered is the denial that this process remembers, if there is one.
func (e *Enforcer) remembered(a *attempt) error {
	n := e.negatives.find(a.key.hash, a.key.digest, a.now)
	if n == nil || n.value.until <= a.now {
		return nil
	}
	return a.denied(n.value.decisionID, n.value.policyVersion)
}

// denied is a denial that was remembered.
func (a *attempt) denied(decisionID, policyVersion string) error {
	return &AuthzDeniedError{
		Accessor:      a.accessor(),
		Code:          DeniedByPolicy,
		DecisionID:    decisionID,
		PolicyVersion: policyVersion,
		Cached:        true,
	}
}

// rememberDenial keeps a denial for [NegativeTTL, that and a fifth]. The jitter
// keeps callers denied together from coming back together. Whatever that time,
// the denial is known for as long as an older question may still be under way.
func (e *Enforcer) rememberDenial(ctx context.Context, key Key, dec Decision, now int64) {
	ttl := e.limits.NegativeTTL
	ttl += time.Duration(e.random() * negativeJitter * float64(ttl))
	d := Denial{DecisionID: dec.ID, PolicyVersion: dec.PolicyVersion, TTL: ttl, Known: max(ttl, e.flightTime())}
	e.keepDenial(key, d, now)
	if e.shared == nil {
		return
	}
	if err := e.shared.Deny(ctx, key, d); err != nil {
		e.hooks.storeFailed(StoreDenials, "deny")
	}
}

// keepDenial keeps a denial in this process.
func (e *Enforcer) keepDenial(key Key, d Denial, now int64) {
	n := newEntry[keyDigest, denial](key.hash, key.digest, subjectOf(e.seed, key.Identity), after(now, max(d.Known, d.TTL)))
	n.value = denial{d.DecisionID, d.PolicyVersion, now, after(now, d.TTL)}
	e.negatives.replace(n, now)
}

// deniedSince reports whether a question asked then is older than a denial.
func (e *Enforcer) deniedSince(key Key, asked, now int64) bool {
	n := e.negatives.find(key.hash, key.digest, now)
	return n != nil && n.value.at >= asked
}
