package pep

import (
	"math"
	"sync"
	"sync/atomic"
	"time"
)

const (
	maxShards  = 64
	shardFloor = 1024 // entries below which one more shard is not worth it
	leastSlots = 8

	// fullSweepEvery keeps a flood against a full shard from sweeping it on
	// every insertion.
	fullSweepEvery = int64(time.Second)
)

// table is a bounded, sharded map whose entries expire. The caller hashes the
// key, once, however many tables it looks into. Times are nanoseconds of the
// enforcer's monotonic clock. One key may have several entries.
//
// Who looks takes no lock: a shard's slots hold pointers to entries, and what
// changes in an entry is atomic. Who adds or removes holds the shard's lock.
//
// A full table keeps what it has: an insertion fails rather than pushing out
// what is live, so that a flood of new keys takes nothing from old ones, and so
// it does for a subject whose quota is used up.
type table[K comparable, V any] struct {
	shards []shard[K, V]
	size   atomic.Int64 // lets a look into an empty table cost one load
	ended  atomic.Int64 // entries that were dropped because they had expired
	quota  *quota       // nil: none
	gone   *entry[K, V] // in the slots of what was removed: it has always expired
}

type shard[K comparable, V any] struct {
	slots   atomic.Pointer[[]slot[K, V]] // nil: it holds nothing. As many as a power of two
	mu      sync.Mutex                   // held by who changes slots, or anything below
	size    int                          // entries, expired ones among them
	taken   int                          // slots with an entry or with gone
	limit   int                          // of size
	sweepAt int64                        // not before, when full

	_ [64]byte // keeps neighbors off one cache line
}

type slot[K comparable, V any] = atomic.Pointer[entry[K, V]]

// entry is immutable but for until and what is atomic in its value.
type entry[K comparable, V any] struct {
	hash  uint64
	until atomic.Int64
	key   K
	value V
	who   subjectHash // whose quota it counts against
}

func (n *entry[K, V]) live(now int64) bool { return n.until.Load() > now }

// newTable returns a table of so many entries at the most, of which one subject
// may have share.
func newTable[K comparable, V any](capacity int, share float64) *table[K, V] {
	count := shardsFor(capacity)
	t := &table[K, V]{shards: make([]shard[K, V], count), quota: newQuota(capacity, share), gone: &entry[K, V]{}}
	for i := range t.shards {
		t.shards[i].limit = capacity / count
	}
	return t
}

// capacity is for how many entries there is room, as far as shards divide it.
func (t *table[K, V]) capacity() int { return len(t.shards) * t.shards[0].limit }

// shardsFor returns how many shards a capacity is divided among, a power of two.
func shardsFor(capacity int) int {
	count := 1
	for count < maxShards && capacity/(2*count) >= shardFloor {
		count *= 2
	}
	return count
}

func (t *table[K, V]) shard(hash uint64) *shard[K, V] {
	return &t.shards[hash&uint64(len(t.shards)-1)]
}

// cursor goes through the entries of one hash, without a lock.
type cursor[K comparable, V any] struct {
	slots []slot[K, V]
	at    uint64
	hash  uint64
}

func (s *shard[K, V]) seek(hash uint64) cursor[K, V] {
	slots := s.slots.Load()
	if slots == nil {
		return cursor[K, V]{}
	}
	return cursor[K, V]{slots: *slots, at: hash >> 8, hash: hash} // the low bits chose the shard
}

// next returns the next entry, expired ones among them, or nil after the last.
func (c *cursor[K, V]) next() *entry[K, V] {
	for len(c.slots) > 0 {
		n := c.slots[c.at&uint64(len(c.slots)-1)].Load()
		if n == nil {
			return nil
		}
		c.at++
		if n.hash == c.hash {
			return n
		}
	}
	return nil
}

// find returns the first live entry of key, or nil.
func (t *table[K, V]) find(hash uint64, key K, now int64) *entry[K, V] {
	if t.size.Load() == 0 {
		return nil
	}
	return t.shard(hash).find(hash, key, now)
}

func (s *shard[K, V]) find(hash uint64, key K, now int64) *entry[K, V] {
	c := s.seek(hash)
	for n := c.next(); n != nil; n = c.next() {
		if n.key == key && n.live(now) {
			return n
		}
	}
	return nil
}

// findOrAdd returns the live entry of n's key, or adds n. It returns nil if
// there is none and no room for one.
func (t *table[K, V]) findOrAdd(n *entry[K, V], now int64) *entry[K, V] {
	s := t.shard(n.hash)
	s.mu.Lock()
	defer s.mu.Unlock()
	if found := s.find(n.hash, n.key, now); found != nil {
		return found
	}
	if !t.add(s, n, now) {
		return nil
	}
	return n
}

