package audit_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/audit"
)

func TestEachDropIsCountedExactlyWhateverTheSinksDo(t *testing.T) {
	t.Parallel()
	const writers, each = 8, 2000
	good, stuck, bad := &memory{}, &memory{gate: make(chan struct{})}, &memory{fail: errors.New("canary")}
	trail := audit.NewTrail(audit.TrailConfig{Sinks: []audit.Sink{good, stuck, bad}, Queue: 512, Logger: quiet})
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for range each {
				_ = trail.Record(context.Background(), &hit)
			}
		})
	}
	wg.Wait()
	close(stuck.gate)
	_ = trail.Close(t.Context())
	for _, sink := range trail.Stats().Sinks {
		if sink.Written+sink.Dropped+sink.Failed != writers*each || sink.Waiting != 0 {
			t.Errorf("%+v, want %d in all", sink, writers*each)
		}
		kept := map[string]*memory{"sink-1": good, "sink-2": stuck, "sink-3": bad}[sink.Name].kept()
		if uint64(len(kept)) != sink.Written+sink.Failed {
			t.Errorf("%s was offered %d events, %+v", sink.Name, len(kept), sink)
		}
		ids := map[string]bool{}
		for _, e := range kept {
			ids[e.ID] = true
		}
		if len(ids) != len(kept) {
			t.Errorf("%s: %d events have %d ids", sink.Name, len(kept), len(ids))
		}
	}
	if stats := trail.Stats().Sinks[1]; stats.Dropped == 0 {
		t.Error("the queue was never full: this test shows nothing")
	}
}

func TestWhatTheSinkHoldsJustNowIsCountedAsWaiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sink := &memory{gate: make(chan struct{})}
		trail := audit.NewTrail(audit.TrailConfig{Sinks: []audit.Sink{sink}, Queue: 4, Logger: quiet})
		for range 3 {
			record(t, trail, hit)
		}
		synctest.Wait() // some of them have left the queue, and none is written
		for range 7 {
			record(t, trail, hit)
		}
		if stats := trail.Stats().Sinks[0]; stats.Waiting+int(stats.Dropped) != 10 {
			t.Errorf("%+v, want 10 waiting or dropped", stats)
		}
		sink.gate <- struct{}{}
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		waiting := fmt.Sprintf("with %d events not flushed", 10-int(trail.Dropped()))
		if err := trail.Close(ctx); err == nil || !strings.Contains(err.Error(), waiting) {
			t.Errorf("Close says %v, want %s", err, waiting)
		}
		close(sink.gate)
		_ = trail.Close(t.Context())
		if stats := trail.Stats().Sinks[0]; stats.Waiting != 0 || stats.Written+stats.Dropped != 10 {
			t.Errorf("in the end %+v", stats)
		}
	})
}

func TestAllRoomIsUsedBeforeAnythingIsDropped(t *testing.T) {
	t.Parallel()
	for _, size := range []int{1, 2, 3, 63, 64, 129, 1000, 2048} {
		synctest.Test(t, func(t *testing.T) {
			sink := &memory{gate: make(chan struct{})}
			trail := audit.NewTrail(audit.TrailConfig{Sinks: []audit.Sink{sink}, Queue: size, Logger: quiet})
			record(t, trail, hit)
			synctest.Wait() // the writer holds that one
			for range size + 7 {
				record(t, trail, hit)
			}
			permits := trail.Dropped()
			for range size {
				record(t, trail, audit.Event{Type: audit.Replay, Effect: audit.Deny})
			}
			if denials := int(trail.Dropped() - permits); permits != 7 || denials != size-(size/8+1) {
				t.Errorf("a queue of %d: dropped %d permits and %d denials, want 7 and %d", size, permits, denials, size-(size/8+1))
			}
			if got := trail.Stats().Sinks[0].Capacity; got != size {
				t.Errorf("a queue of %d says that it has room for %d", size, got)
			}
			close(sink.gate)
			_ = trail.Close(t.Context())
		})
	}
}

