package runtime

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/secretsgen/secretsgen/runtime/providers"
)

// shelf keeps documents of one store for the declarations that ask for it
// (DESIGN section 3, "cache"). It has a place for each document that such a
// declaration names and for no other, so that declarations bound it; and it keeps
// what is stored, not what a caller got: whoever takes from it has been
// authorized for this very read, and picks its own key.
//
// Plaintext is dropped when its time is over, by one timer for all places. That
// time runs on the monotonic clock, and ends early where the store says that the
// version will be deleted, which is a time of day.
type shelf struct {
	last atomic.Uint64 // number of the latest read; 0 while there is no place

	mu     sync.Mutex
	places map[providers.Location]*place
	timer  *time.Timer // nil: it never had anything to drop
	wakes  time.Time   // when timer fires; zero: it does not
	closed bool
}

// place is where one document is kept.
type place struct {
	longest time.Duration // that a declaration asks for; guarded by shelf.mu
	newest  uint64        // of the reads that have ended; guarded by shelf.mu
	kept    atomic.Pointer[kept]
}

// kept is a document with the time from which it counts: before its store was
// asked.
type kept struct {
	doc     providers.Document
	since   time.Time
	until   time.Time
	deletes time.Time // without a monotonic reading; zero: never
}

// mark tells the order of reads. The zero mark is that of a read from before
// there was a place.
type mark struct {
	number uint64
	at     time.Time
}

// reserve makes a place for a document, or finds it, and returns what looks for
// one that is younger than limit.
func (s *shelf) reserve(at providers.Location, limit time.Duration) keptFunc {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.places[at]
	if p == nil {
		if s.places == nil {
			s.places = map[providers.Location]*place{}
		}
		p = &place{}
		s.places[at] = p
	}
	p.longest = max(p.longest, limit)
	s.last.CompareAndSwap(0, 1)
	return func(now time.Time) (providers.Document, bool) {
		k := p.kept.Load()
		if k == nil || !k.good(now, limit) {
			return providers.Document{}, false
		}
		return k.doc, true
	}
}

func (k *kept) good(now time.Time, limit time.Duration) bool {
	return now.Sub(k.since) < limit && now.Before(k.until) && (k.deletes.IsZero() || now.Before(k.deletes))
}

// mark is taken before the store is asked.
func (s *shelf) mark() mark {
	if s.last.Load() == 0 {
		return mark{}
	}
	return mark{s.last.Add(1), time.Now()}
}

// settle takes what a read brought. Only a document is kept. A failure takes away
// what an earlier read brought, and neither counts once a later read has ended,
// so that a late answer puts nothing back.
func (s *shelf) settle(at providers.Location, m mark, doc providers.Document, err error) {
	if m.number == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.places[at]
	if p == nil || m.number < p.newest || s.closed {
		return
	}
	p.newest = m.number
	p.kept.Store(nil)
	if err != nil {
		return
	}
	k := &kept{doc: doc, since: m.at, until: m.at.Add(p.longest)}
	if deletes := doc.Metadata().Deletes; !deletes.IsZero() {
		k.deletes = deletes.Round(0)
		if ends := time.Now().Add(time.Until(k.deletes)); ends.Before(k.until) {
			k.until = ends
		}
	}
	if !k.good(time.Now(), p.longest) {
		return
	}
	p.kept.Store(k)
	s.wake(k.until)
}

// wake has the timer fire at the given time, if it would not do so earlier.
func (s *shelf) wake(at time.Time) {
	if !s.wakes.IsZero() && !at.Before(s.wakes) {
		return
	}
	s.wakes = at
	if s.timer == nil {
		s.timer = time.AfterFunc(time.Until(at), s.sweep)
		return
	}
	s.timer.Reset(time.Until(at))
}

// sweep drops what is over.
func (s *shelf) sweep() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wakes = time.Time{}
	now := time.Now()
	for _, p := range s.places {
		k := p.kept.Load()
		switch {
		case k == nil:
		case k.good(now, p.longest):
			s.wake(k.until)
		default:
			p.kept.Store(nil)
		}
	}
}

// fetch reads of a store itself, for one caller, and settles what comes of it.
func (s *shelf) fetch(read readFunc) readFunc {
	return func(ctx context.Context, at providers.Location) (providers.Document, error) {
		m := s.mark()
		doc, err := answer(ctx, func() (providers.Document, error) { return read(ctx, at) })
		if err == nil || ctx.Err() == nil {
			s.settle(at, m, doc, err)
		}
		return doc, err
	}
}

// close drops everything, and keeps nothing that comes later.
func (s *shelf) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for _, p := range s.places {
		p.kept.Store(nil)
	}
	if s.timer != nil {
		s.timer.Stop()
	}
}
