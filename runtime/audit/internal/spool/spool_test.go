package spool

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const large = 64 << 20

func all([]byte) bool { return true }

func open(t *testing.T, cfg Config) (*Spool, Found) {
	t.Helper()
	if cfg.Known == nil {
		cfg.Known = all
	}
	if cfg.MaxBytes == 0 {
		cfg.MaxBytes = large
	}
	s, found, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s, found
}

// put appends records and waits until they are on disk.
func put(t *testing.T, s *Spool, records ...string) {
	t.Helper()
	for _, record := range records {
		batch, err := s.Append([]byte(record), Ordinary, nil)
		if err != nil {
			t.Fatal(err)
		}
		if <-batch.Done(); batch.Err() != nil {
			t.Fatal(batch.Err())
		}
	}
}

// lose appends a record that does not get to disk, and returns why.
func lose(t *testing.T, s *Spool, record string) error {
	t.Helper()
	batch, err := s.Append([]byte(record), Ordinary, nil)
	if err != nil {
		t.Fatal(err)
	}
	if <-batch.Done(); batch.Err() == nil {
		t.Fatal("a record is safe that was not synced")
	}
	return batch.Err()
}

// next reads up to limit records without acknowledging them.
func next(t *testing.T, r *Reader, limit int) []Record {
	t.Helper()
	records, err := r.Read(nil, limit)
	if err != nil {
		t.Fatal(err)
	}
	return records
}

func texts(records []Record) []string {
	var all []string
	for _, r := range records {
		all = append(all, string(r.Data))
	}
	return all
}

func numbered(from, to int) []string {
	var all []string
	for i := from; i < to; i++ {
		all = append(all, fmt.Sprintf("record %d", i))
	}
	return all
}

func shut(t *testing.T, s *Spool) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// segmentFiles are the files of segments in a folder.
func segmentFiles(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"+extension))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestWhatIsNotAcknowledgedIsThereAgain(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "deep", "spool")
	s, found := open(t, Config{Dir: dir})
	if found != (Found{}) {
		t.Errorf("a new folder holds %+v", found)
	}
	readers := s.Attach([]string{"a", "b"})
	put(t, s, numbered(0, 10)...)
	readers[0].Ack(next(t, readers[0], 100))
	readers[1].Ack(next(t, readers[1], 3))
	next(t, readers[1], 4) // read, and not acknowledged
	shut(t, s)

	s, found = open(t, Config{Dir: dir})
	if found.Records != 10 || found.Torn != 0 || found.Damaged != 0 {
		t.Errorf("found %+v, want ten records", found)
	}
	readers = s.Attach([]string{"a", "b", "c"})
	for i, want := range [][]string{nil, numbered(3, 10), numbered(0, 10)} {
		if got := s.Total() - readers[i].Done(); got != int64(len(want)) {
			t.Errorf("reader %d: %d to go, want %d", i, got, len(want))
		}
		if diff := cmp.Diff(want, texts(next(t, readers[i], 100))); diff != "" {
			t.Errorf("reader %d (-want +got):\n%s", i, diff)
		}
	}
	shut(t, s)
}

func TestAKilledProcessHandsOutLittleOfWhatWasAcknowledged(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, _ := open(t, Config{Dir: dir})
	defer s.Close()
	r := s.Attach([]string{"a"})[0]
	put(t, s, "first", "second")
	got := next(t, r, 10)
	r.Ack(got[:1])
	s.tidying.Lock()
	s.kept = s.kept.Add(-keepInterval) // it is time again
	s.tidying.Unlock()
	r.Ack(got[1:])
	if kept := loadProgress(dir).Readers["a"]; kept != got[1].end {
		t.Errorf("the progress is %+v, want %+v", kept, got[1].end)
	}
}

func TestNothingStaysOfWhatEverybodyHas(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for round := range 3 {
		s, found := open(t, Config{Dir: dir})
		if found.Records != 0 {
			t.Errorf("round %d: found %+v", round, found)
		}
		readers := s.Attach([]string{"a"})
		put(t, s, numbered(0, 5)...)
		got := next(t, readers[0], 100)
		if diff := cmp.Diff(numbered(0, 5), texts(got)); diff != "" {
			t.Errorf("round %d (-want +got):\n%s", round, diff)
		}
		readers[0].Ack(got)
		shut(t, s)
		if files := segmentFiles(t, dir); len(files) != 0 {
			t.Errorf("round %d: %v is left", round, files)
		}
	}
}