func TestAFloodOfErrorsLeavesRoomForDenialsDriftAndReplays(t *testing.T) {
	t.Parallel()
	for _, size := range []int{1, 8, 100, 2048} {
		synctest.Test(t, func(t *testing.T) {
			sink := &memory{gate: make(chan struct{})}
			trail := audit.NewTrail(audit.TrailConfig{Sinks: []audit.Sink{sink}, Queue: size, Logger: quiet})
			record(t, trail, hit)
			synctest.Wait() // the writer holds that one
			for range size {
				record(t, trail, hit)
			}
			before := trail.Dropped()
			record(t, trail, audit.Event{Type: audit.Config, Effect: audit.Allow})
			record(t, trail, audit.Event{Type: audit.Breaker, Effect: audit.Allow})
			if size >= 100 && trail.Dropped() != before {
				t.Errorf("a queue of %d: dropped what changed", size)
			}
			for range size {
				record(t, trail, audit.Event{Type: audit.Read, Effect: audit.Error})
			}
			errs := int(trail.Dropped())
			for i := range size/16 + 1 {
				what := []audit.Type{audit.Decided, audit.Drift, audit.Replay}[i%3]
				record(t, trail, audit.Event{Type: what, Effect: audit.Deny})
			}
			if denials := int(trail.Dropped()) - errs; denials != 0 || errs == size && size >= 100 {
				t.Errorf("a queue of %d: dropped %d errors and %d denials, want some and none", size, errs, denials)
			}
			close(sink.gate)
			_ = trail.Close(t.Context())
		})
	}
}

func TestEventsReachASinkInTheOrderInWhichTheyWereRecorded(t *testing.T) {
	t.Parallel()
	const writers, each = 4, 500
	sink := &memory{}
	trail := audit.NewTrail(audit.TrailConfig{Sinks: []audit.Sink{sink}, Policy: audit.Block, Queue: 4096, Logger: quiet})
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				record(t, trail, marked(fmt.Sprint(w, " ", i)))
			}
		})
	}
	wg.Wait()
	if err := trail.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	next := [writers]int{}
	for _, e := range sink.kept() {
		var w, i int
		if _, err := fmt.Sscan(e.CorrelationID, &w, &i); err != nil || next[w] != i {
			t.Fatalf("writer %d: event %d where %d was due (%v)", w, i, next[w], err)
		}
		next[w]++
	}
	if next != [writers]int{each, each, each, each} {
		t.Errorf("%v of %d each", next, each)
	}
}

// batches is a sink that takes several events at once and not all of them.
type batches struct {
	memory

	sizes []int
	say   func(n int) []error
}

func (b *batches) WriteBatch(_ context.Context, events []*audit.Event) []error {
	if events[0].Code == "events_lost" {
		return nil
	}
	b.sizes = append(b.sizes, len(events))
	return b.say(len(events))
}

func TestASinkOfBatchesGetsWhatWaitsAtOnce(t *testing.T) {
	t.Parallel()
	failed := errors.New("canary")
	for name, test := range map[string]struct {
		say    func(n int) []error
		failed uint64
	}{
		"all is well":          {func(int) []error { return nil }, 0},
		"all is well, at size": {func(n int) []error { return make([]error, n) }, 0},
		"one is not":           {func(n int) []error { return append(make([]error, n-1), failed) }, 1},
		"it makes no sense":    {func(int) []error { return []error{nil} }, 10},
		"it panics":            {func(int) []error { panic("canary") }, 10},
	} {
		synctest.Test(t, func(t *testing.T) {
			sink := &batches{say: test.say}
			trail := audit.NewTrail(audit.TrailConfig{Sinks: []audit.Sink{sink}, Logger: quiet})
			for range 10 {
				record(t, trail, hit)
			}
			_ = trail.Close(t.Context())
			total := 0
			for _, n := range sink.sizes {
				total += n
			}
			if total != 10 || trail.Failed() > 10 || test.failed <= 1 && len(sink.sizes) == 1 && trail.Failed() != test.failed {
				t.Errorf("%s: batches of %v, %d failed", name, sink.sizes, trail.Failed())
			}
			if test.failed == 10 && trail.Failed() == 0 {
				t.Errorf("%s: nothing failed", name)
			}
		})
	}
}

