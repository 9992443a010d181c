package pep

import (
	"maps"
	"math"
	"sync"
	"sync/atomic"
	"time"
)

const (
	maxShards  = 64
	shardFloor = 1024 // entries below which one more shard is not worth it

	// fullSweepEvery keeps a flood against a full shard from sweeping it on
	// every insertion.
	fullSweepEvery = int64(time.Second)
)

// table is a bounded, sharded map whose entries expire. The caller hashes the
// key, once, however many tables it looks into. Times are nanoseconds of the
// enforcer's monotonic clock.
//
// A full table keeps what it has: an insertion fails rather than pushing out
// what is live, so that a flood of new keys takes nothing from old ones.
type table[K comparable, V any] struct {
	shards []shard[K, V]
	size   atomic.Int64 // lets a look into an empty table cost one load
}

type shard[K comparable, V any] struct {
	mu      sync.Mutex
	heads   map[uint64]*node[K, V] // by hash
	size    int
	limit   int
	peak    int   // size of heads at its largest, which is the memory it holds
	sweepAt int64 // not before, when full

	_ [64]byte // keeps neighbors off one cache line
}

type node[K comparable, V any] struct {
	key   K
	until int64
	next  *node[K, V]
	value V
}

func newTable[K comparable, V any](capacity int) *table[K, V] {
	count := 1
	for count < maxShards && capacity/(2*count) >= shardFloor {
		count *= 2
	}
	t := &table[K, V]{shards: make([]shard[K, V], count)}
	for i := range t.shards {
		t.shards[i].heads = make(map[uint64]*node[K, V])
		t.shards[i].limit = capacity / count
	}
	return t
}

func (t *table[K, V]) shard(hash uint64) *shard[K, V] {
	return &t.shards[hash&uint64(len(t.shards)-1)]
}

// get returns the live value under key.
func (t *table[K, V]) get(hash uint64, key K, now int64) (value V, ok bool) {
	if t.size.Load() == 0 {
		return value, false
	}
	s := t.shard(hash)
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := s.find(hash, key, now); n != nil {
		return n.value, true
	}
	return value, false
}

// getOrAdd returns the live value under key, or adds the given one. It reports
// false if there is none and no room for one.
func (t *table[K, V]) getOrAdd(hash uint64, key K, value V, until, now int64) (V, bool) {
	s := t.shard(hash)
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := s.find(hash, key, now); n != nil {
		return n.value, true
	}
	return value, t.add(s, hash, key, value, until, now)
}

// add links a new entry in front of the others of its hash. The shard is locked.
func (t *table[K, V]) add(s *shard[K, V], hash uint64, key K, value V, until, now int64) bool {
	t.prune(s, hash, now)
	if s.size >= s.limit && now >= s.sweepAt {
		s.sweepAt = now + fullSweepEvery
		t.sweepShard(s, now)
	}
	if s.size >= s.limit {
		return false
	}
	s.heads[hash] = &node[K, V]{key: key, until: until, next: s.heads[hash], value: value}
	s.peak = max(s.peak, len(s.heads))
	s.size++
	t.size.Add(1)
	return true
}

// prune unlinks the dead entries of one hash. The shard is locked.
func (t *table[K, V]) prune(s *shard[K, V], hash uint64, now int64) {
	head := s.heads[hash]
	var kept *node[K, V]
	tail := &kept
	for n := head; n != nil; n = n.next {
		if n.until > now {
			*tail, tail = n, &n.next
			continue
		}
		s.size--
		t.size.Add(-1)
	}
	*tail = nil
	switch kept {
	case head:
	case nil:
		delete(s.heads, hash)
	default:
		s.heads[hash] = kept
	}
}

// sweep drops everything that has expired, one lock at a time.
func (t *table[K, V]) sweep(now int64) {
	for i := range t.shards {
		s := &t.shards[i]
		s.mu.Lock()
		t.sweepShard(s, now)
		s.mu.Unlock()
	}
}

func (t *table[K, V]) sweepShard(s *shard[K, V], now int64) {
	for hash := range s.heads {
		t.prune(s, hash, now)
	}
	// A Go map never gives memory back, so one that has emptied is replaced.
	if s.peak >= shardFloor && len(s.heads) < s.peak/4 {
		smaller := make(map[uint64]*node[K, V], len(s.heads))
		maps.Copy(smaller, s.heads)
		s.heads, s.peak = smaller, len(smaller)
	}
}

// find returns the first live entry of key. The shard is locked.
func (s *shard[K, V]) find(hash uint64, key K, now int64) *node[K, V] {
	for n := s.heads[hash]; n != nil; n = n.next {
		if n.until > now && n.key == key {
			return n
		}
	}
	return nil
}

// after adds a lifetime to a time of the monotonic clock, without overflow.
func after(now int64, lifetime time.Duration) int64 {
	if int64(lifetime) > math.MaxInt64-now {
		return math.MaxInt64
	}
	return now + int64(lifetime)
}