func TestALongSpoolIsReadAcrossItsSegmentsWhichGoOneByOne(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, _ := open(t, Config{Dir: dir, MaxBytes: 4 << 20})
	r := s.Attach([]string{"a"})[0]
	wide := strings.Repeat("x", 10<<10)
	var want []string
	for i := range 200 {
		want = append(want, fmt.Sprintf("%d%s", i, wide))
	}
	put(t, s, want...)
	before := len(segmentFiles(t, dir))
	if before < 5 {
		t.Fatalf("%d segments, want several", before)
	}
	var got []string
	for len(got) < len(want) {
		records := next(t, r, 7)
		if len(records) == 0 {
			t.Fatalf("the spool ends after %d records", len(got))
		}
		got = append(got, texts(records)...)
		r.Ack(records)
		if len(got) == 105 && len(segmentFiles(t, dir)) >= before {
			t.Error("half of it is acknowledged, and no segment is gone")
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error("another order")
	}
	shut(t, s)
	if files := segmentFiles(t, dir); len(files) != 0 || s.Used() != 0 {
		t.Errorf("%v is left, %d bytes in use", files, s.Used())
	}
}

func TestATornLastRecordEndsTheSpoolWhereverItIsTorn(t *testing.T) {
	t.Parallel()
	whole := append([]byte(header), appendFrame(appendFrame(nil, []byte("first")), []byte("second"))...)
	second := len(appendFrame(nil, []byte("second")))
	for cut := 1; cut < second; cut++ {
		for name, torn := range map[string][]byte{
			"cut":   whole[:len(whole)-cut],
			"zeros": append(bytes.Clone(whole[:len(whole)-cut]), make([]byte, cut)...),
		} {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, segmentName(7)), torn, 0o600); err != nil {
				t.Fatal(err)
			}
			s, found := open(t, Config{Dir: dir})
			if want := (Found{Records: 1, Torn: 1}); found != want {
				t.Errorf("%s by %d: found %+v, want %+v", name, cut, found, want)
			}
			r := s.Attach([]string{"a"})[0]
			put(t, s, "third")
			got := next(t, r, 10)
			if diff := cmp.Diff([]string{"first", "third"}, texts(got)); diff != "" {
				t.Errorf("%s by %d (-want +got):\n%s", name, cut, diff)
			}
			r.Ack(got)
			shut(t, s)
		}
	}
}

func TestASegmentThatWasNeverUsedIsNoReasonToStop(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"empty": "", "a piece of the header": header[:5], "zeros": "\x00\x00\x00\x00", "a header alone": header} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, segmentName(1)), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		s, found := open(t, Config{Dir: dir})
		r := s.Attach([]string{"a"})[0]
		put(t, s, "next")
		if got := texts(next(t, r, 10)); found.Records != 0 || len(got) != 1 {
			t.Errorf("%s: found %+v, read %q", name, found, got)
		}
		shut(t, s)
	}
}

