package audit_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/audit"
	"github.com/secretsgen/secretsgen/runtime/settings"
)

func TestJSONLinesAppendsOneObjectALine(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	for range 2 {
		sink, err := audit.JSONLines(path, audit.JSONLinesOptions{})
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

func TestAHostileSubjectStaysInsideItsLine(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	sink, err := audit.JSONLines(path, audit.JSONLinesOptions{})
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
		_, err := audit.JSONLines(path, audit.JSONLinesOptions{})
		if err == nil || !strings.Contains(err.Error(), "SECRETS_AUDIT") || strings.Contains(err.Error(), "canary") {
			t.Errorf("got %v", err)
		}
	}
}

// paper is a file in memory that counts its syncs and may be full.
type paper struct {
	bytes.Buffer

	room   int
	syncs  atomic.Int32
	broken error
}

func (p *paper) Write(b []byte) (int, error) {
	if len(b) > p.room {
		n, _ := p.Buffer.Write(b[:p.room])
		p.room = 0
		return n, syscall.ENOSPC
	}
	p.room -= len(b)
	return p.Buffer.Write(b)
}

func (p *paper) Sync() error {
	p.syncs.Add(1)
	return p.broken
}

func (*paper) Close() error { return nil }

// lines is a sink on paper.
func lines(t *testing.T, p *paper, fsync time.Duration) audit.Sink {
	t.Helper()
	sink, err := audit.JSONLines(filepath.Join(t.TempDir(), "audit.jsonl"), audit.JSONLinesOptions{
		Fsync:  fsync,
		Rotate: func(string) (audit.File, error) { return p, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	return sink
}

func TestALineThatWasCutShortIsEndedBeforeTheNext(t *testing.T) {
	t.Parallel()
	p := &paper{room: 100}
	sink := lines(t, p, 0)
	e := marked(strings.Repeat("x", 200))
	if err := sink.Write(t.Context(), &e); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("a full disk: %v", err)
	}
	if err := sink.Write(t.Context(), &e); !errors.Is(err, syscall.ENOSPC) { // not even its end
		t.Errorf("a full disk: %v", err)
	}
	p.room = 1 << 20
	if err := sink.Write(t.Context(), &e); err != nil {
		t.Error(err)
	}
	got := strings.Split(p.String(), "\n")
	if len(got) != 3 || len(got[0]) != 100 || !json.Valid([]byte(got[1])) || got[2] != "" {
		t.Errorf("lines %q", got)
	}

	path := filepath.Join(t.TempDir(), "audit.jsonl")
	if err := os.WriteFile(path, []byte("{\"v\":1,"), 0o600); err != nil {
		t.Fatal(err)
	}
	sink, err := audit.JSONLines(path, audit.JSONLinesOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := sink.Write(t.Context(), &e); err != nil {
			t.Error(err)
		}
	}
	_ = sink.Close(t.Context())
	text, _ := os.ReadFile(path)
	if got := strings.Split(string(text), "\n"); len(got) != 4 || !json.Valid([]byte(got[1])) || !json.Valid([]byte(got[2])) {
		t.Errorf("after a crash: %q", got)
	}
}

func TestAFileIsSyncedAsTheSettingSays(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fsync            time.Duration
		write, later, at int // syncs after two writes, after the time, after Flush
	}{
		"never":  {0, 0, 0, 1},
		"always": {audit.FsyncAlways, 2, 2, 2},
		"timed":  {time.Second, 0, 1, 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := &paper{room: 1 << 20}
			sink := lines(t, p, test.fsync)
			e := marked("1")
			for range 2 {
				if err := sink.Write(t.Context(), &e); err != nil {
					t.Error(err)
				}
			}
			write := int(p.syncs.Load())
			<-time.After(2 * time.Second)
			synctest.Wait()
			later := int(p.syncs.Load())
			for range 2 {
				if err := sink.(audit.Flusher).Flush(t.Context()); err != nil {
					t.Error(err)
				}
			}
			if write != test.write || later != test.later || int(p.syncs.Load()) != test.at {
				t.Errorf("%s: %d, %d and %d syncs, want %d, %d and %d", name, write, later, p.syncs.Load(), test.write, test.later, test.at)
			}
			_ = sink.Close(t.Context())
		})
	}
}

func TestASyncThatFailsIsAFailureOfTheSink(t *testing.T) {
	t.Parallel()
	for name, fsync := range map[string]time.Duration{"never": 0, "always": audit.FsyncAlways, "timed": time.Second} {
		synctest.Test(t, func(t *testing.T) {
			p := &paper{room: 1 << 20, broken: errors.New("canary")}
			trail := audit.NewTrail(audit.TrailConfig{Sinks: []audit.Sink{lines(t, p, fsync)}, Logger: quiet})
			record(t, trail, marked("1"))
			<-time.After(2 * time.Second)
			synctest.Wait()
			if err := trail.Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
			if trail.Failed() == 0 {
				t.Errorf("%s: nothing failed", name)
			}
			if err := trail.Close(t.Context()); err == nil || strings.Contains(err.Error(), "canary") {
				t.Errorf("%s: Close says %v", name, err)
			}
		})
	}
}

func TestASyncThatFailsBesideTheWriterIsToldWithTheNextEvent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &paper{room: 1 << 20, broken: errors.New("canary")}
		trail := audit.NewTrail(audit.TrailConfig{Sinks: []audit.Sink{lines(t, p, time.Second)}, Logger: quiet})
		record(t, trail, marked("1"))
		<-time.After(2 * time.Second)
		synctest.Wait()
		p.broken = nil
		record(t, trail, marked("2"))
		synctest.Wait()
		if stats := trail.Stats().Sinks[0]; stats.Failed != 1 || stats.Written != 2 {
			t.Errorf("%+v, want one failure", stats)
		}
		record(t, trail, marked("3"))
		_ = trail.Close(t.Context())
		if stats := trail.Stats().Sinks[0]; stats.Failed != 1 || strings.Count(p.String(), "events_lost") != 1 {
			t.Errorf("in the end %+v, and the file has\n%s", stats, p.String())
		}
	})
}

