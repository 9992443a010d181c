package audit

import (
	"context"
	"math/bits"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

const (
	reservedShare = 8  // one eighth more room, for events of rank
	shardsACore   = 4  // so that two goroutines seldom choose the same
	maxShards     = 64 // of a ring
	minShard      = 64 // events that make a shard worth having
)

// ring is the bounded queue of one sink. All its memory is there from the start.
// Many goroutines push, each to a shard of its own choice, so that they seldom
// meet; one takes, in the order of the pushes.
type ring struct {
	shards  []shard
	tickets atomic.Uint64 // pushes so far
	wake    chan struct{} // has an entry if something was pushed since it was last emptied

	// Those who wait for room.
	waiting atomic.Int32
	roomMu  sync.Mutex
	room    chan struct{} // closed and replaced when room is made

	// The taker's own.
	left []left
}

// slot holds an event on its way.
type slot struct {
	ticket uint64
	number uint64 // of its id
	event  Event
}

type shard struct {
	mu     sync.Mutex
	slots  []slot
	head   int
	count  int
	open   int // permits are taken as long as there are fewer
	closed bool
	_      [64]byte // the next shard is on another cache line
}

// left is what of a snapshot is still to be taken from a shard.
type left struct{ at, count, taken int }

func newRing(size int) *ring {
	shards := min(shardsACore<<bits.Len(uint(runtime.GOMAXPROCS(0)-1)), maxShards)
	for shards > 1 && size/shards < minShard {
		shards /= 2
	}
	r := &ring{
		shards: make([]shard, shards),
		wake:   make(chan struct{}, 1),
		room:   make(chan struct{}),
		left:   make([]left, shards),
	}
	reserved := size/reservedShare + 1
	for i := range r.shards {
		s := &r.shards[i]
		s.open = share(size, shards, i)
		s.slots = make([]slot, s.open+share(reserved, shards, i))
	}
	return r
}

// share is the i-th of n parts of a whole.
func share(whole, n, i int) int { return (whole + i) / n }

// push copies e into the ring, unless there is no room for it or the ring is
// closed. Events of rank find room that others leave free.
func (r *ring) push(e *Event, number uint64, now time.Time) (ok, closed bool) {
	mask := len(r.shards) - 1
	first := 0
	if mask > 0 {
		first = int(rand.Uint32()) & mask //nolint:gosec // spreads load, guards nothing
	}
	for i := range r.shards {
		ok, closed = r.shards[(first+i)&mask].push(r, e, number, now)
		if ok {
			select {
			case r.wake <- struct{}{}:
			default:
			}
		}
		if ok || closed {
			return ok, closed
		}
	}
	return false, false
}

func (s *shard) push(r *ring, e *Event, number uint64, now time.Time) (ok, closed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	room := s.open + int(e.rank().Of(int64(len(s.slots)-s.open)))
	if s.closed || s.count >= room {
		return false, s.closed
	}
	at := s.head + s.count
	if at >= len(s.slots) {
		at -= len(s.slots)
	}
	into := &s.slots[at]
	into.ticket, into.number = r.tickets.Add(1), number
	into.event = *e
	into.event.Version, into.event.Time = EventVersion, now
	s.count++
	return true, false
}

// await is push with patience: it tries again whenever room is made, until ctx
// or the trail ends.
func (r *ring) await(ctx context.Context, closing <-chan struct{}, e *Event, number uint64, now time.Time) bool {
	r.waiting.Add(1)
	defer r.waiting.Add(-1)
	for {
		r.roomMu.Lock()
		room := r.room
		r.roomMu.Unlock()
		if ok, closed := r.push(e, number, now); ok || closed {
			return ok
		}
		select {
		case <-room:
		case <-ctx.Done():
			return false
		case <-closing:
			return false
		}
	}
}

// snapshot has take see everything that was pushed before, and nothing else. It
// returns how much that is.
func (r *ring) snapshot() int {
	for i := range r.shards {
		r.shards[i].mu.Lock()
	}
	total := 0
	for i := range r.shards {
		s := &r.shards[i]
		r.left[i] = left{at: s.head, count: s.count}
		total += s.count
		s.mu.Unlock()
	}
	return total
}

// take moves the next events of the snapshot out of the ring, in the order of
// their pushes, and returns how many.
func (r *ring) take(into []slot) int {
	n := 0
	for n < len(into) {
		next := -1
		for i, l := range r.left {
			if l.count > 0 && (next < 0 || r.shards[i].slots[l.at].ticket < r.shards[next].slots[r.left[next].at].ticket) {
				next = i
			}
		}
		if next < 0 {
			break
		}
		l, s := &r.left[next], &r.shards[next]
		into[n] = s.slots[l.at]
		s.slots[l.at] = slot{} // keeps no text alive
		l.at = (l.at + 1) % len(s.slots)
		l.count--
		l.taken++
		n++
	}
	for i := range r.left {
		l, s := &r.left[i], &r.shards[i]
		s.mu.Lock()
		s.head, s.count = l.at, s.count-l.taken
		s.mu.Unlock()
		l.taken = 0
	}
	if n > 0 && r.waiting.Load() > 0 {
		r.roomMu.Lock()
		close(r.room)
		r.room = make(chan struct{})
		r.roomMu.Unlock()
	}
	return n
}

// close lets nothing in any more.
func (r *ring) close() {
	for i := range r.shards {
		r.shards[i].mu.Lock()
		r.shards[i].closed = true
		r.shards[i].mu.Unlock()
	}
}

// pushed is how many events were let in so far.
func (r *ring) pushed() uint64 { return r.tickets.Load() }
