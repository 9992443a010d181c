package formats

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// binary is the command, built for the tests of this package.
var binary string //nolint:gochecknoglobals // set by TestMain alone

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "formats-")
	if err != nil {
		fmt.Fprintln(os.Stderr, "formats:", err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "secretsgen")
	cmd := exec.CommandContext(context.Background(), "go", "build", "-o", binary, "./cmd/secretsgen")
	cmd.Dir = filepath.Join("..", "..")
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "formats: the command can't be built:", err)
		return 1
	}
	return m.Run()
}

// secretsgen runs the command in a folder and returns what it writes on standard
// error. It may find something, and must not print anything else.
func secretsgen(t *testing.T, dir string, args ...string) string {
	t.Helper()
	stdout, stderr := execute(t, dir, args...)
	if stdout != "" {
		t.Errorf("secretsgen %s: got %q on standard output", strings.Join(args, " "), stdout)
	}
	return stderr
}

// printed runs the command, which must find nothing, and returns what it prints.
func printed(t *testing.T, dir string, args ...string) string {
	t.Helper()
	stdout, stderr := execute(t, dir, args...)
	if stderr != "" {
		t.Errorf("secretsgen %s: got %q on standard error", strings.Join(args, " "), stderr)
	}
	return stdout
}

func execute(t *testing.T, dir string, args ...string) (printed, found string) {
	t.Helper()
	var stdout, stderr strings.Builder
	cmd := exec.CommandContext(t.Context(), binary, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &stdout, &stderr
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOPROXY=off", "GOWORK=off")
	if err := cmd.Run(); err != nil {
		if _, ok := errors.AsType[*exec.ExitError](err); !ok {
			t.Fatal(err)
		}
	}
	return stdout.String(), stderr.String()
}
