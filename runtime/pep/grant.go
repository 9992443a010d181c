package pep

import (
	"context"
	"hash/maphash"
	"time"
	"unique"

	"github.com/secretsgen/secretsgen/runtime/caller"
)

// Key is what a grant is for: one identity, its binding included, and one
// declaration, its canonical URI included. It is a comparable struct, so that no
// two keys meet through a separator in a name.
type Key struct {
	Identity    unique.Handle[caller.Identity]
	Declaration Declaration

	hash uint64 // of the rest, under the enforcer's seed
}

func newKey(seed maphash.Seed, identity unique.Handle[caller.Identity], d Declaration) Key {
	k := Key{Identity: identity, Declaration: d}
	k.hash = maphash.Comparable(seed, k)
	return k
}

// Circumstances are what a caller brings beside its identity and what an
// obligation to revalidate can tie a grant to.
type Circumstances struct {
	Token         caller.Digest // of issuer and token id
	WorkflowRun   string
	PolicyVersion string // in force now, from a [Versioned] PDP
}

// Conditions are the circumstances that must stay what they were when a grant
// was issued, for the grant to serve a caller (DESIGN section 5, step 8).
type Conditions struct{ Token, WorkflowRun, PolicyVersion bool }

// Of returns the circumstances that matter under c, the others zero.
func (c Conditions) Of(have Circumstances) Circumstances {
	if !c.Token {
		have.Token = caller.Digest{}
	}
	if !c.WorkflowRun {
		have.WorkflowRun = ""
	}
	if !c.PolicyVersion {
		have.PolicyVersion = ""
	}
	return have
}

// Grant is a permit of the PDP with what is left of it.
type Grant struct {
	ID            string
	DecisionID    string
	PolicyVersion string
	Uses          int           // left
	TTL           time.Duration // left
	ResponseWrap  time.Duration // 0: none

	// Conditions name the circumstances that must equal those of issue, which
	// Issued holds; the others are zero there.
	Conditions Conditions
	Issued     Circumstances
}

// Serves reports whether the grant may serve a caller in these circumstances.
func (g *Grant) Serves(have Circumstances) bool {
	return g.Conditions == Conditions{} || g.Conditions.Of(have) == g.Issued
}

// Attempt is a caller looking for a live grant.
type Attempt struct {
	Key  Key
	Have Circumstances
	Now  time.Duration // since the enforcer was made; a store with a clock of its own ignores it
}

// GrantStore keeps live grants. Several grants of one key may live side by
// side. An implementation must be linearizable: a grant that was added with k
// uses is spent k times, by however many goroutines or processes. Any error
// means that the store can't tell, and refuses the read.
type GrantStore interface {
	// Spend takes one use of a live grant that serves the attempt, and returns
	// the grant as it then is. It reports false if there is none.
	Spend(ctx context.Context, a Attempt) (Grant, bool, error)
	// Live reports whether Spend would find a use.
	Live(ctx context.Context, a Attempt) (bool, error)
	// Add stores g for its TTL, counted from now as in [Attempt], or adds g.Uses
	// to the grant of that id. It reports false if there is no room.
	Add(ctx context.Context, key Key, g Grant, now time.Duration) (bool, error)
}
