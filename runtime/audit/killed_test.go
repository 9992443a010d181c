//go:build unix

package audit_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/secretsgen/secretsgen/runtime/audit"
)

// victim is the environment variable that makes this test program a writer to
// be killed: the folder that it works in, and the number of the run.
const victim = "SECRETSGEN_TEST_VICTIM"

// Of the two sinks of a victim the one is a file and the other takes a while.
func victimTrail(folder string) (*audit.Trail, error) {
	spool, err := audit.OpenSpool(audit.SpoolConfig{Dir: filepath.Join(folder, "spool"), MaxBytes: 4 << 20})
	if err != nil {
		return nil, err
	}
	file, err := audit.JSONLines(filepath.Join(folder, "audit.jsonl"), audit.JSONLinesOptions{})
	if err != nil {
		return nil, err
	}
	slow, err := audit.JSONLines(filepath.Join(folder, "slow.jsonl"), audit.JSONLinesOptions{Fsync: audit.FsyncAlways})
	if err != nil {
		return nil, err
	}
	return audit.NewTrail(audit.TrailConfig{Sinks: []audit.Sink{audit.Named("file", file), audit.Named("slow", slow)}, Spool: spool, Logger: quiet}), nil
}

// writeUntilKilled records events from several goroutines, and prints the mark of
// each when it is acknowledged.
func writeUntilKilled(folder, run string) error {
	trail, err := victimTrail(folder)
	if err != nil {
		return err
	}
	var printing sync.Mutex
	failed := make(chan error)
	for writer := range 4 {
		go func() {
			for i := 0; ; i++ {
				e := marked(fmt.Sprintf("%s-%d-%d-%s", run, writer, i, strings.Repeat("x", 300)))
				if err := trail.Record(context.Background(), &e); err != nil {
					failed <- err
					return
				}
				printing.Lock()
				_, err := fmt.Println(e.CorrelationID)
				printing.Unlock()
				if err != nil {
					failed <- err
					return
				}
			}
		}()
	}
	return <-failed
}

// killOne runs a victim and adds what it was told is safe. Every other one is
// killed some time after its start, whatever it has come to, and the others some
// time after their first acknowledgement.
func killOne(folder string, run int, acknowledged map[string]bool) error {
	cmd := exec.Command(os.Args[0], "-test.run=^TestNoAcknowledgedEventIsLostWhenTheWriterIsKilled$")
	cmd.Env = append(os.Environ(), victim+"="+folder+":"+strconv.Itoa(run))
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	after := 30 * time.Second // at the latest
	if run%2 == 0 {
		after = upTo(200 * time.Millisecond)
	}
	kill := time.AfterFunc(after, func() { _ = cmd.Process.Kill() }) // SIGKILL
	defer kill.Stop()
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadString('\n')
		if err != nil { // the last line may be cut short: then it is no acknowledgement
			break
		}
		if acknowledged[strings.TrimSuffix(line, "\n")] = true; run%2 != 0 {
			kill.Reset(upTo(30 * time.Millisecond))
			run = 0
		}
	}
	if err := cmd.Wait(); err == nil || err.Error() != "signal: killed" {
		return fmt.Errorf("the writer ended by itself: %w", err)
	}
	return nil
}

func upTo(d time.Duration) time.Duration { return time.Duration(rand.Int64N(int64(d))) }

// TestNoAcknowledgedEventIsLostWhenTheWriterIsKilled kills 300 writers with
// SIGKILL, at moments from before their start to well into their work, some while
// they replay what those before them left, and then looks for everything that
// any of them was told is safe.
func TestNoAcknowledgedEventIsLostWhenTheWriterIsKilled(t *testing.T) {
	t.Parallel()
	if folder, run, ok := strings.Cut(os.Getenv(victim), ":"); ok {
		t.Fatal(writeUntilKilled(folder, run))
	}
	const lanes, runs = 3, 100
	var wg sync.WaitGroup
	for range lanes {
		folder := t.TempDir()
		wg.Go(func() {
			acknowledged := map[string]bool{}
			useful := 0
			for run := range runs {
				before := len(acknowledged)
				if err := killOne(folder, run, acknowledged); err != nil {
					t.Error(err)
					return
				}
				if len(acknowledged) > before {
					useful++
				}
			}
			trail, err := victimTrail(folder)
			if err != nil {
				t.Error(err)
				return
			}
			if err := trail.Close(t.Context()); err != nil {
				t.Error(err)
			}
			for _, name := range []string{"audit.jsonl", "slow.jsonl"} {
				checkWritten(t, filepath.Join(folder, name), acknowledged)
			}
			if left, _ := filepath.Glob(filepath.Join(folder, "spool", "*.spool")); len(left) > 0 {
				t.Errorf("%d segments are left", len(left))
			}
			if useful < runs/3 {
				t.Errorf("%d of %d writers acknowledged anything: this test shows little", useful, runs)
			}
			t.Logf("%d events were acknowledged, by %d of %d writers", len(acknowledged), useful, runs)
		})
	}
	wg.Wait()
}

// checkWritten looks for every acknowledged event in a file, and holds that one
// which is there twice has one id.
func checkWritten(t *testing.T, path string, acknowledged map[string]bool) {
	file, err := os.Open(path)
	if err != nil {
		t.Error(err)
		return
	}
	defer file.Close()
	ids, torn, twice := map[string]string{}, 0, 0
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var e audit.Event
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			torn++
			continue
		}
		if e.CorrelationID == "" {
			continue
		}
		if id, again := ids[e.CorrelationID]; again {
			if twice++; id != e.ID {
				t.Errorf("%s: one event has the ids %s and %s", filepath.Base(path), id, e.ID)
			}
		}
		ids[e.CorrelationID] = e.ID
	}
	lost := 0
	for mark := range acknowledged {
		if ids[mark] == "" {
			lost++
		}
	}
	if lost > 0 {
		t.Errorf("%s: %d of %d acknowledged events are lost", filepath.Base(path), lost, len(acknowledged))
	}
	t.Logf("%s: %d events, %d lines of them again, %d torn lines", filepath.Base(path), len(ids), twice, torn)
}
