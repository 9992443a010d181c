package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/secretsgen/secretsgen/runtime/audit/internal/spool"
)

const (
	firstPause = 100 * time.Millisecond
	longPause  = 30 * time.Second
	maxTries   = 3 // of an event that fails while others go through
)

// spooled is the way to a sink through the spool, under fail_closed. Nothing is
// lost on it: what the sink does not take is offered again, with pauses, until
// it does. An event that fails again and again while others go through, or that
// the sink rejects, is set aside in the spool's folder. So that it can be told
// which those are, a pass after one that wrote nothing offers each by itself.
type spooled struct {
	outlet

	trail   *Trail
	reader  *spool.Reader
	closing chan struct{} // closed when nothing more will come
	stalled atomic.Bool   // the last pass wrote nothing

	// The writer's own.
	items   []*item
	records []spool.Record
	stalls  int // passes in a row that got nothing over
}

// item is an event on its way.
type item struct {
	record spool.Record
	event  Event
	tries  int
	alien  bool // no event of this version: never offered
	over   bool // written or set aside
}

func newSpooled(t *Trail, name string, sink Sink, reader *spool.Reader) *spooled {
	return &spooled{
		outlet:  newOutlet(t, name, sink),
		trail:   t,
		reader:  reader,
		closing: make(chan struct{}),
	}
}

// run is the one goroutine that writes to the sink. Once the trail is closing it
// goes on until everything is written, the sink takes nothing, or Close has run
// out of time.
func (s *spooled) run() {
	defer close(s.done)
	pause := firstPause
	for {
		changed := s.trail.spool.disk.Changed()
		readable := s.fill()
		if readable && len(s.items) == 0 {
			select {
			case <-changed:
				continue
			case <-s.closing:
			}
			// What was committed before the end is seen now.
			if readable = s.fill(); readable && len(s.items) == 0 {
				break
			}
		}
		if len(s.items) > 0 && s.pass() {
			s.stalled.Store(false)
			pause = firstPause
			if s.trail.closeEnded() {
				break
			}
			continue
		}
		s.stalled.Store(true)
		s.trail.tellLoss()
		if !s.wait(pause) {
			break
		}
		pause = min(2*pause, longPause)
	}
	s.close(s.trail.closeCtx)
}

// wait pauses and tells whether there is a reason to go on.
func (s *spooled) wait(pause time.Duration) bool {
	select {
	case <-s.closing:
		return false
	default:
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-s.closing: // one more pass
	}
	return true
}

// fill takes up what is in the spool, as far as there is room, and tells whether
// it could be read.
func (s *spooled) fill() bool {
	var err error
	s.records, err = s.reader.Read(s.records[:0], maxBatch-len(s.items))
	for _, record := range s.records {
		i := &item{record: record}
		i.alien = json.Unmarshal(record.Data, &i.event) != nil || i.event.Version != EventVersion
		s.items = append(s.items, i)
	}
	return err == nil
}

// pass offers everything that is under way once, and tells whether that got
// anything over.
func (s *spooled) pass() (progress bool) {
	var events []*Event
	var offered []*item
	for _, i := range s.items {
		switch {
		case i.over:
		case i.alien:
			s.setAside(i)
		default:
			events, offered = append(events, &i.event), append(offered, i)
		}
	}
	if len(events) == 0 {
		return s.acknowledge()
	}
	offer := s.together
	if s.stalls > 0 {
		offer = s.oneByOne
	}
	errs, written := offer(events), 0
	for _, err := range errs {
		if err == nil {
			written++
		}
	}
	for n, i := range offered {
		s.settle(i, errs[n], written > 0)
	}
	s.written.Add(uint64(written))
	if s.acknowledge() || written > 0 {
		s.stalls = 0
		return true
	}
	s.stalls++
	return false
}

// together offers events at once. What is written is not settled before the sink
// has flushed it.
func (s *spooled) together(events []*Event) []error {
	errs := s.attempt(events, false)
	if slices.Contains(errs, nil) && s.flush() != nil {
		for n, err := range errs {
			if err == nil {
				errs[n] = errUntried
			}
		}
	}
	return errs
}

// oneByOne offers each event by itself: the oldest, and if that was in vain for
// some time another one, which tells a sink that is down from an event that it
// can't take. If the sink works, it gets all the others.
func (s *spooled) oneByOne(events []*Event) []error {
	errs := make([]error, len(events))
	for n := range errs {
		errs[n] = errUntried
	}
	try := func(n int) (ok bool) {
		errs[n] = s.attempt(events[n:n+1], true)[0]
		if errs[n] == nil {
			errs[n] = s.flush()
		}
		return errs[n] == nil
	}
	works := try(0)
	if others := len(events) - 1; !works && others > 0 && s.stalls >= maxTries {
		works = try(1 + s.stalls%others)
	}
	if !works {
		return errs
	}
	for n, err := range errs {
		if err == errUntried { //nolint:errorlint // it is in no other error
			try(n)
		}
	}
	return errs
}

// settle notes what became of an event in a pass in which others, or none, were
// written.
func (s *spooled) settle(i *item, err error, others bool) {
	switch {
	case err == nil:
		i.over = true
	case err == ErrRejected: //nolint:errorlint // the outlet has looked into it
		s.setAside(i)
	case err != errUntried && err != ErrUnavailable && others: //nolint:errorlint // as above
		if i.tries++; i.tries >= maxTries {
			s.setAside(i)
		}
	}
}

// setAside keeps an event for the operator. If that fails, the event stays.
func (s *spooled) setAside(i *item) {
	if s.reader.SetAside(i.record) != nil {
		return
	}
	i.over = true
	s.failed.Add(1)
	s.trail.tellLoss()
}

// acknowledge tells the spool of what is over, up to the first that is not.
func (s *spooled) acknowledge() bool {
	s.records = s.records[:0]
	for len(s.items) > 0 && s.items[0].over {
		s.records = append(s.records, s.items[0].record)
		s.items = s.items[1:]
	}
	s.reader.Ack(s.records)
	return len(s.records) > 0
}

// waiting is how many events the sink has still to get.
func (s *spooled) waiting() int { return int(s.trail.spool.disk.Total() - s.reader.Done()) }

// flushed waits until the sink has everything that the spool was given before.
func (s *spooled) flushed(ctx context.Context) error {
	disk := s.trail.spool.disk
	if batch := disk.Newest(); batch != nil {
		select {
		case <-batch.Done():
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	for target := disk.Total(); ; {
		changed := disk.Changed()
		if s.reader.Done() >= target {
			return nil
		}
		select {
		case <-changed:
		case <-s.done:
			if left := target - s.reader.Done(); left > 0 {
				return fmt.Errorf("secretsgen: audit: closed, and %d events stay in the spool", left)
			}
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
