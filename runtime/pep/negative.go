package pep

import "time"

// denial is what is remembered of a denial by policy.
type denial struct {
	decisionID, policyVersion string
	at                        int64 // an answer to an older question is not kept as a grant
	until                     int64 // when the PDP may be asked again
}

// negative is step 4: a denial by policy is remembered for a little while, for
// that identity, binding and declaration. Nothing but [Enforcer.rememberDenial]
// writes it, and only for an answer that is a denial.
func (e *Enforcer) negative(a *attempt) error {
	n := e.negatives.find(a.key.hash, a.key.digest, a.now)
	if n == nil || n.value.until <= a.now {
		return nil
	}
	return &AuthzDeniedError{
		Accessor:      a.accessor(),
		Code:          DeniedByPolicy,
		DecisionID:    n.value.decisionID,
		PolicyVersion: n.value.policyVersion,
		Cached:        true,
	}
}

// rememberDenial keeps a denial for [NegativeTTL, that and a fifth]. The jitter
// keeps callers denied together from coming back together. Whatever that time,
// the denial is known for as long as an older question may still be under way.
func (e *Enforcer) rememberDenial(key Key, dec Decision, now int64) {
	ttl := e.limits.NegativeTTL
	ttl += time.Duration(e.random() * negativeJitter * float64(ttl))
	known := after(now, max(ttl, e.flightTime()))
	n := newEntry[keyDigest, denial](key.hash, key.digest, subjectOf(e.seed, key.Identity), known)
	n.value = denial{dec.ID, dec.PolicyVersion, now, after(now, ttl)}
	e.negatives.replace(n, now)
}

// deniedSince reports whether a question asked then is older than a denial.
func (e *Enforcer) deniedSince(key Key, asked, now int64) bool {
	n := e.negatives.find(key.hash, key.digest, now)
	return n != nil && n.value.at >= asked
}
