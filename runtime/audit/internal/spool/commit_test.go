package spool

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNothingIsSafeBeforeItIsSyncedAndManyShareASync(t *testing.T) {
	t.Parallel()
	syncs, proceed := make(chan int, 10), make(chan struct{})
	count := 0
	s, _ := open(t, Config{Dir: t.TempDir(), Sync: func(f *os.File) error {
		if filepath.Ext(f.Name()) == extension {
			count++
			syncs <- count
			<-proceed
		}
		return f.Sync()
	}})
	s.Attach([]string{"a"})
	first, err := s.Append([]byte("first"), Ordinary, nil)
	if err != nil {
		t.Fatal(err)
	}
	<-syncs
	var batches []*Batch
	for _, record := range numbered(0, 100) {
		batch, err := s.Append([]byte(record), Ordinary, nil)
		if err != nil {
			t.Fatal(err)
		}
		batches = append(batches, batch)
	}
	for name, batch := range map[string]*Batch{"that is being synced": first, "that waits": batches[0]} {
		select {
		case <-batch.Done():
			t.Errorf("a record %s counts as safe", name)
		default:
		}
	}
	if s.Total() != 0 {
		t.Errorf("%d records are handed out before they are safe", s.Total())
	}
	close(proceed)
	<-first.Done()
	for _, batch := range batches {
		<-batch.Done()
	}
	shut(t, s)
	if count != 2 || s.Total() != 101 {
		t.Errorf("%d syncs for %d records, want 2 for 101", count, s.Total())
	}
}

