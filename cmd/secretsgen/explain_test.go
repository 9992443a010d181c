package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestExplainSaysWhatCanNotBeReadOrWritten(t *testing.T) {
	t.Setenv("SECRET_TENANT_SALT", "conformance-salt-0123456789abcdef-not-a-secret")
	dir := t.TempDir()
	for name, content := range map[string]string{
		"go.mod":       "module example.com/m\n",
		"secrets.yaml": "version: 1\npackage: config\ntenant: {id: dev, mounts: [secret]}\nsecrets: {token: {uri: file://secret/a}}\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, run := range map[string]struct {
		stdin  io.Reader
		stdout io.Writer
		want   string
	}{
		"the input fails":  {failing{}, io.Discard, "secretsgen: standard input can't be read: failed\n"},
		"the output fails": {strings.NewReader("AAAAAAAAAAAAAAAAAAAAAAAA"), failing{}, "secretsgen: failed\n"},
	} {
		var stderr bytes.Buffer
		status := Main(t.Context(), []string{"explain", "--in", dir, "-"}, run.stdin, run.stdout, &stderr)
		if status != statusInvalid || stderr.String() != run.want {
			t.Errorf("%s: got status %d and %q, want %d and %q", name, status, &stderr, statusInvalid, run.want)
		}
	}
}
