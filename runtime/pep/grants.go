package pep

import (
	"context"
	"hash/maphash"
	"sync/atomic"
	"time"
)

// maxGrantsPerKey bounds how many grants of one key live side by side, each
// tied to circumstances of its own.
const maxGrantsPerKey = 64

// localGrants is the [GrantStore] of one process. A use is taken without a lock;
// it is added, and a grant with it, under the lock of the key's shard.
type localGrants struct {
	seed        maphash.Seed
	table       *table[keyDigest, liveGrant]
	revocations *revocations

	spent    atomic.Uint64 // grants whose last use was taken
	unstored atomic.Uint64 // grants that found no room
}

// liveGrant is a grant that was added.
type liveGrant struct {
	uses    atomic.Int64 // left
	current atomic.Int64 // the generation in which it was last found not to be revoked

	id, decisionID, policyVersion string
	responseWrap, lifetime        time.Duration
	generation                    int64
	tied                          *tie // nil: it serves whatever the circumstances

	_ [40]byte // an entry then fills three cache lines, and shares none: cores spend side by side
}

// tie is what few grants have.
type tie struct {
	conditions Conditions
	issued     Circumstances
}

func (v *liveGrant) set(g *Grant) {
	v.uses.Store(int64(g.Uses))
	v.id, v.decisionID, v.policyVersion = g.ID, g.DecisionID, g.PolicyVersion
	v.responseWrap, v.lifetime, v.generation = g.ResponseWrap, g.Lifetime, g.Generation
	if g.Conditions != (Conditions{}) {
		v.tied = &tie{g.Conditions, g.Issued}
	}
}

// grant is what is left of it.
func (v *liveGrant) grant(uses int64, ttl time.Duration) Grant {
	g := Grant{
		ID:            v.id,
		DecisionID:    v.decisionID,
		PolicyVersion: v.policyVersion,
		Uses:          int(uses),
		TTL:           ttl,
		Lifetime:      v.lifetime,
		ResponseWrap:  v.responseWrap,
		Generation:    v.generation,
	}
	if v.tied != nil {
		g.Conditions, g.Issued = v.tied.conditions, v.tied.issued
	}
	return g
}

func (v *liveGrant) serves(have Circumstances) bool {
	return v.tied == nil || v.tied.conditions.Of(have) == v.tied.issued
}

// newLocalGrants returns a store of so many grants, none of which can live, or be
// added, when longest has passed since the PDP was asked for it.
func newLocalGrants(seed maphash.Seed, capacity int, share float64, longest time.Duration) *localGrants {
	return &localGrants{seed: seed, table: newTable[keyDigest, liveGrant](capacity, share), revocations: newRevocations(longest)}
}

// Spend implements [GrantStore].
func (l *localGrants) Spend(_ context.Context, a Attempt) (Grant, bool, error) {
	generation := l.revocations.generation()
	s := l.table.shard(a.Key.hash)
	c := s.seek(a.Key.hash)
	for n := c.next(); n != nil; n = c.next() {
		if !l.serves(n, &a, generation) {
			continue
		}
		ttl := time.Duration(n.until.Load()) - a.Now
		if left, ok := n.value.take(); ok {
			if left == 0 {
				l.drop(s, n)
			}
			return n.value.grant(left, ttl), true, nil
		}
	}
	return Grant{Generation: generation}, false, nil
}

// Live implements [GrantStore].
func (l *localGrants) Live(_ context.Context, a Attempt) (Grant, bool, error) {
	generation := l.revocations.generation()
	c := l.table.shard(a.Key.hash).seek(a.Key.hash)
	for n := c.next(); n != nil; n = c.next() {
		if uses := n.value.uses.Load(); uses > 0 && l.serves(n, &a, generation) {
			return n.value.grant(uses, time.Duration(n.until.Load())-a.Now), true, nil
		}
	}
	return Grant{Generation: generation}, false, nil
}

// serves reports whether a grant is live and may serve the attempt.
func (l *localGrants) serves(n *entry[keyDigest, liveGrant], a *Attempt, generation int64) bool {
	return n.key == a.Key.digest && n.live(int64(a.Now)) && n.value.serves(a.Have) && !l.revoked(n, &a.Key, generation)
}

// revoked reports whether a grant, which is of that key, was revoked by that
// generation. What was found once is not looked for again until there is another
// revocation.
func (l *localGrants) revoked(n *entry[keyDigest, liveGrant], key *Key, generation int64) bool {
	if n.value.current.Load() == generation {
		return false
	}
	if l.revocations.since(key, n.value.generation) {
		return true
	}
	n.value.current.Store(generation)
	return false
}

// take spends a use, if one is left.
func (v *liveGrant) take() (left int64, ok bool) {
	for {
		uses := v.uses.Load()
		if uses <= 0 {
			return 0, false
		}
		if v.uses.CompareAndSwap(uses, uses-1) {
			return uses - 1, true
		}
	}
}

// drop removes a spent grant, unless uses were given back to it meanwhile.
func (l *localGrants) drop(s *shard[keyDigest, liveGrant], n *entry[keyDigest, liveGrant]) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n.value.uses.Load() == 0 {
		l.spent.Add(1)
		l.table.remove(s, n)
	}
}

// Add implements [GrantStore].
func (l *localGrants) Add(_ context.Context, key Key, g Grant, at time.Duration) (bool, error) {
	s, now := l.table.shard(key.hash), int64(at)
	s.mu.Lock()
	defer s.mu.Unlock()
	generation := l.revocations.generation()
	if l.revocations.since(&key, g.Generation) {
		return false, nil
	}
	others := 0
	c := s.seek(key.hash)
	for n := c.next(); n != nil; n = c.next() {
		if n.key != key.digest || !n.live(now) || l.revoked(n, &key, generation) {
			continue
		}
		if n.value.id == g.ID {
			n.value.uses.Add(int64(g.Uses))
			return true, nil
		}
		others++
	}
	if others >= maxGrantsPerKey {
		l.unstored.Add(1)
		return false, nil
	}
	n := newEntry[keyDigest, liveGrant](key.hash, key.digest, subjectOf(l.seed, key.Identity), after(now, g.TTL))
	n.value.set(&g)
	n.value.current.Store(generation)
	if !l.table.add(s, n, now) {
		l.unstored.Add(1)
		return false, nil
	}
	return true, nil
}

// Revoke implements [GrantStore]. The grants stay where they are until they
// would have expired.
func (l *localGrants) Revoke(_ context.Context, r Revocation, now time.Duration) error {
	l.revocations.add(r, int64(now))
	return nil
}

// Revoked implements [GrantStore].
func (l *localGrants) Revoked(_ context.Context, key Key, generation int64) (bool, error) {
	return l.revocations.since(&key, generation), nil
}
