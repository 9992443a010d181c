package pep

import (
	"context"
	"encoding/binary"
	"time"
	"unique"

	"github.com/secretsgen/secretsgen/runtime/caller"
)

// Key is what a grant is for: one identity, its binding included, and one
// declaration, its canonical URI included. It is a comparable struct of interned
// ones, so that no two keys meet through a separator in a name, and comparing two
// costs no look at a text.
type Key struct {
	Identity    unique.Handle[caller.Identity]
	Declaration unique.Handle[Declaration]

	digest keyDigest
	hash   uint64 // of digest, under the enforcer's seed
}

// keyDigest stands for a key in the tables of this process, which need not keep
// whom and what they are about.
type keyDigest struct{ identity, declaration caller.Digest }

func newKey(n *note, d *Declared) Key {
	return Key{n.identity, d.handle, keyDigest{n.digest, d.digest}, keyHash(n.hash, d.digest)}
}

// keyHash joins the hash of an identity, which is seeded, and the digest of a
// declaration.
func keyHash(identity uint64, declaration caller.Digest) uint64 {
	h := (identity ^ binary.LittleEndian.Uint64(declaration[:])) * 0x9e3779b97f4a7c15
	return h ^ h>>32
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
	Lifetime      time.Duration // when it was issued; 0: the store does not know
	ResponseWrap  time.Duration // 0: none

	// Conditions name the circumstances that must equal those of issue, which
	// Issued holds; the others are zero there.
	Conditions Conditions
	Issued     Circumstances

	// Generation is how many revocations the store knew of when the PDP was asked.
	// A grant is dead once a later one selects its key.
	Generation int64
}

// Serves reports whether the grant may serve a caller in these circumstances.
func (g *Grant) Serves(have Circumstances) bool {
	return g.Conditions == Conditions{} || g.Conditions.Of(have) == g.Issued
}

// age is how long ago the grant was issued, or 0 if nobody knows.
func (g *Grant) age() time.Duration {
	if g.Lifetime == 0 {
		return 0
	}
	return max(g.Lifetime-g.TTL, 0)
}

// Attempt is a caller looking for a live grant.
type Attempt struct {
	Key  Key
	Have Circumstances
	Now  time.Duration // since the enforcer was made; a store with a clock of its own ignores it
}

// GrantStore keeps live grants, and which were revoked. Several grants of one
// key may live side by side. An implementation must be linearizable: a grant that
// was added with k uses is spent k times, by however many goroutines or
// processes, and not once after Revoke has returned. Any error means that the
// store can't tell, and refuses the read.
type GrantStore interface {
	// Spend takes one use of a live grant that serves the attempt, and returns
	// the grant as it then is. It reports false if there is none, with a Grant
	// that has nothing but the Generation for one that is asked for now.
	Spend(ctx context.Context, a Attempt) (Grant, bool, error)
	// Live returns what Spend would, and takes no use.
	Live(ctx context.Context, a Attempt) (Grant, bool, error)
	// Add stores g for its TTL, counted from now as in [Attempt], or adds g.Uses
	// to the grant of that id. It reports false, and stores nothing, if there is no
	// room, or if g was revoked before it came.
	Add(ctx context.Context, key Key, g Grant, now time.Duration) (bool, error)
	// Revoke ends every grant that r selects, those included that the PDP has been
	// asked for and that have not been added yet. A store that can't remember one
	// more revocation ends all grants.
	Revoke(ctx context.Context, r Revocation, now time.Duration) error
	// Revoked reports whether a grant of that key and generation was revoked.
	Revoked(ctx context.Context, key Key, generation int64) (bool, error)
}
