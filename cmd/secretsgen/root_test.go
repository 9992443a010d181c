package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAnInterruptedRunSaysSo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	declaration := filepath.Join(dir, "secrets.yaml")
	const text = "version: 1\npackage: config\ntenant: {id: dev, mounts: [secret]}\nsecrets: {token: {uri: FILE://secret/a}}\n"
	for name, content := range map[string]string{filepath.Join(dir, "go.mod"): "module example.com/m\n", declaration: text} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for verb, folder := range map[string]string{"generate": dir, "check": dir, "fmt": dir, "init": filepath.Join(dir, "new")} {
		var stdout, stderr bytes.Buffer
		status := Main(ctx, []string{verb, folder}, strings.NewReader(""), &stdout, &stderr)
		if want := "secretsgen: interrupted; no file was changed\n"; status != statusInvalid || stderr.String() != want || stdout.Len() > 0 {
			t.Errorf("%s: got status %d, %q and %q, want %d and %q", verb, status, &stdout, &stderr, statusInvalid, want)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Errorf("got the files %v, %v, want the two of before", entries, err)
	}
	if got, err := os.ReadFile(declaration); err != nil || string(got) != text {
		t.Errorf("got the declaration %q, %v, want it as it was", got, err)
	}
}

func TestNoArgumentsAreNotThoseOfTheProcess(t *testing.T) {
	t.Parallel()
	var stdout, stderr bytes.Buffer
	status := Main(t.Context(), nil, strings.NewReader(""), &stdout, &stderr)
	if status != statusFine || !strings.HasPrefix(stdout.String(), "Secretsgen checks declarations") || stderr.Len() > 0 {
		t.Errorf("got status %d, %q and %q, want the help", status, &stdout, &stderr)
	}
}

func TestFindingsThatCanNotBeWrittenAreAnError(t *testing.T) {
	t.Parallel()
	status := Main(t.Context(), []string{"check", filepath.Join(t.TempDir(), "gone")}, strings.NewReader(""), failing{}, failing{})
	if status != statusInvalid {
		t.Errorf("got status %d, want %d", status, statusInvalid)
	}
}