// replace puts n in the place of the entries of its key. It reports false if
// there is no room.
func (t *table[K, V]) replace(n *entry[K, V], now int64) bool {
	s := t.shard(n.hash)
	s.mu.Lock()
	defer s.mu.Unlock()
	for old := s.find(n.hash, n.key, now); old != nil; old = s.find(n.hash, n.key, now) {
		t.remove(s, old)
	}
	return t.add(s, n, now)
}

// newEntry makes an entry to add.
func newEntry[K comparable, V any](hash uint64, key K, who subjectHash, until int64) *entry[K, V] {
	n := &entry[K, V]{hash: hash, key: key, who: who}
	n.until.Store(until)
	return n
}

// add puts n beside what there is of its hash. It reports false if there is no
// room. The shard is locked.
func (t *table[K, V]) add(s *shard[K, V], n *entry[K, V], now int64) bool {
	t.prune(s, n.hash, now)
	if s.size >= s.limit && now >= s.sweepAt {
		s.sweepAt = now + fullSweepEvery
		t.sweepShard(s, now)
	}
	if s.size >= s.limit || !t.quota.enter(n.who) {
		return false
	}
	if slots := s.slots.Load(); slots == nil || 3*(s.taken+1) > 2*len(*slots) {
		t.rebuild(s, s.size+1, now)
	}
	s.size++
	t.size.Add(1)
	if replaced := place(*s.slots.Load(), n, t.gone); replaced == nil {
		s.taken++
	}
	return true
}

// place puts n into the first slot for its hash that is free, and returns what
// was in it: nil or gone.
func place[K comparable, V any](slots []slot[K, V], n, gone *entry[K, V]) (replaced *entry[K, V]) {
	for at := n.hash >> 8; ; at++ {
		s := &slots[at&uint64(len(slots)-1)]
		if replaced = s.Load(); replaced == nil || replaced == gone {
			s.Store(n)
			return replaced
		}
	}
}

// remove takes n out, if it is still in. It expires, for those who look at slots
// that were replaced meanwhile. The shard is locked.
func (t *table[K, V]) remove(s *shard[K, V], n *entry[K, V]) {
	n.until.Store(0)
	c := s.seek(n.hash)
	for found := c.next(); found != nil; found = c.next() {
		if found == n {
			c.slots[(c.at-1)&uint64(len(c.slots)-1)].Store(t.gone)
			t.forget(s, n)
			return
		}
	}
}

// forget counts n as removed.
func (t *table[K, V]) forget(s *shard[K, V], n *entry[K, V]) {
	s.size--
	t.size.Add(-1)
	t.quota.leave(n.who)
}

// prune removes the expired entries of one hash. The shard is locked.
func (t *table[K, V]) prune(s *shard[K, V], hash uint64, now int64) {
	c := s.seek(hash)
	for n := c.next(); n != nil; n = c.next() {
		if n != t.gone && !n.live(now) {
			c.slots[(c.at-1)&uint64(len(c.slots)-1)].Store(t.gone)
			t.ended.Add(1)
			t.forget(s, n)
		}
	}
}

// rebuild gives the shard new slots with room for so many entries, without what
// has expired. The shard is locked; who looks meanwhile sees what there was.
func (t *table[K, V]) rebuild(s *shard[K, V], room int, now int64) {
	length := leastSlots
	for length < 2*room {
		length *= 2
	}
	slots := make([]slot[K, V], length)
	if old := s.slots.Load(); old != nil {
		for i := range *old {
			switch n := (*old)[i].Load(); {
			case n == nil, n == t.gone:
			case n.live(now):
				place(slots, n, t.gone)
			default:
				t.ended.Add(1)
				t.forget(s, n)
			}
		}
	}
	s.taken = s.size
	s.slots.Store(&slots)
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

// sweepShard drops what has expired and the memory that it took.
func (t *table[K, V]) sweepShard(s *shard[K, V], now int64) {
	live := 0
	for n := range s.all() {
		if n != t.gone && n.live(now) {
			live++
		}
	}
	if slots := s.slots.Load(); live < s.size || slots != nil && len(*slots) > 8*max(live, leastSlots) {
		t.rebuild(s, live, now)
	}
	if s.size == 0 {
		s.slots.Store(nil)
		s.taken = 0
	}
}

// all goes through every slot that holds something, gone among it. The shard is
// locked.
func (s *shard[K, V]) all() func(yield func(*entry[K, V]) bool) {
	return func(yield func(*entry[K, V]) bool) {
		slots := s.slots.Load()
		if slots == nil {
			return
		}
		for i := range *slots {
			if n := (*slots)[i].Load(); n != nil && !yield(n) {
				return
			}
		}
	}
}

// after adds a lifetime to a time of the monotonic clock, without overflow.
func after(now int64, lifetime time.Duration) int64 {
	if int64(lifetime) > math.MaxInt64-now {
		return math.MaxInt64
	}
	return now + int64(lifetime)
}