func TestTheTrailSaysItselfWhereItHasAGap(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var kept []audit.Event
		gate := make(chan struct{})
		sink := writer(func(e *audit.Event) error {
			if e.Code != "events_lost" {
				<-gate
			}
			kept = append(kept, *e)
			return nil
		})
		trail := audit.NewTrail(audit.TrailConfig{Sinks: []audit.Sink{sink}, Queue: 1, Tenant: "t", Logger: quiet})
		record(t, trail, marked("1"))
		synctest.Wait()
		record(t, trail, marked("2"))
		record(t, trail, marked("3")) // dropped
		close(gate)
		synctest.Wait()
		record(t, trail, marked("4"))
		_ = trail.Close(t.Context())
		var got []string
		for _, e := range kept {
			got = append(got, e.CorrelationID+e.Code)
			if e.Version != audit.EventVersion || e.ID == "" || e.Time.IsZero() || e.Code != "" && (e.Type != audit.Config || e.Effect != audit.Error || e.Tenant != "t") {
				t.Errorf("%+v", e)
			}
		}
		if diff := cmp.Diff([]string{"1", "events_lost", "2", "4"}, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// writer is a sink of one function.
type writer func(*audit.Event) error

func (w writer) Write(_ context.Context, e *audit.Event) error { return w(e) }

func (writer) Close(context.Context) error { return nil }

func TestNoteNeverWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		trail, sink := blocked(t)
		trail.Note(&hit)
		if trail.Dropped() != 1 {
			t.Errorf("dropped %d, want 1", trail.Dropped())
		}
		close(sink.gate)
		_ = trail.Close(t.Context())
	})
}

func TestRecordingAllocatesNothing(t *testing.T) { //nolint:paralleltest // counts allocations, also those of other goroutines
	stuck := &memory{gate: make(chan struct{})}
	trail := audit.NewTrail(audit.TrailConfig{Sinks: []audit.Sink{stuck, stuck}, Queue: 3000, Logger: quiet})
	for range 100 {
		record(t, trail, hit) // the writers are stuck from here on
	}
	if n := testing.AllocsPerRun(1000, func() { _ = trail.Record(t.Context(), &hit) }); n != 0 || trail.Dropped() != 0 {
		t.Errorf("%v allocations an event, %d dropped, want none", n, trail.Dropped())
	}
	close(stuck.gate)
	_ = trail.Close(t.Context())
}

func TestNothingIsKeptOfAnEventThatIsWritten(t *testing.T) { //nolint:paralleltest // looks at the heap of the whole process
	trail := audit.NewTrail(audit.TrailConfig{Sinks: []audit.Sink{&discard{}}, Policy: audit.Block, Logger: quiet})
	before := heap()
	for range 1000 {
		record(t, trail, marked(strings.Repeat("x", 50_000))) // 50 MB in all
	}
	if err := trail.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if grown := heap() - before; grown > 4<<20 {
		t.Errorf("the heap has grown by %d bytes", grown)
	}
	_ = trail.Close(t.Context())
}

func TestMemoryIsBoundedWhileASinkIsStuck(t *testing.T) { //nolint:paralleltest // looks at the heap of the whole process
	cfg := func(stuck *memory) audit.TrailConfig {
		return audit.TrailConfig{Sinks: []audit.Sink{stuck}, Logger: quiet}
	}
	for name, open := range map[string]func(*memory) *audit.Trail{
		"best effort": func(stuck *memory) *audit.Trail { return audit.NewTrail(cfg(stuck)) },
		"fail closed": func(stuck *memory) *audit.Trail { return onDisk(t, &disk{}, 0, cfg(stuck)) },
	} {
		stuck := &memory{gate: make(chan struct{})}
		trail := open(stuck)
		flood := func(n int) {
			for i := range n {
				e := marked(strings.Repeat("x", 1000) + fmt.Sprint(i))
				_ = trail.Record(t.Context(), &e)
			}
		}
		flood(5000)
		before := heap()
		flood(50_000) // 50 MB of text
		if grown := heap() - before; grown > 4<<20 {
			t.Errorf("%s: the heap has grown by %d bytes", name, grown)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_ = trail.Close(ctx) // what is on disk may stay there
		close(stuck.gate)
		_ = trail.Close(t.Context())
	}
}

// heap is how many bytes are in use once garbage is gone.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