func TestAFileThatWasNotSyncedIsNotClosedAsIfItWere(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &paper{room: 1 << 20, broken: errors.New("canary")}
		sink := lines(t, p, time.Second)
		e := marked("1")
		if err := sink.Write(t.Context(), &e); err != nil {
			t.Error(err)
		}
		<-time.After(2 * time.Second)
		synctest.Wait()
		p.broken = nil // the next sync succeeds, and says nothing about what the last one lost
		if err := sink.Close(t.Context()); err == nil {
			t.Error("Close says nothing")
		}
		if err := sink.Write(t.Context(), &e); err == nil {
			t.Error("an event is written to a file that is closed")
		}
	})
}

func TestRotationThatWasNotPassedIsNamedWithItsPackage(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "canary.jsonl")
	open := func(vars map[string]string) error {
		for _, factory := range audit.Builtin() {
			if factory.Name == "jsonl" {
				_, err := factory.Open(t.Context(), audit.Instance{Settings: settings.FromMap(vars), Logger: quiet}, path)
				return err
			}
		}
		return io.EOF
	}
	err := open(map[string]string{"SECRETS_AUDIT_JSONL_MAX_MB": "1"})
	if err == nil || !strings.Contains(err.Error(), "pass rotate.JSONLines() of github.com/secretsgen/secretsgen/runtime/audit/rotate") || strings.Contains(err.Error(), "canary") {
		t.Errorf("got %v", err)
	}
	for name, vars := range map[string]map[string]string{
		"SECRETS_AUDIT_JSONL_FSYNC": {"SECRETS_AUDIT_JSONL_FSYNC": "canary"},
		"SECRETS_AUDIT_JSONL_KEEP":  {"SECRETS_AUDIT_JSONL_KEEP": "3"},
	} {
		if err := open(vars); err == nil || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
