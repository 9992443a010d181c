package pep

import (
	"context"
	"crypto/rand"
	"errors"
	"hash/maphash"
	"time"

	"github.com/secretsgen/secretsgen/runtime/caller"
)

// ErrStoreFull is what a [ReplayStore] returns, possibly wrapped, when it has
// no room for a claim.
var ErrStoreFull = errors.New("secretsgen: store is full")

// Claim is a one-time id together with who claims it.
type Claim struct {
	ID    caller.Digest    // stands for the id; the id itself is not kept
	Owner caller.RequestID // an inbound request, or a random id of a grant
	TTL   time.Duration
	Now   time.Duration // since the enforcer was made; a store with a clock of its own ignores it
}

// ReplayStore remembers which one-time ids were used. It never forgets a live
// claim: without room it returns [ErrStoreFull]. Any error refuses the read.
type ReplayStore interface {
	// Claim makes c.Owner the owner of c.ID for c.TTL if the id has none, and
	// reports whether the owner is c.Owner then. Claiming again extends nothing.
	Claim(ctx context.Context, c Claim) (bool, error)
	// Claimed reports whether the id has an owner.
	Claimed(ctx context.Context, id caller.Digest, now time.Duration) (bool, error)
}

// replay is step 5: a proof belongs to the inbound request that first used it.
// It is claimed after all other local checks, so that a request which fails them
// uses up nothing.
func (e *Enforcer) replay(ctx context.Context, a *attempt) error {
	proof := a.bound.Proof()
	if proof.IsZero() {
		return nil
	}
	ok, err := e.replays.Claim(ctx, Claim{
		ID: proof, Owner: a.bound.Request(), TTL: e.limits.ReplayTTL, Now: time.Duration(a.now),
	})
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	return a.replayed(ok, err, ReplayedProof)
}

// unclaimed refuses a token that has already had the one grant that it is good
// for. It is asked where there is no live grant, before the PDP is.
func (e *Enforcer) unclaimed(ctx context.Context, a *attempt) error {
	if a.bound.Token().IsZero() {
		return nil
	}
	claimed, err := e.replays.Claimed(ctx, a.tokenClaim(), time.Duration(a.now))
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	return a.replayed(!claimed, err, ReplayedToken)
}

// claimToken uses a token up for its declaration.
func (e *Enforcer) claimToken(ctx context.Context, a *attempt) error {
	c := Claim{ID: a.tokenClaim(), TTL: e.limits.ReplayTTL, Now: time.Duration(a.now)}
	_, _ = rand.Read(c.Owner[:]) // nobody claims it twice, not even the same request
	ok, err := e.replays.Claim(ctx, c)
	return a.replayed(ok, err, ReplayedToken)
}

// tokenClaim is what a single-use token is claimed by, one declaration apart
// from the other.
func (a *attempt) tokenClaim() caller.Digest {
	c, d := a.bound.Caller(), a.key.Declaration
	return caller.DigestOf("token-use", c.Issuer, c.TokenID, d.Ref.String(), d.Accessor)
}

func (a *attempt) replayed(ok bool, err error, code ReplayCode) error {
	switch {
	case err == nil && ok:
		return nil
	case err == nil:
	case errors.Is(err, ErrStoreFull):
		code = ReplayStoreFull
	default:
		code = ReplayStoreUnavailable
	}
	return &ReplayError{Accessor: a.key.Declaration.Accessor, Code: code}
}

// localReplays is the [ReplayStore] of one process.
type localReplays struct {
	seed  maphash.Seed
	table *table[caller.Digest, caller.RequestID]
}

func newLocalReplays(seed maphash.Seed, capacity int) localReplays {
	return localReplays{seed, newTable[caller.Digest, caller.RequestID](capacity)}
}

// Claim implements [ReplayStore].
func (l localReplays) Claim(_ context.Context, c Claim) (bool, error) {
	now := int64(c.Now)
	owner, ok := l.table.getOrAdd(maphash.Comparable(l.seed, c.ID), c.ID, c.Owner, after(now, c.TTL), now)
	if !ok {
		return false, ErrStoreFull
	}
	return owner == c.Owner, nil
}

// Claimed implements [ReplayStore].
func (l localReplays) Claimed(_ context.Context, id caller.Digest, now time.Duration) (bool, error) {
	_, ok := l.table.get(maphash.Comparable(l.seed, id), id, int64(now))
	return ok, nil
}