func TestADamagedRecordIsReadAroundAndItsFileKept(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, _ := open(t, Config{Dir: dir})
	s.Attach([]string{"a"})
	put(t, s, numbered(0, 5)...)
	shut(t, s)
	file := segmentFiles(t, dir)[0]
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, bytes.Replace(text, []byte("record 2"), []byte("recorx 2"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	s, found := open(t, Config{Dir: dir})
	if want := (Found{Records: 4, Damaged: 1}); found != want {
		t.Errorf("found %+v, want %+v", found, want)
	}
	r := s.Attach([]string{"a"})[0]
	got := next(t, r, 10)
	if diff := cmp.Diff([]string{"record 0", "record 1", "record 3", "record 4"}, texts(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	r.Ack(got)
	shut(t, s)
	if kept, err := os.ReadFile(file + damaged); err != nil || !bytes.Contains(kept, []byte("recorx 2")) {
		t.Errorf("the file with the damage is not kept: %v", err)
	}
}

func TestAnUnknownVersionIsRefusedAndLeftAlone(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"of a record":             header + string(appendFrame(appendFrame(nil, []byte("v1 a")), []byte("v2 b"))),
		"of a record before some": header + string(appendFrame(appendFrame(nil, []byte("v2 a")), []byte("v1 b"))),
		"of the format":           "secretsgen audit spool 2\n" + string(appendFrame(nil, []byte("v1 a"))),
	} {
		dir := t.TempDir()
		file := filepath.Join(dir, segmentName(3))
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		known := func(record []byte) bool { return bytes.HasPrefix(record, []byte("v1")) }
		_, _, err := Open(Config{Dir: dir, MaxBytes: large, Known: known})
		if _, ok := errors.AsType[*OpenError](err); !ok || !errors.Is(err, ErrUnknown) || strings.Contains(err.Error(), dir) {
			t.Errorf("%s: %v", name, err)
		}
		if left, err := os.ReadFile(file); err != nil || string(left) != text {
			t.Errorf("%s: the file is not what it was (%v)", name, err)
		}
		s, _, err := Open(Config{Dir: dir, MaxBytes: large, Known: all})
		if name != "of the format" && err != nil {
			t.Errorf("%s: who knows it can't open it: %v", name, err)
		}
		if err == nil {
			shut(t, s)
		}
	}
}

func TestAFolderThatCannotBeUsedIsToldWithWhatWasTried(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "canary")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	taken := filepath.Join(dir, "taken")
	s, _ := open(t, Config{Dir: taken})
	defer s.Close()
	unlockable, unlistable := filepath.Join(dir, "unlockable"), filepath.Join(dir, "unlistable")
	for _, path := range []string{filepath.Join(unlockable, "lock"), filepath.Join(unlistable, segmentName(1))} {
		if err := os.MkdirAll(path, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	broken := func(*os.File) error { return errors.New("input/output error") }
	for name, test := range map[string]struct {
		cfg  Config
		want string
	}{
		"a file":                    {Config{Dir: file}, "making the folder: not a directory"},
		"in a file":                 {Config{Dir: filepath.Join(file, "spool")}, "making the folder: not a directory"},
		"another's":                 {Config{Dir: taken}, "locking the folder: another process uses it, or another client of this one"},
		"a lock that is none":       {Config{Dir: unlockable}, "locking the folder: is a directory"},
		"a segment that is none":    {Config{Dir: unlistable}, "reading a segment: is a directory"},
		"a disk that does not sync": {Config{Dir: dir, Sync: broken}, "writing a file in the folder and syncing it: input/output error"},
		"a new folder on that disk": {Config{Dir: filepath.Join(dir, "new"), Sync: broken}, "making the folder: input/output error"},
	} {
		test.cfg.Known, test.cfg.MaxBytes = all, large
		_, _, err := Open(test.cfg)
		if _, ok := errors.AsType[*OpenError](err); !ok || err.Error() != test.want {
			t.Errorf("%s: %v, want %s", name, err, test.want)
		}
	}
}

func TestAClosedSpoolCanBeOpenedBySomebodyElse(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, _ := open(t, Config{Dir: dir})
	shut(t, s) // without readers
	s, found := open(t, Config{Dir: dir})
	if _, err := s.Append([]byte("x"), Ordinary, nil); err != nil || found != (Found{}) {
		t.Errorf("%v, found %+v", err, found)
	}
	shut(t, s)
	if _, err := s.Append([]byte("x"), Ordinary, nil); !errors.Is(err, ErrClosed) {
		t.Errorf("appending to a closed spool: %v", err)
	}
	_, found = open(t, Config{Dir: dir})
	if found.Records != 1 {
		t.Errorf("what nobody read is gone: %+v", found)
	}
}

func TestFilesAreForThisUserAlone(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "spool")
	s, _ := open(t, Config{Dir: dir})
	r := s.Attach([]string{"a", "b"})[0]
	put(t, s, "x")
	got := next(t, r, 1)
	if err := r.SetAside(got[0]); err != nil {
		t.Fatal(err)
	}
	shut(t, s)
	files := 0
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if want := map[bool]os.FileMode{true: 0o700, false: 0o600}[info.IsDir()]; err != nil || info.Mode().Perm() != want {
			t.Errorf("%s is %v, want %v (%v)", filepath.Base(path), info.Mode().Perm(), want, err)
		}
		files++
		return nil
	})
	if err != nil || files != 5 { // the folder, lock, progress, a segment and what was set aside
		t.Errorf("%d files, %v", files, err)
	}
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	s, found := open(t, Config{Dir: dir})
	defer s.Close()
	if !found.Exposed {
		t.Error("a folder that others may write to is not told")
	}
}
