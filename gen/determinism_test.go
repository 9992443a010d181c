package gen_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The environment of a process that [TestOutputIsTheSameEverywhere] starts: the
// folders it generates in, and the file for what it generates.
const (
	copies = "SECRETSGEN_TEST_COPIES"
	result = "SECRETSGEN_TEST_RESULT"
)

// TestOutputIsTheSameEverywhere generates every golden case in ten runs, in two
// folders and for two systems, each system in a process of its own, for the go
// command and package go/build read it from there.
func TestOutputIsTheSameEverywhere(t *testing.T) {
	t.Parallel()
	if os.Getenv(copies) != "" {
		generateAgain(t)
		return
	}
	want := generateGolden(t)
	first, second := copyGolden(t), copyGolden(t)
	for system, folders := range map[string][]string{
		"linux":   {first, second, first, second, first},
		"windows": {second, first, second, first, second},
	} {
		t.Run(system, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "result")
			again := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestOutputIsTheSameEverywhere$", "-test.count=1")
			again.Env = append(os.Environ(), "GOOS="+system, "CGO_ENABLED=0",
				copies+"="+strings.Join(folders, string(filepath.ListSeparator)), result+"="+file)
			if out, err := again.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var all []map[string]string
			if err := json.Unmarshal(text, &all); err != nil {
				t.Fatal(err)
			}
			if len(all) != len(folders) {
				t.Errorf("%d runs, want %d", len(all), len(folders))
			}
			for _, got := range all {
				if diff := cmp.Diff(want, got); diff != "" {
					t.Fatalf("output (-here +there):\n%s", diff)
				}
			}
		})
	}
}

// generateAgain is what the process does that is started.
func generateAgain(t *testing.T) {
	t.Helper()
	var all []map[string]string
	for _, folder := range filepath.SplitList(os.Getenv(copies)) {
		all = append(all, generateIn(t, folder))
	}
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(os.Getenv(result), text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// copyGolden copies the golden module, which finds this one from where it is.
func copyGolden(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "golden")
	if err := os.CopyFS(dir, os.DirFS(goldenDir)); err != nil {
		t.Fatal(err)
	}
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "go.mod")
	mod, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	moved := bytes.Replace(mod, []byte("=> ../..\n"), []byte("=> "+strconv.Quote(root)+"\n"), 1)
	if bytes.Equal(mod, moved) || strings.Contains(string(moved), "../..") {
		t.Fatalf("the golden module does not find this one as it did:\n%s", mod)
	}
	if err := os.WriteFile(name, moved, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}
