package spool

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// FuzzASegmentOfAnybodys holds that whatever stands in a segment, opening and
// reading agree on it: every whole record is handed out once, and nothing else.
func FuzzASegmentOfAnybodys(f *testing.F) {
	frames := appendFrame(appendFrame(nil, []byte("first")), []byte("second"))
	f.Add([]byte(header + string(frames)))
	f.Add([]byte(header + string(frames[:len(frames)-3])))
	f.Add([]byte(header + "\n\n" + string(frames)))
	f.Add([]byte(header + string(frames) + "\x00\x00\x00"))
	f.Add([]byte(header + string(bytes.Repeat([]byte("x"), 2*chunk)) + "\n" + string(frames)))
	f.Add([]byte(header[:9]))
	f.Fuzz(func(t *testing.T, text []byte) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, segmentName(1)), text, 0o600); err != nil {
			t.Fatal(err)
		}
		s, found, err := Open(Config{Dir: dir, MaxBytes: large, Known: all, Sync: func(*os.File) error { return nil }})
		if err != nil {
			return
		}
		defer s.Close()
		r := s.Attach([]string{"a"})[0]
		records, err := r.Read(nil, len(text))
		if err != nil || int64(len(records)) != found.Records {
			t.Errorf("%d records were found and %d read (%v)", found.Records, len(records), err)
		}
		for _, record := range records {
			if !bytes.Contains(text, appendFrame(nil, record.Data)) && !bytes.Contains(bytes.ToLower(text), appendFrame(nil, record.Data)) {
				t.Errorf("%q stands nowhere", record.Data)
			}
		}
		r.Ack(records)
		if r.Done() != s.Total() {
			t.Errorf("%d of %d records are acknowledged", r.Done(), s.Total())
		}
	})
}
