//go:build unix

package audit_test

import (
	"bufio"
	"bytes"
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
// be killed: the folder that it works in, the number of the run, and whether it is
// careful.
const victim = "SECRETSGEN_TEST_VICTIM"

// A careful writer prints the mark of an event when it is acknowledged, and a
// careless one before.
const (
	careful  = "careful"
	careless = "careless"
)

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

// writeUntilKilled records events from several goroutines and prints their marks.
// A refused event, of a spool that is full for instance, is not acknowledged, and
// no reason to stop.
func writeUntilKilled(folder, run, manner string) error {
	trail, err := victimTrail(folder)
	if err != nil {
		return err
	}
	var printing sync.Mutex
	failed := make(chan error)
	acknowledge := func(e audit.Event) {
		printing.Lock()
		defer printing.Unlock()
		if _, err := fmt.Println(e.CorrelationID); err != nil {
			failed <- err
		}
	}
	for writer := range 4 {
		go func() {
			for i := 0; ; i++ {
				e := marked(fmt.Sprintf("%s-%d-%d-%s", run, writer, i, strings.Repeat("x", 300)))
				if manner == careless {
					acknowledge(e)
				}
				if err := trail.Record(context.Background(), &e); err == nil && manner == careful {
					acknowledge(e)
				}
			}
		}()
	}
	return <-failed
}

// killOne runs a victim and adds what it was told is safe. Every other one is
// killed some time after its start, whatever it has come to, and the others some
// time after their first acknowledgement.
func killOne(folder string, run int, manner string, acknowledged map[string]bool) error {
	cmd := exec.Command(os.Args[0], "-test.run=^TestNoAcknowledgedEventIsLostWhenTheWriterIsKilled$")
	cmd.Env = append(os.Environ(), victim+"="+strings.Join([]string{manner, strconv.Itoa(run), folder}, ":"))
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
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
	text := ""
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadString('\n')
		if err != nil { // the last line may be cut short: then it is no acknowledgement
			break
		}
		text = line
		if acknowledged[strings.TrimSuffix(line, "\n")] = true; run%2 != 0 {
			kill.Reset(upTo(30 * time.Millisecond))
			run = 0
		}
	}
	if err := cmd.Wait(); err == nil || err.Error() != "signal: killed" {
		return fmt.Errorf("the writer ended by itself: %w: %s%s", err, text, complaint.String())
	}
	return nil
}

func upTo(d time.Duration) time.Duration { return time.Duration(rand.Int64N(int64(d))) }

// killMany kills so many writers on one folder, one after the other, and then has
// a trail hand on what they left. It returns what they were told is safe, and how
// many were told anything.
func killMany(t *testing.T, folder, manner string, runs int) (acknowledged map[string]bool, useful int) {
	acknowledged = map[string]bool{}
	for run := range runs {
		before := len(acknowledged)
		if err := killOne(folder, run, manner, acknowledged); err != nil {
			t.Error(err)
			return acknowledged, useful
		}
		if len(acknowledged) > before {
			useful++
		}
	}
	trail, err := victimTrail(folder)
	if err != nil {
		t.Error(err)
		return acknowledged, useful
	}
	if err := trail.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if left, _ := filepath.Glob(filepath.Join(folder, "spool", "*.spool")); len(left) > 0 {
		t.Errorf("%d segments are left", len(left))
	}
	return acknowledged, useful
}

// TestNoAcknowledgedEventIsLostWhenTheWriterIsKilled kills 300 writers with
// SIGKILL, at moments from before their start to well into their work, some while
// they replay what those before them left, and then looks for everything that
// any of them was told is safe. What the kernel has taken survives SIGKILL, so
// that a sync is missing is noticed by the tests of the spool and not here.
func TestNoAcknowledgedEventIsLostWhenTheWriterIsKilled(t *testing.T) {
	t.Parallel()
	if what := strings.SplitN(os.Getenv(victim), ":", 3); len(what) == 3 {
		t.Fatal(writeUntilKilled(what[2], what[1], what[0]))
	}
	const lanes, runs = 3, 100
	var wg sync.WaitGroup
	for range lanes {
		folder := t.TempDir()
		wg.Go(func() {
			acknowledged, useful := killMany(t, folder, careful, runs)
			for _, name := range []string{"audit.jsonl", "slow.jsonl"} {
				if lost := lostOf(t, filepath.Join(folder, name), acknowledged); lost > 0 {
					t.Errorf("%s: %d of %d acknowledged events are lost", name, lost, len(acknowledged))
				}
			}
			if useful < runs/3 {
				t.Errorf("%d of %d writers acknowledged anything: this test shows little", useful, runs)
			}
			t.Logf("%d events were acknowledged, by %d of %d writers", len(acknowledged), useful, runs)
		})
	}
	wg.Wait()
}

// TestALossWouldBeNoticed kills writers that acknowledge an event before it is
// committed. Were nothing missed of theirs, the test above would show nothing.
func TestALossWouldBeNoticed(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	acknowledged, useful := killMany(t, folder, careless, 20)
	lost := lostOf(t, filepath.Join(folder, "audit.jsonl"), acknowledged)
	if lost == 0 || lost > 4*useful { // each writer can have had four under way
		t.Errorf("%d of %d events are lost, of %d writers that commit them too late", lost, len(acknowledged), useful)
	}
	t.Logf("%d of %d events are lost", lost, len(acknowledged))
}

// lostOf is how many acknowledged events are not in a file. One which is there
// twice has one id, and those of one goroutine stand in the order in which it
// recorded them.
func lostOf(t *testing.T, path string, acknowledged map[string]bool) (lost int) {
	file, err := os.Open(path)
	if err != nil {
		t.Error(err)
		return len(acknowledged)
	}
	defer file.Close()
	ids, torn, twice := map[string]string{}, 0, 0
	next := map[string]int{}
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var e audit.Event
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			torn++
			continue
		}
		if e.CorrelationID == "" {
			continue
		}
		id, again := ids[e.CorrelationID]
		if again {
			if twice++; id != e.ID {
				t.Errorf("%s: one event has the ids %s and %s", filepath.Base(path), id, e.ID)
			}
		}
		ids[e.CorrelationID] = e.ID
		run, rest, _ := strings.Cut(e.CorrelationID, "-")
		writer, rest, _ := strings.Cut(rest, "-")
		number, _, _ := strings.Cut(rest, "-")
		n, err := strconv.Atoi(number)
		if by := run + "-" + writer; err != nil || !again && n < next[by] {
			t.Errorf("%s: event %d of %s where %d was due (%v)", filepath.Base(path), n, by, next[by], err)
		} else if !again {
			next[by] = n + 1
		}
	}
	for mark := range acknowledged {
		if ids[mark] == "" {
			lost++
		}
	}
	t.Logf("%s: %d events, %d lines of them again, %d torn lines", filepath.Base(path), len(ids), twice, torn)
	return lost
}
