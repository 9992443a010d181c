package pep

import "time"

// Permit is what a caller got: one use of one grant.
type Permit struct {
	GrantID       string
	DecisionID    string
	PolicyVersion string
	GrantCached   bool // the grant was live before this call
	// GrantAge is how long the grant had been live before this call; 0: it was
	// not, or the store does not know.
	GrantAge time.Duration
	// Decided reports that this call is the one to record the PDP's decision.
	// Of the callers that waited for one decision together it is the first to
	// be served.
	Decided      bool
	ResponseWrap time.Duration // 0: none; the provider must wrap
}

// Result is what became of one declaration of a batch: a Permit, or an Err of
// the same types as [Enforcer.Authorize] returns.
type Result struct {
	Permit Permit
	Err    error
}

func (g *Grant) permit() Permit {
	return Permit{
		GrantID:       g.ID,
		DecisionID:    g.DecisionID,
		PolicyVersion: g.PolicyVersion,
		ResponseWrap:  g.ResponseWrap,
	}
}
