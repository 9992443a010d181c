package pep

import (
	"context"
	"errors"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/uri"
)

// Revocation selects grants: those of one subject, of one declaration, of one
// reference, or, where several are given, those to which all of them apply. The
// zero Revocation selects every grant.
type Revocation struct {
	Issuer, Subject string  // as in [caller.Caller]; an issuer alone selects nothing
	Accessor        string  // of the declaration, as "db.replica.password"
	Ref             uri.URI // under whatever accessor
}

// ErrRevocation is returned for a [Revocation] that names an issuer and no
// subject.
var ErrRevocation = errors.New("secretsgen: revoke: an issuer without a subject selects nothing: name the subject too")

// RevocationError says that the store of grants could not be told of a
// revocation. Try again: what it selects may still be served.
type RevocationError struct{}

func (*RevocationError) Error() string {
	return "secretsgen: revoke: the store of grants could not be reached, and may still serve what was to be revoked"
}

// Revoke ends the grants that r selects. Once it has returned, no use comes of
// a decision that the PDP was asked for before: not of a live grant, and not of an
// answer that is still on its way, for which its callers then ask again. Denials
// that are remembered stay, and so do pins of tokens and what counts as used. The
// error is [ErrRevocation], a [*RevocationError], or that of ctx.
func (e *Enforcer) Revoke(ctx context.Context, r Revocation) error {
	if r.Issuer != "" && r.Subject == "" {
		return ErrRevocation
	}
	if err := e.grants.Revoke(ctx, r, time.Duration(e.clock.now())); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		e.hooks.storeFailed(StoreGrants, "revoke")
		return &RevocationError{}
	}
	e.pins.revoke(r)
	e.hooks.revoked(r)
	return nil
}

// Scope says what r selects grants by.
func (r Revocation) Scope() RevokeScope {
	subject, secret := r.Subject != "", r.Accessor != "" || !r.Ref.IsZero()
	switch {
	case subject && secret:
		return RevokeSubjectAndSecret
	case subject:
		return RevokeSubject
	case secret:
		return RevokeSecret
	}
	return RevokeAll
}

// selects reports whether r selects the grants of a key.
func (r Revocation) selects(who caller.Identity, what Declaration) bool {
	return (r.Subject == "" || r.Issuer == who.Issuer && r.Subject == who.Subject) &&
		(r.Accessor == "" || r.Accessor == what.Accessor) &&
		(r.Ref.IsZero() || r.Ref == what.Ref)
}

// maxRevocations is how many revocations are told apart.
const maxRevocations = 1 << 12

// revocations are numbered, and remembered for as long as a grant from before
// can live. Without room for one more, all grants are revoked: memory is bounded,
// and nothing lives that should not.
type revocations struct {
	longest time.Duration // that a grant can live after its question
	count   atomic.Int64  // which is the generation of a grant that is asked for now

	mu   sync.RWMutex
	all  int64 // every grant of an earlier generation is revoked
	some map[Revocation]revocation
}

type revocation struct {
	number int64
	until  int64
}

func newRevocations(longest time.Duration) *revocations {
	return &revocations{longest: longest, some: map[Revocation]revocation{}}
}

func (rs *revocations) generation() int64 { return rs.count.Load() }

func (rs *revocations) add(r Revocation, now int64) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	number := rs.count.Load() + 1
	if len(rs.some) >= maxRevocations {
		maps.DeleteFunc(rs.some, func(_ Revocation, old revocation) bool { return old.until <= now })
	}
	_, known := rs.some[r]
	if r == (Revocation{}) || !known && len(rs.some) >= maxRevocations {
		rs.all = number
		clear(rs.some)
	} else {
		rs.some[r] = revocation{number, after(now, rs.longest)}
	}
	rs.count.Store(number)
}

// since reports whether grants of a key and generation were revoked.
func (rs *revocations) since(key *Key, generation int64) bool {
	if generation == rs.count.Load() {
		return false
	}
	rs.mu.RLock()
	defer rs.mu.RUnlock()
	if rs.all > generation {
		return true
	}
	who, what := key.Identity.Value(), key.Declaration.Value()
	for parts := range 8 { // every revocation that would select the key
		var r Revocation
		if parts&1 != 0 {
			r.Issuer, r.Subject = who.Issuer, who.Subject
		}
		if parts&2 != 0 {
			r.Accessor = what.Accessor
		}
		if parts&4 != 0 {
			r.Ref = what.Ref
		}
		if rs.some[r].number > generation {
			return true
		}
	}
	return false
}
