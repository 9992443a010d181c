package audit_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/audit"
)

// memory is a sink that keeps events and can be held up or broken.
type memory struct {
	mu     sync.Mutex
	events []audit.Event
	gate   chan struct{} // nil: open
	fail   error
	panics bool
}

func (m *memory) Write(_ context.Context, e *audit.Event) error {
	if m.gate != nil {
		<-m.gate
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.panics {
		panic("sink")
	}
	m.events = append(m.events, *e)
	return m.fail
}

func (m *memory) Close(context.Context) error { return nil }

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

func TestCloseWritesEverythingThatWasRecorded(t *testing.T) {
	t.Parallel()
	sink := &memory{}
	trail := audit.NewTrail(audit.TrailConfig{Sinks: []audit.Sink{sink}, Queue: 1000})
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			for range 100 {
				record(t, trail, audit.Event{Type: audit.Read, Effect: audit.Allow})
			}
		})
	}
	wg.Wait()
	if err := trail.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	for _, e := range sink.kept() {
		ids[e.ID] = true
	}
	if len(ids) != 1000 {
		t.Errorf("%d distinct events written, want 1000", len(ids))
	}
}

func TestAFullQueueCountsWhatItDropsAndKeepsRoomForDenials(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sink := &memory{gate: make(chan struct{})}
		trail := audit.NewTrail(audit.TrailConfig{Sinks: []audit.Sink{sink}, Queue: 8})
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
		if len(kept) != 10 || denials != 1 {
			t.Errorf("%d events kept, %d of them denials, want 10 and 1", len(kept), denials)
		}
	})
}

func TestBlockWaitsForRoomAndThenGivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sink := &memory{gate: make(chan struct{})}
		trail := audit.NewTrail(audit.TrailConfig{Sinks: []audit.Sink{sink}, Queue: 1, Policy: audit.Block})
		record(t, trail, hit)
		synctest.Wait()
		record(t, trail, hit)
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
	trail := audit.NewTrail(audit.TrailConfig{Sinks: []audit.Sink{sink}, SampleCacheHits: 10})
	for range 1000 {
		record(t, trail, hit)
	}
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

func TestCloseGivesUpWhenItsContextEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sink := &memory{gate: make(chan struct{})}
		trail := audit.NewTrail(audit.TrailConfig{Sinks: []audit.Sink{sink}})
		record(t, trail, hit)
		record(t, trail, hit)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := trail.Flush(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Flush says %v", err)
		}
		if err := trail.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Close says %v", err)
		}
		close(sink.gate)
	})
}

func TestAnEventAfterCloseIsCounted(t *testing.T) {
	t.Parallel()
	trail := audit.NewTrail(audit.TrailConfig{Sinks: []audit.Sink{&memory{}}})
	if err := trail.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	record(t, trail, hit)
	if trail.Dropped() != 1 {
		t.Errorf("dropped %d, want 1", trail.Dropped())
	}
}

// full has every field set, so that a field that a sink forgets is seen.
var full = audit.Event{
	Type: audit.Read, Effect: audit.Deny, Subject: "subject", Issuer: "issuer", ClientID: "client",
	Tenant: "tenant", Action: "execute", Accessor: "a.b", ResourceRef: "ref", Provider: "env", KVVersion: 3, GrantID: "grant",
	DecisionID: "decision", PolicyVersion: "policy", GrantCached: true, ValueCached: true, LatencyMicros: 7, Code: "code",
	CorrelationID: "correlation", WorkflowRunID: "run", NodeID: "node", SystemID: "system",
}

func TestJSONLinesAppendsOneObjectALine(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	for range 2 {
		sink, err := audit.JSONLines(path)
		if err != nil {
			t.Fatal(err)
		}
		trail := audit.NewTrail(audit.TrailConfig{Sinks: []audit.Sink{sink}})
		record(t, trail, full)
		if err := trail.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines := 0
	for scanner := bufio.NewScanner(file); scanner.Scan(); lines++ {
		var got audit.Event
		if err := json.Unmarshal(scanner.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		if got.ID == "" || got.Time.IsZero() || got.Version != audit.EventVersion {
			t.Errorf("incomplete event %s", scanner.Text())
		}
		got.ID, got.Time, got.Version = "", time.Time{}, 0
		if diff := cmp.Diff(full, got); diff != "" {
			t.Errorf("event (-want +got):\n%s", diff)
		}
	}
	if lines != 2 {
		t.Errorf("%d lines, want 2", lines)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file is readable by others: %v %v", info.Mode(), err)
	}
}

func TestSlogLogsTheNamesOfTheJSONForm(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	trail := audit.NewTrail(audit.TrailConfig{Sinks: []audit.Sink{audit.Slog(slog.New(slog.NewJSONHandler(&log, nil)))}})
	record(t, trail, full)
	if err := trail.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	var logged, want map[string]any
	if err := json.Unmarshal(log.Bytes(), &logged); err != nil {
		t.Fatal(err)
	}
	if logged["level"] != "WARN" || logged["msg"] != "secrets audit" {
		t.Errorf("logged as %v %v", logged["level"], logged["msg"])
	}
	text, err := json.Marshal(full)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"level", "msg", "time"} {
		delete(logged, name)
	}
	delete(want, "ts")
	want["id"], want["v"] = logged["id"], float64(audit.EventVersion)
	if diff := cmp.Diff(want, logged); diff != "" {
		t.Errorf("attributes (-want +got):\n%s", diff)
	}
}

func TestAHostileSubjectStaysInsideItsLine(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	sink, err := audit.JSONLines(path)
	if err != nil {
		t.Fatal(err)
	}
	trail := audit.NewTrail(audit.TrailConfig{Sinks: []audit.Sink{sink}})
	record(t, trail, audit.Event{Subject: "a\"}\n{\"effect\":\"allow\"}\u2028\x00"})
	if err := trail.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Count(text, []byte("\n")) != 1 || !json.Valid(text) {
		t.Errorf("the line was broken: %q", text)
	}
}

func TestASinkThatCannotOpenNamesTheSettingAndNotThePath(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"", filepath.Join(t.TempDir(), "canary", "audit.jsonl")} {
		_, err := audit.JSONLines(path)
		if err == nil || !strings.Contains(err.Error(), "SECRETS_AUDIT") || strings.Contains(err.Error(), "canary") {
			t.Errorf("got %v", err)
		}
	}
}

func BenchmarkRecord(b *testing.B) {
	trail := audit.NewTrail(audit.TrailConfig{Sinks: []audit.Sink{&discard{}}})
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
