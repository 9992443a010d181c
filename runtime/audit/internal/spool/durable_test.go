package spool

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// syncs notes what is synced.
type syncs struct {
	mu    sync.Mutex
	names []string
}

func (s *syncs) sync(f *os.File) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.names = append(s.names, f.Name())
	return f.Sync()
}

// since are the names since the last call, once each and sorted.
func (s *syncs) since() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	names := s.names
	s.names = nil
	slices.Sort(names)
	return slices.Compact(names)
}

func TestEveryNameIsOnDiskBeforeWhatItNamesCountsAsSafe(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	dir := filepath.Join(top, "a", "b", "spool")
	var synced syncs
	s, _ := open(t, Config{Dir: dir, Sync: synced.sync})
	if diff := cmp.Diff([]string{top, filepath.Join(top, "a"), filepath.Join(top, "a", "b"), dir, filepath.Join(dir, "try")}, synced.since()); diff != "" {
		t.Errorf("when the folder is made (-want +got):\n%s", diff)
	}
	r := s.Attach([]string{"a"})[0]
	put(t, s, "first")
	if diff := cmp.Diff([]string{dir, filepath.Join(dir, segmentName(1))}, synced.since()); diff != "" {
		t.Errorf("when a segment begins (-want +got):\n%s", diff)
	}
	put(t, s, "second")
	if diff := cmp.Diff([]string{filepath.Join(dir, segmentName(1))}, synced.since()); diff != "" {
		t.Errorf("when it goes on (-want +got):\n%s", diff)
	}
	if err := r.SetAside(next(t, r, 1)[0]); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{dir, filepath.Join(dir, "rejected-a.jsonl")}, synced.since()); diff != "" {
		t.Errorf("when a record is set aside (-want +got):\n%s", diff)
	}
	shut(t, s)
	s, _ = open(t, Config{Dir: dir, Sync: synced.sync})
	defer s.Close()
	if names := synced.since(); !slices.Contains(names, filepath.Dir(dir)) {
		t.Errorf("a folder that an earlier run may have made, and not synced: %v", names)
	}
}

func TestADiskThatSyncsNothingIsNotFilledWithFiles(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]func(*os.File) bool{
		"no record": func(f *os.File) bool { return filepath.Ext(f.Name()) == extension },
		"no name":   func(f *os.File) bool { return filepath.Ext(f.Name()) != extension },
		"nothing":   func(*os.File) bool { return true },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			failFor(t, test)
		})
	}
}

// failFor appends to a spool some of whose syncs fail for a while.
func failFor(t *testing.T, which func(*os.File) bool) {
	dir := t.TempDir()
	var broken atomic.Bool
	s, _ := open(t, Config{Dir: dir, Sync: func(f *os.File) error {
		if broken.Load() && which(f) {
			return errors.New("no")
		}
		return nil
	}})
	r := s.Attach([]string{"a"})[0]
	put(t, s, "first")
	s.mu.Lock()
	s.segment = 0 // the next begins another segment
	s.mu.Unlock()
	put(t, s, "second")
	broken.Store(true)
	for range 50 {
		_ = lose(t, s, "lost")
	}
	if files := segmentFiles(t, dir); len(files) > 3 {
		t.Errorf("%d files", len(files))
	}
	broken.Store(false)
	put(t, s, "last")
	if diff := cmp.Diff([]string{"first", "second", "last"}, texts(next(t, r, 10))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	shut(t, s)
}

func TestWhatIsSetAsideAfterACrashBeginsALineOfItsOwn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "rejected-a%2Fb.jsonl") // a name is no way out of the folder
	if err := os.WriteFile(path, []byte("first\nsec"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, _ := open(t, Config{Dir: dir})
	r := s.Attach([]string{"a/b"})[0]
	put(t, s, "second", "third")
	used := s.Used()
	for _, record := range next(t, r, 10) {
		if err := r.SetAside(record); err != nil {
			t.Fatal(err)
		}
	}
	const want = "first\nsec\nsecond\nthird\n"
	if text, err := os.ReadFile(path); err != nil || string(text) != want || s.Used()-used != int64(len(want)-len("first\nsec")) {
		t.Errorf("kept %q, %v; %d bytes more in use", text, err, s.Used()-used)
	}
	shut(t, s)
}

func TestADamagedFileCountsAndIsNeverReplaced(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	damage := func() {
		t.Helper()
		s, _ := open(t, Config{Dir: dir})
		s.Attach([]string{"a"})
		put(t, s, numbered(0, 5)...)
		shut(t, s)
		for _, file := range segmentFiles(t, dir) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			text[len(header)+20] ^= 1
			if err := os.WriteFile(file, text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		s, _ = open(t, Config{Dir: dir})
		r := s.Attach([]string{"a"})[0]
		r.Ack(next(t, r, 10))
		if s.Used() == 0 {
			t.Error("a damaged file is kept and does not count")
		}
		shut(t, s)
		if err := os.Remove(filepath.Join(dir, progressFile)); err != nil { // with the number of the next segment
			t.Fatal(err)
		}
	}
	damage()
	damage()
	files, err := filepath.Glob(filepath.Join(dir, "*"+damaged))
	if err != nil || len(files) != 2 {
		t.Errorf("%v is kept (%v), want two files", files, err)
	}
	size := int64(0)
	for _, file := range files {
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		size += info.Size()
	}
	s, _ := open(t, Config{Dir: dir})
	if used := s.Used(); used != size {
		t.Errorf("%d bytes in use, want %d", used, size)
	}
	shut(t, s)
}

// A file that is removed while somebody has it open keeps its room on the disk, and
// a disk that is full because of it stays full.
func TestAReaderHoldsNoFileThatItHasReadToItsEnd(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var broken atomic.Bool
	s, _ := open(t, Config{Dir: dir, Sync: func(f *os.File) error {
		if broken.Load() {
			return errors.New("no space left on device")
		}
		return f.Sync()
	}})
	r := s.Attach([]string{"a"})[0]
	put(t, s, "first", "second")
	r.Ack(next(t, r, 10))
	broken.Store(true)
	_ = lose(t, s, "third")
	if got := next(t, r, 10); len(got) != 0 || r.file != nil {
		t.Errorf("%d records are read, and the file is open: %t", len(got), r.file != nil)
	}
	if files := segmentFiles(t, dir); len(files) != 0 || s.Used() != 0 {
		t.Errorf("%v is left, %d bytes in use", files, s.Used())
	}
	broken.Store(false)
	put(t, s, "last")
	if diff := cmp.Diff([]string{"last"}, texts(next(t, r, 10))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	shut(t, s)
}
