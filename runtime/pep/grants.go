package pep

import (
	"context"
	"time"
)

// maxGrantsPerKey bounds how many grants of one key live side by side, each
// tied to circumstances of its own.
const maxGrantsPerKey = 64

// localGrants is the [GrantStore] of one process. Uses are counted under the
// lock of the key's shard.
type localGrants struct{ table *table[Key, Grant] }

func newLocalGrants(capacity int) localGrants {
	return localGrants{newTable[Key, Grant](capacity)}
}

// Spend implements [GrantStore].
func (l localGrants) Spend(_ context.Context, a Attempt) (Grant, bool, error) {
	s := l.table.shard(a.Key.hash)
	s.mu.Lock()
	defer s.mu.Unlock()
	n := find(s, &a)
	if n == nil {
		return Grant{}, false, nil
	}
	n.value.Uses--
	g := n.value
	g.TTL = time.Duration(n.until) - a.Now
	if g.Uses == 0 {
		n.until = 0
		l.table.prune(s, a.Key.hash, int64(a.Now))
	}
	return g, true, nil
}

// Live implements [GrantStore].
func (l localGrants) Live(_ context.Context, a Attempt) (bool, error) {
	s := l.table.shard(a.Key.hash)
	s.mu.Lock()
	defer s.mu.Unlock()
	return find(s, &a) != nil, nil
}

// Add implements [GrantStore].
func (l localGrants) Add(_ context.Context, key Key, g Grant, at time.Duration) (bool, error) {
	s, now := l.table.shard(key.hash), int64(at)
	s.mu.Lock()
	defer s.mu.Unlock()
	l.table.prune(s, key.hash, now)
	others := 0
	for n := s.heads[key.hash]; n != nil; n = n.next {
		if n.key != key {
			continue
		}
		if n.value.ID == g.ID {
			n.value.Uses += g.Uses
			return true, nil
		}
		others++
	}
	if others >= maxGrantsPerKey {
		return false, nil
	}
	return l.table.add(s, key.hash, key, g, after(now, g.TTL), now), nil
}

func find(s *shard[Key, Grant], a *Attempt) *node[Key, Grant] {
	for n := s.heads[a.Key.hash]; n != nil; n = n.next {
		if n.until > int64(a.Now) && n.key == a.Key && n.value.Serves(a.Have) {
			return n
		}
	}
	return nil
}
