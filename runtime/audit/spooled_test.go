package audit_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/audit"
	"github.com/secretsgen/secretsgen/runtime/settings"
)

// spooled is a trail with a spool in a folder.
func spooled(t *testing.T, dir string, cfg audit.TrailConfig) *audit.Trail {
	t.Helper()
	s, err := audit.OpenSpool(audit.SpoolConfig{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	cfg.Policy, cfg.Spool = audit.FailClosed, s
	if cfg.Logger == nil {
		cfg.Logger = quiet
	}
	return audit.NewTrail(cfg)
}

// policies are all there are.
var policies = map[string]string{"best effort": audit.BestEffort, "block": audit.Block, "fail closed": audit.FailClosed}

// under is a trail of any policy. The folder is for the spool, if there is one.
func under(t *testing.T, policy, dir string, cfg audit.TrailConfig) *audit.Trail {
	t.Helper()
	if policy == audit.FailClosed {
		return spooled(t, dir, cfg)
	}
	cfg.Policy = policy
	if cfg.Logger == nil {
		cfg.Logger = quiet
	}
	return audit.NewTrail(cfg)
}

// marked is an event that is told by its correlation id.
func marked(id string) audit.Event {
	return audit.Event{Type: audit.Read, Effect: audit.Allow, CorrelationID: id}
}

func marks(events []audit.Event) []string {
	var all []string
	for _, e := range events {
		all = append(all, e.CorrelationID)
	}
	return all
}

func TestWhatASinkDidNotGetIsReplayedAsItWas(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	good, bad := &memory{}, &outage{}
	trail := spooled(t, dir, audit.TrailConfig{Sinks: []audit.Sink{audit.Named("good", good), audit.Named("bad", bad)}})
	for i := range 3 {
		record(t, trail, marked(fmt.Sprint(i)))
	}
	err := trail.Close(t.Context())
	if err == nil || err.Error() != "secretsgen: audit: 3 events stay in the spool (bad: 0 dropped, 0 failed, 3 waiting)" {
		t.Errorf("Close says %v", err)
	}
	var log bytes.Buffer
	again := []*memory{{}, {}}
	trail = spooled(t, dir, audit.TrailConfig{
		Sinks:  []audit.Sink{audit.Named("good", again[0]), audit.Named("bad", again[1])},
		Logger: slog.New(slog.NewTextHandler(&log, nil)),
	})
	record(t, trail, marked("new"))
	if err := trail.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(good.kept(), again[1].kept()[:3]); diff != "" {
		t.Errorf("ids and times included (-first +replayed):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"new"}, marks(again[0].kept())); diff != "" {
		t.Errorf("a sink that had everything (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"0", "1", "2", "new"}, marks(again[1].kept())); diff != "" {
		t.Errorf("a sink that had nothing (-want +got):\n%s", diff)
	}
	if !strings.Contains(log.String(), "events=3") {
		t.Errorf("the replay is not told:\n%s", log.String())
	}
}

func TestASinkThatIsStuckKeepsNothingFromTheOthers(t *testing.T) {
	t.Parallel()
	for name, policy := range policies {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			good, stuck := &memory{}, &memory{gate: make(chan struct{})}
			cfg := audit.TrailConfig{Sinks: []audit.Sink{stuck, good}, Queue: 100}
			if policy == audit.Block {
				cfg.Timeout = time.Millisecond
			}
			trail := under(t, policy, t.TempDir(), cfg)
			var want []string
			for i := range 300 {
				want = append(want, fmt.Sprint(i))
				record(t, trail, marked(want[i]))
				if i%50 == 49 { // the good one keeps up
					good.await(i + 1)
				}
			}
			if diff := cmp.Diff(want, marks(good.kept())); diff != "" {
				t.Errorf("the other sink (-want +got):\n%s", diff)
			}
			for _, sink := range trail.Stats().Sinks {
				if total := int(sink.Written+sink.Dropped+sink.Failed) + sink.Waiting; sink.Name == "sink-2" && (sink.Dropped != 0 || total != 300) {
					t.Errorf("%+v", sink)
				}
			}
			close(stuck.gate)
			_ = trail.Close(t.Context())
			stats := trail.Stats().Sinks[0]
			if stats.Written+stats.Dropped != 300 || len(stuck.kept()) != int(stats.Written) || policy == audit.FailClosed && stats.Dropped != 0 {
				t.Errorf("the stuck sink: %+v, it has %d", stats, len(stuck.kept()))
			}
		})
	}
}

// outage is a sink that fails until it is mended.
type outage struct {
	memory

	mended chan struct{}
}

func (o *outage) Write(ctx context.Context, e *audit.Event) error {
	select {
	case <-o.mended:
		return o.memory.Write(ctx, e)
	default:
		return errors.New("canary")
	}
}

func TestASinkThatComesBackGetsEverythingItMissed(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	sink := &outage{mended: make(chan struct{})}
	trail := spooled(t, t.TempDir(), audit.TrailConfig{Sinks: []audit.Sink{sink}, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	for i := range 1000 {
		record(t, trail, marked(fmt.Sprint(i)))
	}
	if stats := trail.Stats(); stats.Sinks[0].Waiting != 1000 || stats.SpoolBytes == 0 || stats.SpoolMax != 1<<30 {
		t.Errorf("%+v", stats)
	}
	close(sink.mended)
	if err := trail.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := trail.Close(t.Context()); err != nil || len(sink.kept()) != 1000 {
		t.Errorf("%d events, Close says %v", len(sink.kept()), err)
	}
	if !strings.Contains(log.String(), "an audit sink takes nothing") || strings.Contains(log.String(), "canary") {
		t.Errorf("the log says %s", log.String())
	}
}

// lazy is a sink that has nothing until it is flushed, and then loses it twice.
type lazy struct {
	memory

	held  []audit.Event
	fails int
}

func (l *lazy) Write(_ context.Context, e *audit.Event) error {
	l.held = append(l.held, *e)
	return nil
}

func (l *lazy) Flush(context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	held := l.held
	l.held = nil
	if l.fails > 0 {
		l.fails--
		return errors.New("canary")
	}
	l.events = append(l.events, held...)
	return nil
}

func TestWhatIsNotFlushedIsWrittenAgain(t *testing.T) {
	t.Parallel()
	sink := &lazy{fails: 2}
	trail := spooled(t, t.TempDir(), audit.TrailConfig{Sinks: []audit.Sink{sink}})
	want := []string{"1", "2", "3"}
	for _, mark := range want {
		record(t, trail, marked(mark))
	}
	if err := trail.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := trail.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(want, marks(sink.kept())); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestASpoolThatCannotBeUsedIsASettingThatIsNamed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "canary")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	taken := filepath.Join(dir, "taken-canary")
	trail := spooled(t, taken, audit.TrailConfig{Sinks: []audit.Sink{&memory{}}})
	defer trail.Close(context.Background())
	for name, test := range map[string]struct{ dir, want string }{
		"a file":            {file, "making the folder"},
		"another process's": {taken, "another process uses it"},
	} {
		_, err := audit.OpenSpool(audit.SpoolConfig{Dir: test.dir})
		problem, ok := errors.AsType[*settings.Error](err)
		if !ok || problem.Problems[0].Name != "SECRETS_AUDIT_SPOOL" || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAnEventOfAnUnknownVersionIsRefusedAndKept(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	trail := spooled(t, dir, audit.TrailConfig{Sinks: []audit.Sink{&memory{fail: errors.New("canary")}}})
	record(t, trail, marked("1"))
	_ = trail.Close(t.Context())
	files, _ := filepath.Glob(filepath.Join(dir, "*.spool"))
	if len(files) != 1 {
		t.Fatalf("%d segments", len(files))
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	// A record `{"v":2}` with its checksum, as a later version would leave it.
	later := append(bytes.Clone(text), "dc441264 {\"v\":2}\n"...)
	if err := os.WriteFile(files[0], later, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = audit.OpenSpool(audit.SpoolConfig{Dir: dir})
	if err == nil || !strings.Contains(err.Error(), "this version of the program does not know") || strings.Contains(err.Error(), dir) {
		t.Errorf("got %v", err)
	}
	if kept, err := os.ReadFile(files[0]); err != nil || !bytes.Equal(kept, later) {
		t.Errorf("the file is not what it was: %v", err)
	}
}

func TestATearIsReportedAndWhatStandsBeforeItReplayed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	trail := spooled(t, dir, audit.TrailConfig{Sinks: []audit.Sink{&memory{fail: errors.New("canary")}}})
	record(t, trail, marked("1"))
	record(t, trail, marked("2"))
	_ = trail.Close(t.Context())
	files, _ := filepath.Glob(filepath.Join(dir, "*.spool"))
	info, err := os.Stat(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(files[0], info.Size()-20); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	sink := &memory{}
	trail = spooled(t, dir, audit.TrailConfig{Sinks: []audit.Sink{sink}, Tenant: "t", Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if err := trail.Close(t.Context()); err != nil {
		t.Error(err)
	}
	kept := sink.kept()
	if len(kept) != 2 || kept[0].CorrelationID != "1" || kept[1].Type != audit.Config || kept[1].Code != "spool_torn" || kept[1].Tenant != "t" {
		t.Errorf("events %+v", kept)
	}
	if !strings.Contains(log.String(), "cut short") || !strings.Contains(log.String(), "segments=1") {
		t.Errorf("the log says %s", log.String())
	}
}

func TestAClosedTrailRefusesAndSaysSo(t *testing.T) {
	t.Parallel()
	trail := spooled(t, t.TempDir(), audit.TrailConfig{Sinks: []audit.Sink{&memory{}}})
	if err := trail.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	e := marked("1")
	e.Accessor = "api.token"
	err := trail.Record(t.Context(), &e)
	if !errors.Is(err, &audit.RecordError{Code: audit.TrailClosed}) || !strings.Contains(err.Error(), "api.token: refused") {
		t.Errorf("got %v", err)
	}
	if err := trail.Close(t.Context()); err == nil || !strings.Contains(err.Error(), "1 events refused") {
		t.Errorf("Close says %v", err)
	}
}

func TestAPolicyOfFailClosedWithoutASpoolRecordsNothingAndSaysSo(t *testing.T) {
	t.Parallel()
	trail := audit.NewTrail(audit.TrailConfig{Sinks: []audit.Sink{&memory{}}, Policy: audit.FailClosed, Logger: quiet})
	if err := trail.Record(t.Context(), &hit); !errors.Is(err, &audit.RecordError{Code: audit.SpoolUnwritable}) {
		t.Errorf("got %v", err)
	}
	_ = trail.Close(t.Context())
}

func TestSubjectsAreHashedBeforeTheyAreWrittenAnywhere(t *testing.T) {
	t.Parallel()
	hash := func(issuer, subject string) string { return "hashed:" + fmt.Sprint(len(issuer), len(subject)) }
	for name, policy := range policies {
		dir := t.TempDir()
		broken, sink := &memory{fail: errors.New("down")}, &memory{}
		trail := under(t, policy, dir, audit.TrailConfig{Sinks: []audit.Sink{sink, broken}, HashSubject: hash})
		for _, e := range []audit.Event{
			{Subject: "canary", Issuer: "iss", ClientID: "canary"},
			{Subject: "canary", ClientID: "other"},
			{},
			{Subject: "canary", Issuer: "canary", CorrelationID: "canary", WorkflowRunID: "canary", NodeID: "canary", SystemID: "canary"},
		} {
			record(t, trail, e)
		}
		_ = trail.Close(t.Context())
		const hashed = "hashed:6 6"
		var got [][7]string
		for _, e := range sink.kept() {
			got = append(got, [7]string{e.Subject, e.Issuer, e.ClientID, e.CorrelationID, e.WorkflowRunID, e.NodeID, e.SystemID})
		}
		want := [][7]string{{"hashed:3 6", "iss", "hashed:3 6"}, {"hashed:0 6", "", "other"}, {}, {hashed, hashed, "", hashed, hashed, hashed, hashed}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: texts of callers (-want +got):\n%s", name, diff)
		}
		_ = filepath.Walk(dir, func(path string, _ os.FileInfo, _ error) error {
			if text, _ := os.ReadFile(path); bytes.Contains(text, []byte("canary")) {
				t.Errorf("%s holds a subject", filepath.Base(path))
			}
			return nil
		})
	}
}

func TestAFlushOfASpoolGivesUpWithItsContext(t *testing.T) {
	t.Parallel()
	sink := &memory{gate: make(chan struct{})}
	trail := spooled(t, t.TempDir(), audit.TrailConfig{Sinks: []audit.Sink{sink}})
	record(t, trail, marked("1"))
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := trail.Flush(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Flush says %v", err)
	}
	if err := trail.Close(ctx); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "with 1 events not flushed") {
		t.Errorf("Close says %v", err)
	}
	close(sink.gate)
	if err := trail.Close(t.Context()); err != nil || len(sink.kept()) != 1 {
		t.Errorf("closing again: %v, %d events", err, len(sink.kept()))
	}
}

func TestAFlushTellsWhatNobodyHasOrWillGet(t *testing.T) {
	t.Parallel()
	trail := spooled(t, t.TempDir(), audit.TrailConfig{Sinks: []audit.Sink{&outage{}}})
	record(t, trail, marked("1"))
	_ = trail.Close(t.Context())
	if err := trail.Flush(t.Context()); err == nil || err.Error() != "secretsgen: audit: closed, and 1 events stay in the spool" {
		t.Errorf("Flush says %v", err)
	}
}

func TestAFlushWaitsForWhatWasNoted(t *testing.T) {
	t.Parallel()
	d, sink := &disk{held: make(chan struct{})}, &memory{}
	trail := onDisk(t, d, 0, audit.TrailConfig{Sinks: []audit.Sink{sink}})
	trail.Note(new(marked("1")))
	trail.Note(new(marked("2")))
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := trail.Flush(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("with a disk that hangs Flush says %v", err)
	}
	close(d.held)
	if err := trail.Flush(t.Context()); err != nil || len(sink.kept()) != 2 {
		t.Errorf("Flush says %v, and the sink has %d of 2 events", err, len(sink.kept()))
	}
	_ = trail.Close(t.Context())
}

func TestANoteThatDoesNotGetToDiskIsCounted(t *testing.T) {
	t.Parallel()
	d := &disk{}
	d.broken.Store(true)
	trail := onDisk(t, d, 0, audit.TrailConfig{Sinks: []audit.Sink{&memory{}}})
	trail.Note(&hit)
	if err := trail.Close(t.Context()); err == nil || !strings.Contains(err.Error(), "1 events refused") {
		t.Errorf("Close says %v", err)
	}
}
