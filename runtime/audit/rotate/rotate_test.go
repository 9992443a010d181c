package rotate_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/secretsgen/secretsgen/runtime/audit"
	"github.com/secretsgen/secretsgen/runtime/audit/rotate"
	"github.com/secretsgen/secretsgen/runtime/settings"
)

func open(t *testing.T, path string, vars map[string]string) audit.Sink {
	t.Helper()
	sink, err := rotate.JSONLines().Open(t.Context(), audit.Instance{Settings: settings.FromMap(vars), Logger: slog.New(slog.DiscardHandler)}, path)
	if err != nil {
		t.Fatal(err)
	}
	return sink
}

// fill writes so many events of a kilobyte each.
func fill(t *testing.T, sink audit.Sink, from, to int) {
	t.Helper()
	for i := from; i < to; i++ {
		e := audit.Event{Version: 1, CorrelationID: fmt.Sprint(i), NodeID: strings.Repeat("x", 900)}
		if err := sink.Write(t.Context(), &e); err != nil {
			t.Fatal(err)
		}
	}
}

// files are the names in a folder, with what they hold, and whether each is for
// its owner alone.
func files(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]byte{}
	for _, entry := range entries {
		text, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if info, err := entry.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s is %v (%v)", entry.Name(), info.Mode(), err)
		}
		all[entry.Name()] = text
	}
	return all
}

func TestAFileThatIsFullIsRotatedBetweenLines(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "audit.jsonl")
	sink := open(t, path, map[string]string{"SECRETS_AUDIT_JSONL_MAX_MB": "1"})
	fill(t, sink, 0, 1500)
	if err := sink.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	sink = open(t, path, map[string]string{"SECRETS_AUDIT_JSONL_MAX_MB": "1"}) // goes on where it stopped
	fill(t, sink, 1500, 5000)
	if err := errors.Join(sink.(audit.Flusher).Flush(t.Context()), sink.Close(t.Context())); err != nil {
		t.Fatal(err)
	}
	all := files(t, dir)
	lines := 0
	for name, text := range all {
		if len(text) > 1<<20 || name != "audit.jsonl" && len(text) < 1<<19 {
			t.Errorf("%s has %d bytes", name, len(text))
		}
		for line := range bytes.Lines(text) {
			if !bytes.HasPrefix(line, []byte("{")) || !bytes.HasSuffix(line, []byte("}\n")) {
				t.Fatalf("%s has a broken line", name)
			}
			lines++
		}
	}
	if lines != 5000 || len(all) != 6 {
		t.Errorf("%d lines in %d files, want 5000 in 6", lines, len(all))
	}
	if !bytes.Contains(all["audit.jsonl"], []byte(`"correlation_id":"4999"`)) {
		t.Error("the last event is not in the file of the settings")
	}
}

func TestALineThatWasCutShortIsEndedInItsOwnFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "audit.jsonl")
	torn := append(bytes.Repeat([]byte("{}\n"), 1<<20/3-1), "{"...) // a line more is too long
	if err := os.WriteFile(path, torn, 0o600); err != nil {
		t.Fatal(err)
	}
	sink := open(t, path, map[string]string{"SECRETS_AUDIT_JSONL_MAX_MB": "1"})
	fill(t, sink, 0, 2)
	if err := sink.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	all := files(t, dir)
	if len(all) != 2 || !bytes.HasPrefix(all["audit.jsonl"], []byte("{")) || bytes.Count(all["audit.jsonl"], []byte("\n")) != 2 {
		t.Errorf("%d files, and the newest is %q", len(all), all["audit.jsonl"])
	}
}

func TestOfRotatedFilesAsManyAreKeptAsTheSettingSays(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "audit.jsonl")
	vars := map[string]string{"SECRETS_AUDIT_JSONL_MAX_MB": "1", "SECRETS_AUDIT_JSONL_KEEP": "2"}
	sink := open(t, path, vars)
	fill(t, sink, 0, 6000)
	if err := sink.Close(t.Context()); err != nil { // waits for the last removal
		t.Fatal(err)
	}
	if all := files(t, dir); len(all) != 3 {
		t.Errorf("%d files, want the newest and two", len(all))
	}
}

func TestWithoutASettingOfRotationNothingIsRotated(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	sink := open(t, filepath.Join(dir, "audit.jsonl"), nil)
	fill(t, sink, 0, 3000)
	if err := sink.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if all := files(t, dir); len(all) != 1 {
		t.Errorf("%d files", len(all))
	}
}

func TestAFileThatCannotBeOpenedNamesTheSetting(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"", filepath.Join(t.TempDir(), "canary", "audit.jsonl"), t.TempDir()} {
		vars := map[string]string{"SECRETS_AUDIT_JSONL_MAX_MB": "1"}
		_, err := rotate.JSONLines().Open(t.Context(), audit.Instance{Settings: settings.FromMap(vars)}, path)
		if err == nil || !strings.Contains(err.Error(), "SECRETS_AUDIT") || path != "" && strings.Contains(err.Error(), path) {
			t.Errorf("got %v", err)
		}
	}
}
