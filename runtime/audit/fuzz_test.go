package audit_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/secretsgen/secretsgen/runtime/audit"
)

// FuzzAnEventIsOneLine holds that no text of a caller ends its line or begins
// another, in a file and in a spool, and that it is read back as it was.
func FuzzAnEventIsOneLine(f *testing.F) {
	for _, text := range []string{"alice", "a\"}\n{\"effect\":\"allow\"}", "\u2028\x00\x7f\r\n", "\xff", "<script>&", "hashed:x"} {
		f.Add(text)
	}
	dir := f.TempDir()
	path := filepath.Join(dir, "audit.jsonl")
	sink, err := audit.JSONLines(path, audit.JSONLinesOptions{})
	if err != nil {
		f.Fatal(err)
	}
	spool, err := audit.OpenSpool(audit.SpoolConfig{Dir: filepath.Join(dir, "spool")}.WithSync(func(*os.File) error { return nil }))
	if err != nil {
		f.Fatal(err)
	}
	back := make(chan audit.Event, 1)
	trail := audit.NewTrail(audit.TrailConfig{Logger: quiet, Spool: spool, Sinks: []audit.Sink{writer(func(e *audit.Event) error {
		back <- *e
		return nil
	})}})
	f.Fuzz(func(t *testing.T, text string) {
		if err := os.Truncate(path, 0); err != nil {
			t.Fatal(err)
		}
		e := audit.Event{Version: audit.EventVersion, Subject: text, CorrelationID: text}
		if err := sink.Write(t.Context(), &e); err != nil {
			t.Fatal(err)
		}
		line, err := os.ReadFile(path)
		if err != nil || bytes.Count(line, []byte("\n")) != 1 || !json.Valid(line) {
			t.Errorf("the file has %q, %v", line, err)
		}
		var fromFile audit.Event
		if err := json.Unmarshal(line, &fromFile); err != nil {
			t.Fatal(err)
		}
		record(t, trail, e)
		fromSpool := <-back
		want := string([]rune(text)) // what is no UTF-8 is replaced
		for name, got := range map[string]audit.Event{"file": fromFile, "spool": fromSpool} {
			if got.Subject != want || got.CorrelationID != want {
				t.Errorf("%s: %q became %q", name, text, got.Subject)
			}
		}
	})
}
