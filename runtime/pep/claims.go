package pep

import (
	"hash/maphash"
	"math/bits"
	"sync"
	"sync/atomic"

	"github.com/secretsgen/secretsgen/runtime/caller"
)

// claims is the bounded, sharded table of one-time ids that were used. There may
// be a million of them within minutes, so each takes 44 bytes in place and no
// pointer, and slots are few: a shard that is four fifths full grows by a
// quarter. A full table refuses, it forgets nothing that is live.
type claims struct {
	seed   maphash.Seed
	shards []claimShard
	size   atomic.Int64
	quota  *quota // nil: none
}

type claimShard struct {
	mu      sync.Mutex
	slots   []claimed // searched from a claim's home on, to the first that is free
	size    int       // expired ones among them
	limit   int       // of size
	sweepAt int64     // not before, when full

	_ [64]byte // keeps neighbors off one cache line
}

// claimed is one claim, or, with the zero id, a slot that is free.
type claimed struct {
	id    caller.Digest
	owner caller.RequestID
	ends  [2]uint32 // the halves of a time, which would otherwise begin at a multiple of eight bytes
	who   subjectHash
}

func newClaim(id caller.Digest, owner caller.RequestID, who subjectHash, until int64) claimed {
	return claimed{id, owner, [2]uint32{uint32(until >> 32), uint32(until)}, who}
}

func (c *claimed) until() int64 { return int64(c.ends[0])<<32 | int64(c.ends[1]) }

func newClaims(seed maphash.Seed, capacity int, share float64) *claims {
	count := shardsFor(capacity)
	c := &claims{seed: seed, shards: make([]claimShard, count), quota: newQuota(capacity, share)}
	for i := range c.shards {
		c.shards[i].limit = capacity / count
	}
	return c
}

// capacity is for how many claims there is room, as far as shards divide it.
func (c *claims) capacity() int { return len(c.shards) * c.shards[0].limit }

func (c *claims) hash(id caller.Digest) uint64 { return maphash.Comparable(c.seed, id) }

func (c *claims) shard(hash uint64) *claimShard {
	return &c.shards[hash&uint64(len(c.shards)-1)]
}

// get returns the live claim on an id.
func (c *claims) get(id caller.Digest, now int64) (claimed, bool) {
	if c.size.Load() == 0 {
		return claimed{}, false
	}
	hash := c.hash(id)
	s := c.shard(hash)
	s.mu.Lock()
	defer s.mu.Unlock()
	if at, ok := s.find(hash, id); ok && s.slots[at].until() > now {
		return s.slots[at], true
	}
	return claimed{}, false
}

// getOrAdd returns the live claim on n's id, or makes n that. It reports false
// if there is none and no room for one.
func (c *claims) getOrAdd(n claimed, now int64) (claimed, bool) {
	hash := c.hash(n.id)
	s := c.shard(hash)
	s.mu.Lock()
	defer s.mu.Unlock()
	if at, ok := s.find(hash, n.id); ok {
		if s.slots[at].until() > now {
			return s.slots[at], true
		}
		c.remove(s, at)
	}
	if s.size >= s.limit && now >= s.sweepAt {
		s.sweepAt = now + fullSweepEvery
		c.sweepShard(s, now)
	}
	if s.size >= s.limit || !c.quota.enter(n.who) {
		return claimed{}, false
	}
	if 5*(s.size+1) > 4*len(s.slots) {
		c.resize(s, len(s.slots)+len(s.slots)/4+leastSlots)
	}
	at, _ := s.find(hash, n.id)
	s.slots[at] = n
	s.size++
	c.size.Add(1)
	return n, true
}

// home is where the search for a hash begins. The low bits chose the shard.
func (s *claimShard) home(hash uint64) int {
	at, _ := bits.Mul64(hash, uint64(len(s.slots)))
	return int(at)
}

func (s *claimShard) next(at int) int {
	if at++; at < len(s.slots) {
		return at
	}
	return 0
}

// find returns the slot of an id, or the free one that ends the search for it.
func (s *claimShard) find(hash uint64, id caller.Digest) (at int, ok bool) {
	if len(s.slots) == 0 {
		return 0, false
	}
	for at = s.home(hash); ; at = s.next(at) {
		if s.slots[at].id == id {
			return at, true
		}
		if s.slots[at].id.IsZero() {
			return at, false
		}
	}
}

// remove frees a slot, and closes the gap that this leaves in the searches which
// lead past it.
func (c *claims) remove(s *claimShard, gap int) {
	c.quota.leave(s.slots[gap].who)
	s.size--
	c.size.Add(-1)
	steps := 0 // from the gap
	for at := s.next(gap); !s.slots[at].id.IsZero(); at = s.next(at) {
		steps++
		fromHome := at - s.home(c.hash(s.slots[at].id))
		if fromHome < 0 {
			fromHome += len(s.slots)
		}
		if fromHome >= steps {
			s.slots[gap] = s.slots[at]
			gap, steps = at, 0
		}
	}
	s.slots[gap] = claimed{}
}

// resize gives the shard another number of slots.
func (c *claims) resize(s *claimShard, length int) {
	old := s.slots
	s.slots = make([]claimed, length)
	for _, n := range old {
		if !n.id.IsZero() {
			at, _ := s.find(c.hash(n.id), n.id)
			s.slots[at] = n
		}
	}
}

// sweep drops everything that has expired, one lock at a time.
func (c *claims) sweep(now int64) {
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		c.sweepShard(s, now)
		s.mu.Unlock()
	}
}

func (c *claims) sweepShard(s *claimShard, now int64) {
	for at := 0; at < len(s.slots); {
		if n := &s.slots[at]; !n.id.IsZero() && n.until() <= now {
			c.remove(s, at) // another may have moved here
			continue
		}
		at++
	}
	switch {
	case s.size == 0:
		s.slots = nil
	case len(s.slots) > 4*s.size+leastSlots:
		c.resize(s, 2*s.size)
	}
}
