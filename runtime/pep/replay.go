package pep

import (
	"context"
	"crypto/rand"
	"errors"
	"hash/maphash"
	"time"
	"unique"

	"github.com/secretsgen/secretsgen/runtime/caller"
)

// ErrStoreFull is what a [ReplayStore] returns, possibly wrapped, when it has
// no room for a claim, or no more for claims of that subject.
var ErrStoreFull = errors.New("secretsgen: store is full")

// Claim is a one-time id together with who claims it.
type Claim struct {
	ID    caller.Digest    // stands for the id; the id itself is not kept
	Owner caller.RequestID // an inbound request, or a random id of a grant
	TTL   time.Duration
	Now   time.Duration // since the enforcer was made; a store with a clock of its own ignores it

	// Identity is whose id it is, for a store that bounds what one subject can
	// fill of it, or keeps together what is one caller's.
	Identity unique.Handle[caller.Identity]
}

// ReplayStore remembers which one-time ids were used. It never forgets a live
// claim: without room it returns [ErrStoreFull], and [ErrStoreForgot] where it may
// have forgotten one all the same. Any error refuses the read.
type ReplayStore interface {
	// Claim makes c.Owner the owner of c.ID for c.TTL if the id has none. It
	// returns for how long c.Owner is the owner from then on, 0 if another is.
	// Claiming again extends nothing.
	Claim(ctx context.Context, c Claim) (time.Duration, error)
	// Claimed reports whether c.ID has an owner. The owner and the TTL of c are of no
	// account.
	Claimed(ctx context.Context, c Claim) (bool, error)
}

// replay is step 5: a proof belongs to the inbound request that first used it.
// It is claimed after all other local checks, so that a request which fails them
// uses up nothing.
func (e *Enforcer) replay(ctx context.Context, a *attempt) error {
	if a.now < a.note.claimed.Load() {
		return nil
	}
	proof := a.bound.Proof()
	if proof.IsZero() {
		return nil
	}
	left, err := e.own(ctx, a, proof)
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	if left > 0 {
		a.note.claimed.Store(after(a.now, left))
	}
	return a.replayed(left > 0, err, ReplayedProof)
}

// own claims a proof for the inbound request, if the first look at a shared store
// has not done that already.
func (e *Enforcer) own(ctx context.Context, a *attempt, proof caller.Digest) (time.Duration, error) {
	if a.visit == nil {
		return e.claim(ctx, a, proof, a.bound.Request())
	}
	if a.visit.err != nil && ctx.Err() == nil {
		e.hooks.storeFailed(StoreReplays, "claim")
	}
	return a.visit.Owned, a.visit.err
}

// unclaimed refuses a token that has already had the one grant that it is good
// for. It is asked where there is no live grant, before the PDP is.
func (e *Enforcer) unclaimed(ctx context.Context, a *attempt) error {
	if a.bound.Token().IsZero() {
		return nil
	}
	claimed, err := e.tokenClaimed(ctx, a)
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		e.hooks.storeFailed(StoreReplays, "claimed")
	}
	return a.replayed(!claimed, err, ReplayedToken)
}

func (e *Enforcer) tokenClaimed(ctx context.Context, a *attempt) (bool, error) {
	if v := a.visit; v != nil {
		a.visit = nil // a later look asks anew
		return v.TokenClaimed, nil
	}
	return e.replays.Claimed(ctx, e.newClaim(a, a.tokenClaim(), caller.RequestID{}))
}

// claimToken uses a token up for its declaration.
func (e *Enforcer) claimToken(ctx context.Context, a *attempt) error {
	var nobody caller.RequestID
	_, _ = rand.Read(nobody[:]) // nobody claims it twice, not even the same request
	left, err := e.claim(ctx, a, a.tokenClaim(), nobody)
	return a.replayed(left > 0, err, ReplayedToken)
}

func (e *Enforcer) claim(ctx context.Context, a *attempt, id caller.Digest, owner caller.RequestID) (time.Duration, error) {
	left, err := e.replays.Claim(ctx, e.newClaim(a, id, owner))
	if err == nil {
		return left, nil
	}
	if ctx.Err() == nil {
		e.hooks.storeFailed(StoreReplays, "claim")
	}
	return 0, err
}

func (e *Enforcer) newClaim(a *attempt, id caller.Digest, owner caller.RequestID) Claim {
	return Claim{ID: id, Owner: owner, TTL: e.limits.ReplayTTL, Now: time.Duration(a.now), Identity: a.key.Identity}
}

// tokenClaim is what a single-use token is claimed by, one declaration apart
// from the other.
func (a *attempt) tokenClaim() caller.Digest {
	c, d := a.bound.Caller(), &a.declared.declaration
	return caller.DigestOf("token-use", c.Issuer, c.TokenID, d.Ref.String(), d.Accessor)
}

func (a *attempt) replayed(ok bool, err error, code ReplayCode) error {
	switch {
	case err == nil && ok:
		return nil
	case err == nil:
	case errors.Is(err, ErrStoreFull):
		code = ReplayStoreFull
	case errors.Is(err, ErrStoreForgot):
		code = ReplayStoreForgot
	default:
		code = ReplayStoreUnavailable
	}
	return &ReplayError{Accessor: a.accessor(), Code: code}
}

// localReplays is the [ReplayStore] of one process.
type localReplays struct {
	seed   maphash.Seed
	claims *claims
}

func newLocalReplays(seed maphash.Seed, capacity int, share float64) localReplays {
	return localReplays{seed, newClaims(seed, capacity, share)}
}

// Claim implements [ReplayStore].
func (l localReplays) Claim(_ context.Context, c Claim) (time.Duration, error) {
	now := int64(c.Now)
	wanted := newClaim(c.ID, c.Owner, subjectOf(l.seed, c.Identity), after(now, c.TTL))
	has, ok := l.claims.getOrAdd(wanted, now)
	switch {
	case !ok:
		return 0, ErrStoreFull
	case has.owner != c.Owner:
		return 0, nil
	}
	return time.Duration(has.until() - now), nil
}

// Claimed implements [ReplayStore].
func (l localReplays) Claimed(_ context.Context, c Claim) (bool, error) {
	_, ok := l.claims.get(c.ID, int64(c.Now))
	return ok, nil
}
