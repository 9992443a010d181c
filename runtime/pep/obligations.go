package pep

import (
	"crypto/rand"
	"time"
)

// oblige is step 8: it turns a permit into a grant within all limits. It
// returns the name of the first obligation that can't be met, which makes the
// permit a denial, or "".
func (e *Enforcer) oblige(a *attempt, dec Decision) (g Grant, unmet string) {
	o, d := dec.Obligations, &a.declared.declaration
	switch {
	case o.Refused != "":
		return g, obligationName(o.Refused)
	case o.TTL < 0:
		return g, "ttl_seconds"
	case o.MaxUses < 0:
		return g, "max_uses"
	case o.ResponseWrap < 0, o.ResponseWrap > 0 && !d.CanWrap:
		return g, "response_wrap"
	}
	g = Grant{
		ID:            rand.Text(),
		DecisionID:    dec.ID,
		PolicyVersion: dec.PolicyVersion,
		Uses:          e.limits.MaxUsesDefault,
		TTL:           e.limits.TTLDefault,
		ResponseWrap:  o.ResponseWrap,
		Generation:    a.generation,
	}
	if o.MaxUses > 0 {
		g.Uses = o.MaxUses
	}
	if o.TTL > 0 {
		g.TTL = o.TTL
	}
	g.Uses = min(g.Uses, e.limits.MaxUsesMax)
	g.TTL = min(g.TTL, e.limits.TTLMax)
	if expires := a.bound.Caller().ExpiresAt; !expires.IsZero() {
		g.TTL = min(g.TTL, time.Until(expires))
	}
	for _, condition := range o.MustRevalidateOn {
		if !g.revalidate(condition, a) {
			return Grant{}, "must_revalidate_on"
		}
	}
	g.Issued = g.Conditions.Of(a.have)
	return g, ""
}

// jittered takes up to a tenth off a lifetime, so that grants which were given
// together are not asked for again together. It never adds anything, and leaves a
// second in any case.
func (e *Enforcer) jittered(ttl time.Duration) time.Duration {
	shorter := ttl - time.Duration(e.random()*grantJitter*float64(ttl))
	return max(shorter, min(ttl, time.Second))
}

// revalidate ties the grant to a condition. It reports false if the condition
// is unknown or nothing here can tell whether it holds.
func (g *Grant) revalidate(condition Revalidate, a *attempt) bool {
	switch condition {
	case RevalidateToken:
		g.Conditions.Token = true
	case RevalidateWorkflowRun:
		g.Conditions.WorkflowRun = true
	case RevalidateBinding: // part of the grant's key
	case RevalidatePolicyVersion:
		// The version from before the question: one that changed meanwhile must
		// not pass for the version that was decided on.
		g.Conditions.PolicyVersion = true
		return a.have.PolicyVersion != ""
	case RevalidateSecretVersion: // only a pinned version can't change
		return a.declared.declaration.Ref.Version() > 0
	default:
		return false
	}
	return true
}

// obligationName lets through what looks like a name and nothing that a PDP
// might have put in its place.
func obligationName(name string) string {
	for i := range len(name) {
		switch c := name[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '_', c == '-', c == '.':
		default:
			return "unknown"
		}
	}
	if len(name) > 64 {
		return "unknown"
	}
	return name
}
