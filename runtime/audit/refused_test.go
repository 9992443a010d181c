package audit_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/secretsgen/secretsgen/runtime/audit"
)

// disk is what becomes of the fsyncs of a spool's segments.
type disk struct {
	broken atomic.Bool
	held   chan struct{} // nil: none is
}

func (d *disk) sync(f *os.File) error {
	if filepath.Ext(f.Name()) != ".spool" {
		return nil
	}
	if d.held != nil {
		<-d.held
	}
	if d.broken.Load() {
		return &os.PathError{Op: "sync", Path: "/canary", Err: errors.New("canary")}
	}
	return nil
}

func onDisk(t *testing.T, d *disk, size int64, cfg audit.TrailConfig) *audit.Trail {
	t.Helper()
	s, err := audit.OpenSpool(audit.SpoolConfig{Dir: t.TempDir(), MaxBytes: size}.WithSync(d.sync))
	if err != nil {
		t.Fatal(err)
	}
	cfg.Spool = s
	if cfg.Logger == nil {
		cfg.Logger = quiet
	}
	return audit.NewTrail(cfg)
}

func TestAFullSpoolRefusesReadsBeforeDenials(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	sink := &outage{mended: make(chan struct{})}
	trail := onDisk(t, &disk{}, 1<<20, audit.TrailConfig{Sinks: []audit.Sink{sink}, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	e := marked(strings.Repeat("x", 2000))
	var err error
	recorded := uint64(0)
	for ; err == nil; recorded++ {
		err = trail.Record(t.Context(), &e)
	}
	recorded--
	refused, ok := errors.AsType[*audit.RecordError](err)
	if !ok || refused.Code != audit.SpoolFull || !strings.HasSuffix(err.Error(), "the audit spool is full") {
		t.Errorf("got %v", err)
	}
	for _, e := range []audit.Event{{Type: audit.Decided, Effect: audit.Deny}, {Type: audit.Drift, Effect: audit.Deny}, {Type: audit.Replay, Effect: audit.Deny}, {Type: audit.Read, Effect: audit.Error}} {
		record(t, trail, e)
		recorded++
	}
	failed := audit.Event{Type: audit.Read, Effect: audit.Error, CorrelationID: e.CorrelationID}
	for err = nil; err == nil; recorded++ {
		err = trail.Record(t.Context(), &failed)
	}
	recorded--
	if !errors.Is(err, &audit.RecordError{Code: audit.SpoolFull}) {
		t.Errorf("after a flood of errors: %v", err)
	}
	for range 20 {
		record(t, trail, audit.Event{Type: audit.Decided, Effect: audit.Deny, CorrelationID: e.CorrelationID})
		recorded++
	}
	if stats := trail.Stats(); stats.Refused != 2 || stats.SpoolBytes > stats.SpoolMax || stats.SpoolMax != 1<<20 {
		t.Errorf("%+v", stats)
	}
	close(sink.mended)
	if err := trail.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	record(t, trail, e) // there is room again
	if err := trail.Close(t.Context()); err == nil || err.Error() != "secretsgen: audit: 2 events refused" {
		t.Errorf("Close says %v", err)
	}
	if stats := trail.Stats(); stats.Sinks[0].Written != recorded+1 {
		t.Errorf("%+v, want %d written", stats, recorded+1)
	}
	if !strings.Contains(log.String(), "events_refused=") {
		t.Errorf("the log says %s", log.String())
	}
}

func TestADiskThatFailsRefusesAndIsTriedAgain(t *testing.T) {
	t.Parallel()
	d, sink := &disk{}, &memory{}
	trail := onDisk(t, d, 0, audit.TrailConfig{Sinks: []audit.Sink{sink}})
	record(t, trail, marked("1"))
	d.broken.Store(true)
	e := marked("2")
	if err := trail.Record(t.Context(), &e); !errors.Is(err, &audit.RecordError{Code: audit.SpoolUnwritable}) || strings.Contains(err.Error(), "canary") {
		t.Errorf("got %v", err)
	}
	d.broken.Store(false)
	record(t, trail, marked("3"))
	_ = trail.Close(t.Context())
	if got := strings.Join(marks(sink.kept()), " "); got != "1 3" {
		t.Errorf("the sink has %s, want 1 3", got)
	}
}

func TestADiskThatIsStuckRefusesInTime(t *testing.T) {
	t.Parallel()
	d := &disk{held: make(chan struct{})}
	trail := onDisk(t, d, 0, audit.TrailConfig{Sinks: []audit.Sink{&memory{}}, Timeout: 100 * time.Millisecond})
	e := marked("1")
	err := trail.Record(t.Context(), &e)
	if !errors.Is(err, &audit.RecordError{Code: audit.SpoolSlow}) || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("after the timeout: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	err = trail.Record(ctx, &e)
	if !errors.Is(err, &audit.RecordError{Code: audit.SpoolSlow}) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("after its context: %v", err)
	}
	start := time.Now()
	trail.Note(&audit.Event{Type: audit.Breaker, Effect: audit.Error})
	if waited := time.Since(start); waited > 5*time.Second {
		t.Errorf("a note took %v", waited)
	}
	if err := trail.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Close says %v", err)
	}
	close(d.held)
	if err := trail.Close(t.Context()); err == nil || !strings.Contains(err.Error(), "2 events refused") {
		t.Errorf("closing again says %v", err)
	}
}
