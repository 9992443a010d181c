package audit_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/secretsgen/secretsgen/runtime/audit"
)

// memory is a sink that keeps events and can be held up or broken.
type memory struct {
	mu     sync.Mutex
	events []audit.Event
	gaps   int           // events that tell of others that were lost; they pass the gate
	gate   chan struct{} // nil: open
	fail   error
	panics bool
	closed int
	grown  sync.Cond // its lock is mu, from the first use on
}

func (m *memory) Write(_ context.Context, e *audit.Event) error {
	if e.Code == "events_lost" {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.gaps++
		return m.fail
	}
	if m.gate != nil {
		<-m.gate
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.panics {
		panic("sink")
	}
	m.events = append(m.events, *e)
	m.grown.Broadcast()
	return m.fail
}

// await returns when there are so many events.
func (m *memory) await(n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for m.grown.L = &m.mu; len(m.events) < n; {
		m.grown.Wait()
	}
}

func (m *memory) Close(context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed++
	if m.panics {
		panic("sink")
	}
	return m.fail
}

func (m *memory) closings() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.closed
}

func (m *memory) kept() []audit.Event {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.events
}

func record(t *testing.T, trail *audit.Trail, e audit.Event) {
	t.Helper()
	if err := trail.Record(t.Context(), &e); err != nil {
		t.Fatal(err)
	}
}

var hit = audit.Event{Type: audit.Read, Effect: audit.Allow, GrantCached: true}

var quiet = slog.New(slog.DiscardHandler)

func TestAFullQueueCountsWhatItDropsAndKeepsRoomForDenials(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sink := &memory{gate: make(chan struct{})}
		trail := audit.NewTrail(audit.TrailConfig{Sinks: []audit.Sink{sink}, Queue: 8, Logger: quiet})
		record(t, trail, hit)
		synctest.Wait() // the writer holds that one
		for range 20 {
			record(t, trail, hit)
		}
		record(t, trail, audit.Event{Type: audit.Decided, Effect: audit.Deny})
		if got := trail.Dropped(); got != 12 {
			t.Errorf("dropped %d, want 12", got)
		}
		close(sink.gate)
		err := trail.Close(t.Context())
		if err == nil || !strings.Contains(err.Error(), "12 events dropped") {
			t.Errorf("Close says %v", err)
		}
		kept := sink.kept()
		denials := 0
		for _, e := range kept {
			if e.Effect == audit.Deny {
				denials++
			}
		}
		if len(kept) != 10 || denials != 1 || sink.gaps != 1 {
			t.Errorf("%d events kept, %d of them denials, %d tell of the gap, want 10, 1 and 1", len(kept), denials, sink.gaps)
		}
	})
}

// blocked is a trail under block, in a bubble, whose sink is stuck with an event
// and whose queue is full.
func blocked(t *testing.T) (*audit.Trail, *memory) {
	t.Helper()
	sink := &memory{gate: make(chan struct{})}
	trail := audit.NewTrail(audit.TrailConfig{Sinks: []audit.Sink{sink}, Queue: 1, Policy: audit.Block, Logger: quiet})
	record(t, trail, hit)
	synctest.Wait()
	record(t, trail, hit)
	return trail, sink
}

func TestBlockWaitsForRoomAndThenGivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		trail, sink := blocked(t)
		start := time.Now()
		record(t, trail, hit)
		if waited := time.Since(start); waited != time.Second || trail.Dropped() != 1 {
			t.Errorf("waited %v and dropped %d, want 1s and 1", waited, trail.Dropped())
		}
		go func() {
			time.Sleep(100 * time.Millisecond) //nolint:forbidigo // in a synctest bubble
			sink.gate <- struct{}{}
		}()
		record(t, trail, hit)
		if trail.Dropped() != 1 {
			t.Error("an event was dropped though room was made in time")
		}
		close(sink.gate)
		_ = trail.Close(t.Context())
	})
}

func TestSamplingTouchesNothingButHits(t *testing.T) {
	t.Parallel()
	sink := &memory{}
	trail := audit.NewTrail(audit.TrailConfig{Sinks: []audit.Sink{sink}, SampleCacheHits: 10, Logger: quiet})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 125 {
				record(t, trail, hit)
			}
		})
	}
	wg.Wait()
	for _, e := range []audit.Event{
		{Type: audit.Read, Effect: audit.Error, GrantCached: true},
		{Type: audit.Read, Effect: audit.Allow},
		{Type: audit.Drift, Effect: audit.Deny, GrantCached: true},
		{Type: audit.Replay, Effect: audit.Deny},
		{Type: audit.Decided, Effect: audit.Deny},
	} {
		record(t, trail, e)
	}
	if err := trail.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := len(sink.kept()); got != 105 {
		t.Errorf("%d events kept, want 100 hits and 5 others", got)
	}
}

