//go:build unix

package audit_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/secretsgen/secretsgen/runtime/audit"
)

func TestAPipeIsWrittenAndCannotBeSynced(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "canary")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	reader, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if _, err := audit.JSONLines(path, audit.JSONLinesOptions{Fsync: audit.FsyncAlways}); err == nil || !strings.Contains(err.Error(), "SECRETS_AUDIT_JSONL_FSYNC") || strings.Contains(err.Error(), "canary") {
		t.Errorf("got %v", err)
	}
	sink, err := audit.JSONLines(path, audit.JSONLinesOptions{})
	if err != nil {
		t.Fatal(err)
	}
	e := marked("1")
	if err := errors.Join(sink.Write(t.Context(), &e), sink.(audit.Flusher).Flush(t.Context()), sink.Close(t.Context())); err != nil {
		t.Error(err)
	}
	if line, err := bufio.NewReader(reader).ReadBytes('\n'); err != nil || !json.Valid(line) {
		t.Errorf("read %q, %v", line, err)
	}
}
