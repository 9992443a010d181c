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
	table       *table[Key, liveGrant]
	revocations *revocations
}

// liveGrant is a grant that was added.
type liveGrant struct {
	uses    atomic.Int64 // left; the one in grant is not looked at
	current atomic.Int64 // the generation in which it was last found not to be revoked
	grant   Grant
}

// newLocalGrants returns a store of so many grants, none of which can live, or be
// added, when longest has passed since the PDP was asked for it.
func newLocalGrants(seed maphash.Seed, capacity int, share float64, longest time.Duration) *localGrants {
	return &localGrants{seed, newTable[Key, liveGrant](capacity, share), newRevocations(longest)}
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
		g := n.value.grant
		g.TTL = time.Duration(n.until.Load()) - a.Now
		if left, ok := n.value.take(); ok {
			if g.Uses = int(left); left == 0 {
				l.drop(s, n)
			}
			return g, true, nil
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
			g := n.value.grant
			g.TTL, g.Uses = time.Duration(n.until.Load())-a.Now, int(uses)
			return g, true, nil
		}
	}
	return Grant{Generation: generation}, false, nil
}

// serves reports whether a grant is live and may serve the attempt.
func (l *localGrants) serves(n *entry[Key, liveGrant], a *Attempt, generation int64) bool {
	return n.key == a.Key && n.live(int64(a.Now)) && n.value.grant.Serves(a.Have) && !l.revoked(n, generation)
}

// revoked reports whether a grant was revoked, by that generation. What was found
// once is not looked for again until there is another revocation.
func (l *localGrants) revoked(n *entry[Key, liveGrant], generation int64) bool {
	if n.value.current.Load() == generation {
		return false
	}
	if l.revocations.since(n.key, n.value.grant.Generation) {
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
func (l *localGrants) drop(s *shard[Key, liveGrant], n *entry[Key, liveGrant]) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n.value.uses.Load() == 0 {
		l.table.remove(s, n)
	}
}

// Add implements [GrantStore].
func (l *localGrants) Add(_ context.Context, key Key, g Grant, at time.Duration) (bool, error) {
	s, now := l.table.shard(key.hash), int64(at)
	s.mu.Lock()
	defer s.mu.Unlock()
	generation := l.revocations.generation()
	if l.revocations.since(key, g.Generation) {
		return false, nil
	}
	others := 0
	c := s.seek(key.hash)
	for n := c.next(); n != nil; n = c.next() {
		if n.key != key || !n.live(now) || l.revoked(n, generation) {
			continue
		}
		if n.value.grant.ID == g.ID {
			n.value.uses.Add(int64(g.Uses))
			return true, nil
		}
		others++
	}
	if others >= maxGrantsPerKey {
		return false, nil
	}
	n := newEntry[Key, liveGrant](key.hash, key, subjectOf(l.seed, key.Identity), after(now, g.TTL))
	n.value.grant = g
	n.value.uses.Store(int64(g.Uses))
	n.value.current.Store(generation)
	return l.table.add(s, n, now), nil
}

// Revoke implements [GrantStore]. The grants stay where they are until they
// would have expired.
func (l *localGrants) Revoke(_ context.Context, r Revocation, now time.Duration) error {
	l.revocations.add(r, int64(now))
	return nil
}

// Revoked implements [GrantStore].
func (l *localGrants) Revoked(_ context.Context, key Key, generation int64) (bool, error) {
	return l.revocations.since(key, generation), nil
}