func TestASinkThatFailsOrPanicsIsCountedAndHurtsNobodyElse(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	good, bad, mad := &memory{}, &memory{fail: errors.New("at a path: canary")}, &memory{panics: true}
	trail := audit.NewTrail(audit.TrailConfig{Sinks: []audit.Sink{mad, bad, good}, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	record(t, trail, hit)
	if err := trail.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(good.kept()) != 1 || trail.Failed() != 2 {
		t.Errorf("%d events in the good sink, %d failures, want 1 and 2", len(good.kept()), trail.Failed())
	}
	if err := trail.Close(t.Context()); err == nil || strings.Contains(err.Error()+log.String(), "canary") {
		t.Errorf("Close says %v, the log %s", err, log.String())
	}
}

// journal is a log that can be read while it is written.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

func TestTheOperatorIsToldOfLostEventsOnceAMinute(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log journal
		sink := &memory{gate: make(chan struct{})}
		trail := audit.NewTrail(audit.TrailConfig{Sinks: []audit.Sink{sink}, Queue: 1, Logger: slog.New(slog.NewTextHandler(&log, nil))})
		lose := func() {
			record(t, trail, hit)
			synctest.Wait()
			record(t, trail, hit)
			record(t, trail, hit) // dropped
			sink.gate <- struct{}{}
			sink.gate <- struct{}{}
			synctest.Wait()
		}
		told := func(want int) {
			t.Helper()
			if got := strings.Count(log.String(), "audit events are being lost"); got != want {
				t.Errorf("%d warnings, want %d:\n%s", got, want, log.String())
			}
		}
		lose()
		lose()
		told(1)
		time.Sleep(30 * time.Second) //nolint:forbidigo // in a synctest bubble
		synctest.Wait()
		told(1)
		time.Sleep(30 * time.Second) //nolint:forbidigo // in a synctest bubble
		synctest.Wait()
		told(2)               // of the second, though no more followed
		time.Sleep(time.Hour) //nolint:forbidigo // in a synctest bubble
		synctest.Wait()
		told(2)
		lose()
		time.Sleep(time.Second) //nolint:forbidigo // in a synctest bubble
		synctest.Wait()
		told(3)
		if !strings.Contains(log.String(), "events_dropped=2") || !strings.Contains(log.String(), "events_dropped=3") {
			t.Errorf("the count is missing:\n%s", log.String())
		}
		close(sink.gate)
		_ = trail.Close(t.Context())
	})
}

func TestAnIDIsOfOneEventAloneAcrossTrails(t *testing.T) {
	t.Parallel()
	ids, form := map[string]bool{}, regexp.MustCompile(`^[0-9a-f]{32}$`)
	for range 2 {
		sink := &memory{}
		trail := audit.NewTrail(audit.TrailConfig{Sinks: []audit.Sink{sink}, Logger: quiet})
		for range 10 {
			record(t, trail, hit)
		}
		_ = trail.Close(t.Context())
		for _, e := range sink.kept() {
			if ids[e.ID] || !form.MatchString(e.ID) {
				t.Errorf("the id %s", e.ID)
			}
			ids[e.ID] = true
		}
	}
	if len(ids) != 20 {
		t.Errorf("%d ids for 20 events", len(ids))
	}
}

func TestATrailWithoutSinksTakesNothing(t *testing.T) {
	t.Parallel()
	trail := audit.NewTrail(audit.TrailConfig{Queue: 1})
	for range 10 {
		record(t, trail, hit)
	}
	if err := trail.Close(t.Context()); err != nil {
		t.Errorf("Close says %v", err)
	}
}

func BenchmarkRecord(b *testing.B) {
	trail := audit.NewTrail(audit.TrailConfig{Sinks: []audit.Sink{&discard{}}, Logger: quiet})
	defer trail.Close(context.Background())
	e := full
	b.ReportAllocs()
	for b.Loop() {
		_ = trail.Record(b.Context(), &e)
	}
}

type discard struct{}

func (*discard) Write(context.Context, *audit.Event) error { return nil }

func (*discard) Close(context.Context) error { return nil }