func TestAWriteThatFailsIsToldAndTheNextOneBeginsAnew(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var broken atomic.Bool
	s, _ := open(t, Config{Dir: dir, Sync: func(f *os.File) error {
		if broken.Load() {
			return &os.PathError{Op: "sync", Path: "/canary", Err: errors.New("no space left on device")}
		}
		return f.Sync()
	}})
	r := s.Attach([]string{"a"})[0]
	put(t, s, "first")
	broken.Store(true)
	used := s.Used()
	if err := lose(t, s, "second"); strings.Contains(err.Error(), "canary") {
		t.Errorf("the batch says %v", err)
	}
	if s.Used() != used {
		t.Errorf("%d bytes in use, want %d", s.Used(), used)
	}
	broken.Store(false)
	put(t, s, "third")
	if diff := cmp.Diff([]string{"first", "third"}, texts(next(t, r, 10))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	shut(t, s)
	s, found := open(t, Config{Dir: dir})
	if want := (Found{Records: 2}); found != want {
		t.Errorf("found %+v, want %+v", found, want)
	}
	shut(t, s)
}

func TestADiskThatHangsFillsNoMemory(t *testing.T) {
	t.Parallel()
	proceed := make(chan struct{})
	s, _ := open(t, Config{Dir: t.TempDir(), Sync: func(f *os.File) error {
		if filepath.Ext(f.Name()) == extension {
			<-proceed
		}
		return nil
	}})
	record := []byte(strings.Repeat("x", 10_000))
	taken := 0
	for {
		if _, err := s.Append(record, Urgent, nil); errors.Is(err, ErrBusy) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		taken += len(record)
	}
	if taken > 2*maxPending {
		t.Errorf("%d bytes wait for the disk", taken)
	}
	close(proceed)
	shut(t, s)
}

func TestAFullSpoolRefusesAndKeepsRoomForWhatIsUrgent(t *testing.T) {
	t.Parallel()
	const size = 1 << 20
	dir := t.TempDir()
	s, _ := open(t, Config{Dir: dir, MaxBytes: size})
	r := s.Attach([]string{"a"})[0]
	record := []byte(strings.Repeat("x", 1000))
	fill := func(rank Rank) int64 {
		for {
			if _, err := s.Append(record, rank, nil); errors.Is(err, ErrFull) {
				return s.Used()
			} else if err != nil {
				t.Fatal(err)
			}
		}
	}
	ordinary, notable, urgent := fill(Ordinary), fill(Notable), fill(Urgent)
	if ordinary > size*7/8 || ordinary < size*3/4 || notable > size*15/16 || notable < size*14/16 || urgent > size || urgent < size*15/16 {
		t.Errorf("full at %d, %d and %d bytes of %d", ordinary, notable, urgent, size)
	}
	s.Shut()
	onDisk := int64(0)
	for _, file := range segmentFiles(t, dir) {
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		onDisk += info.Size()
	}
	if onDisk > size+size/8 {
		t.Errorf("%d bytes on disk", onDisk)
	}
	for {
		records := next(t, r, 100)
		if len(records) == 0 {
			break
		}
		r.Ack(records)
	}
	if s.Used() != 0 {
		t.Errorf("everything is acknowledged, and %d bytes are in use", s.Used())
	}
	shut(t, s)
}

func TestWhatIsSetAsideIsKeptAndCounts(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, _ := open(t, Config{Dir: dir})
	r := s.Attach([]string{"a"})[0]
	put(t, s, "first", "second")
	got := next(t, r, 10)
	for _, record := range got {
		if err := r.SetAside(record); err != nil {
			t.Fatal(err)
		}
	}
	r.Ack(got)
	shut(t, s)
	text, err := os.ReadFile(filepath.Join(dir, "rejected-a.jsonl"))
	if err != nil || string(text) != "first\nsecond\n" {
		t.Errorf("kept %q, %v", text, err)
	}
	s, _ = open(t, Config{Dir: dir})
	if s.Used() != int64(len(text)) {
		t.Errorf("%d bytes in use, want %d", s.Used(), len(text))
	}
	shut(t, s)
}

func TestAProgressThatMakesNoSenseHandsEverythingOutAgain(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"garbage":                "canary",
		"another version":        `{"v":2,"readers":{"a":{"segment":1,"offset":60}}}`,
		"in the middle":          `{"v":1,"readers":{"a":{"segment":1,"offset":33}}}`,
		"after the end":          `{"v":1,"readers":{"a":{"segment":1,"offset":4000}}}`,
		"an earlier segment":     `{"v":1,"next":1,"readers":{"a":{"segment":0,"offset":33}}}`,
		"of a reader long since": `{"v":1,"readers":{"b":{"segment":1,"offset":43}}}`,
	} {
		dir := t.TempDir()
		s, _ := open(t, Config{Dir: dir})
		s.Attach([]string{"a"})
		put(t, s, "first", "second")
		shut(t, s)
		if err := os.WriteFile(filepath.Join(dir, progressFile), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		s, _ = open(t, Config{Dir: dir})
		r := s.Attach([]string{"a"})[0]
		if diff := cmp.Diff([]string{"first", "second"}, texts(next(t, r, 10))); diff != "" || r.Done() != 0 {
			t.Errorf("%s (-want +got):\n%s%d done", name, diff, r.Done())
		}
		shut(t, s)
	}
}

func TestARecordThatFitsNoLineIsRefused(t *testing.T) {
	t.Parallel()
	s, _ := open(t, Config{Dir: t.TempDir()})
	defer s.Close()
	for name, record := range map[string]string{"too long": strings.Repeat("x", maxRecord+1), "two lines": "a\nb"} {
		if _, err := s.Append([]byte(record), Urgent, nil); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: %v", name, err)
		}
	}
	put(t, s, strings.Repeat("x", maxRecord))
	if got := next(t, s.Attach([]string{"a"})[0], 1); len(got) != 1 || len(got[0].Data) != maxRecord {
		t.Error("the longest record is not read back")
	}
}

func TestManyAppendAndSeveralReadAtOnce(t *testing.T) {
	t.Parallel()
	const writers, each = 8, 200
	s, _ := open(t, Config{Dir: t.TempDir(), MaxBytes: 1 << 20})
	readers := s.Attach([]string{"a", "b"})
	var writing, reading sync.WaitGroup
	for range writers {
		writing.Go(func() { put(t, s, numbered(0, each)...) })
	}
	for _, r := range readers {
		reading.Go(func() {
			for r.Done() < writers*each {
				changed := s.Changed()
				records, err := r.Read(nil, 64)
				if err != nil {
					t.Error(err)
					return
				}
				if r.Ack(records); len(records) == 0 {
					<-changed
				}
			}
		})
	}
	writing.Wait()
	reading.Wait()
	shut(t, s)
	if s.Used() != 0 {
		t.Errorf("%d bytes are left", s.Used())
	}
}
