package audit

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"time"
)

// queued is the way to a sink through a queue in memory, under best_effort and
// block.
type queued struct {
	outlet

	trail    *Trail
	ring     *ring
	capacity int
	flushing chan chan struct{}
	settled  atomic.Uint64 // events that left the ring and are written or failed

	// The writer's own.
	slots  []slot
	events []*Event
	told   uint64 // losses that the sink has been told of
}

func newQueued(t *Trail, name string, sink Sink, size int) *queued {
	return &queued{
		outlet:   newOutlet(t, name, sink),
		trail:    t,
		ring:     newRing(size),
		capacity: size,
		flushing: make(chan chan struct{}),
		slots:    make([]slot, min(maxBatch, size)),
	}
}

// run is the one goroutine that writes to the sink. It ends when the trail is
// closing and everything that was pushed is written.
func (q *queued) run() {
	defer close(q.done)
	for {
		select {
		case <-q.ring.wake:
			q.write()
		case flushed := <-q.flushing:
			q.write()
			q.sync()
			close(flushed)
		case <-q.trail.closing:
			q.ring.close()
			q.write()
			q.sync()
			q.close(q.trail.closeCtx)
			return
		}
	}
}

// write offers the sink everything that is there now. What is recorded meanwhile
// is left for later, so that a flood can't keep a flush from ending. Once the
// trail is closing, a sink that takes nothing is asked once and not about the
// rest, which is lost to it: the end of a program is not to take as many timeouts
// as there are batches.
func (q *queued) write() {
	taking := true
	for left := q.ring.snapshot(); left > 0; {
		n := q.ring.take(q.slots)
		left -= n
		if !taking && q.trail.isClosing() {
			q.dropped.Add(uint64(n))
			q.settled.Add(uint64(n))
			clear(q.slots[:n])
			continue
		}
		q.events = q.events[:0]
		for i := range n {
			s := &q.slots[i]
			s.event.ID = q.trail.ids.id(s.number)
			q.trail.hash(&s.event)
			q.events = append(q.events, &s.event)
		}
		taking = q.offer(q.events)
		q.settled.Add(uint64(n))
		clear(q.slots[:n])
	}
	if b, ok := q.sink.(behind); ok && b.failure() {
		q.failed.Add(1)
		q.trail.tellLoss()
	}
}

// offer writes events, and after a loss one that tells of it: a trail with a gap
// says so itself. It tells whether the sink takes anything at all.
func (q *queued) offer(events []*Event) (taking bool) {
	failed := 0
	for _, err := range q.attempt(events, true) {
		if err != nil {
			failed++
		}
		taking = taking || err == nil || errors.Is(err, ErrRejected)
	}
	q.written.Add(uint64(len(events) - failed))
	q.failed.Add(uint64(failed))
	if failed > 0 {
		q.trail.tellLoss()
	}
	lost := q.dropped.Load() + q.failed.Load()
	if lost == q.told || failed == len(events) {
		return taking
	}
	gap := q.trail.own(Config, Error, "events_lost")
	if !slices.ContainsFunc(q.attempt([]*Event{gap}, true), func(err error) bool { return err != nil }) {
		q.told = lost
	}
	return taking
}

// waiting is how many events are in the ring, or with the sink just now.
func (q *queued) waiting() int {
	settled := q.settled.Load() // first, or it could be the larger of the two
	return int(q.ring.pushed() - settled)
}

func (q *queued) sync() {
	if q.flush() != nil {
		q.failed.Add(1)
		q.trail.tellLoss()
	}
}

// record queues a copy of e, or says that there is no room.
func (q *queued) record(e *Event, number uint64, now time.Time) (ok bool) {
	ok, closed := q.ring.push(e, number, now)
	if closed {
		q.lose()
		return true
	}
	return ok
}

func (q *queued) lose() {
	q.dropped.Add(1)
	q.trail.tellLoss()
}

func (q *queued) flushed(ctx context.Context) error {
	flushed := make(chan struct{})
	select {
	case q.flushing <- flushed:
	case <-q.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-flushed:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
