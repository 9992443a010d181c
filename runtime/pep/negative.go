package pep

import "time"

// denial is what is remembered of a denial by policy.
type denial struct{ decisionID, policyVersion string }

// negative is step 4: a denial by policy is remembered for a little while, for
// that identity, binding and declaration. Nothing but [Enforcer.rememberDenial]
// writes it, and only for an answer that is a denial.
func (e *Enforcer) negative(a *attempt) error {
	d, ok := e.negatives.get(a.key.hash, a.key, a.now)
	if !ok {
		return nil
	}
	return &AuthzDeniedError{
		Accessor:      a.key.Declaration.Accessor,
		Code:          DeniedByPolicy,
		DecisionID:    d.decisionID,
		PolicyVersion: d.policyVersion,
		Cached:        true,
	}
}

// rememberDenial keeps a denial for [NegativeTTL, that and a fifth]. The jitter
// keeps callers denied together from coming back together.
func (e *Enforcer) rememberDenial(key Key, dec Decision, now int64) {
	ttl := e.limits.NegativeTTL
	if ttl == 0 {
		return
	}
	ttl += time.Duration(e.random() * negativeJitter * float64(ttl))
	e.negatives.getOrAdd(key.hash, key, denial{dec.ID, dec.PolicyVersion}, after(now, ttl), now)
}
