package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestGoGenerateWorksFromAnotherModule generates, vets, builds and tests
// testdata/module as its author would, with the command as a tool of the module,
// and a package that init begins among the others.
// It has no go.mod there, because it needs one that knows this repository's
// folder.
func TestGoGenerateWorksFromAnotherModule(t *testing.T) {
	t.Parallel()
	repository, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", "module"))); err != nil {
		t.Fatal(err)
	}
	// The same versions as here, so that nothing has to be downloaded.
	sums, err := os.ReadFile(filepath.Join(repository, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		"go.sum": string(sums),
		"go.mod": fmt.Sprintf(`module example.com/service

go 1.26

tool github.com/secretsgen/secretsgen/cmd/secretsgen

require github.com/secretsgen/secretsgen v0.0.0

replace github.com/secretsgen/secretsgen => %q
`, repository),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range []string{
		// Fills in the indirect requirements, as "go mod tidy" would; that also
		// asks for tests of packages which nobody runs here.
		"build ./... github.com/secretsgen/secretsgen/cmd/secretsgen",
		"tool secretsgen init ./begun",
		"generate ./...",
		"vet ./...",
		"build ./...",
		"test -count=1 ./...",
		"tool secretsgen check",
	} {
		cmd := exec.CommandContext(t.Context(), "go", strings.Fields(args)...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("go %s: %v\n%s", args, err, out)
		}
	}
	for _, name := range []string{"begun/secrets_gen.go", "config/secrets_gen.go", "tagged/secrets_gen.go"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
}
