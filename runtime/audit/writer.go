package audit

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"time"
)

// run is the one goroutine that writes. It ends when the trail is closing and
// both queues are empty.
func (t *Trail) run() {
	defer close(t.done)
	for {
		select {
		case e := <-t.queue:
			t.write(&e)
		case e := <-t.reserved:
			t.write(&e)
		case flushed := <-t.flushing:
			t.drain()
			close(flushed)
		case <-t.closing:
			// Whoever saw the trail open has queued its event once this lock
			// is had, and nobody else will: nothing is lost uncounted.
			t.entering.Lock()
			t.entering.Unlock()
			t.drain()
			return
		}
	}
}

// drain writes what is queued now. What is recorded meanwhile is left for
// later, so that a flood can't keep a flush from ending.
func (t *Trail) drain() {
	for range len(t.queue) {
		e := <-t.queue
		t.write(&e)
	}
	for range len(t.reserved) {
		e := <-t.reserved
		t.write(&e)
	}
}

func (t *Trail) write(e *Event) {
	e.ID = t.ids.next()
	for _, s := range t.sinks {
		if !writeSafely(s, e) {
			t.failed.Add(1)
		}
	}
	t.warn()
}

// writeSafely keeps a sink's panic from ending the host program, and its text
// from reaching a log.
func writeSafely(s Sink, e *Event) (ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	return s.Write(context.Background(), e) == nil
}

// closeSafely is writeSafely for the end of a sink.
func closeSafely(ctx context.Context, s Sink) (ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	return s.Close(ctx) == nil
}

// warn says, at most once a minute, that more events were lost.
func (t *Trail) warn() {
	failed, dropped := t.Failed(), t.Dropped()
	if failed+dropped == t.told {
		return
	}
	if now := time.Now(); now.Sub(t.warned) >= warnInterval {
		t.warned, t.told = now, failed+dropped
		t.logger.Warn("secretsgen: audit events are being lost", "writes_failed", failed, "events_dropped", dropped)
	}
}

// idSource makes event ids: random per trail, counted within it, so that ids
// are unique across processes and restarts without randomness per event.
type idSource struct {
	prefix [10]byte
	count  uint64
}

func newIDSource() idSource {
	var s idSource
	_, _ = rand.Read(s.prefix[:]) // never fails, see crypto/rand
	return s
}

func (s *idSource) next() string {
	s.count++
	var id [16]byte
	var count [8]byte
	binary.BigEndian.PutUint64(count[:], s.count)
	copy(id[copy(id[:], s.prefix[:]):], count[2:])
	return hex.EncodeToString(id[:])
}
