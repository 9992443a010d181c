package main

import (
	"errors"
	"flag"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"
)

// update writes what is compared with golden files anew: the page of diagnostics,
// and what scripts expect.
var update = flag.Bool("update", false, "write the golden files anew")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"secretsgen": main})
}

// TestScript runs every script of testdata/script: a tree of files, what is run
// in it, and exactly what comes out. Beside testscript's own there are the
// commands of [exits], [snapshot] and [unchanged]. With -update what comes out is
// written into the scripts: read the difference before it is committed.
func TestScript(t *testing.T) {
	t.Parallel()
	cache, err := exec.CommandContext(t.Context(), "go", "env", "GOCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       *update,
		Setup: func(env *testscript.Env) error {
			env.Setenv("GORACE", "atexit_sleep_ms=0") // for each of many runs it is a second
			env.Setenv("GOCACHE", strings.TrimSpace(string(cache)))
			env.Setenv("GOFLAGS", "")
			env.Setenv("GOPROXY", "off")
			env.Setenv("GOWORK", "off")
			env.Values[snapshotKey{}] = map[string]entry{}
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exits":     exits,
			"snapshot":  snapshot,
			"unchanged": unchanged,
		},
	})
}

// exits runs a program and compares its exit status:
//
//	exits 2 secretsgen check
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits status program [args...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("got exit status %d, want %d", got, want)
	}
}

// entry is all that a run could change about a file.
type entry struct {
	Mode    fs.FileMode
	ModTime int64 // in nanoseconds
	Content string
}

type snapshotKey struct{}

// snapshot remembers every file.
func snapshot(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 0 {
		ts.Fatalf("usage: snapshot")
	}
	taken := ts.Value(snapshotKey{}).(map[string]entry)
	clear(taken)
	ts.Check(entries(ts.Getenv("WORK"), taken))
}

// unchanged compares every file with the last snapshot; a file that only one of
// both has is a difference.
func unchanged(ts *testscript.TestScript, neg bool, args []string) {
	want := ts.Value(snapshotKey{}).(map[string]entry)
	if neg || len(args) > 0 || len(want) == 0 {
		ts.Fatalf("usage: unchanged, after a snapshot")
	}
	got := map[string]entry{}
	ts.Check(entries(ts.Getenv("WORK"), got))
	if diff := cmp.Diff(want, got); diff != "" {
		ts.Fatalf("files (-want +got):\n%s", diff)
	}
}

func entries(dir string, into map[string]entry) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if path == filepath.Join(dir, ".tmp") {
			return fs.SkipDir // the programs' own
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		e := entry{Mode: info.Mode()}
		switch {
		case info.Mode().IsRegular():
			content, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			e.Content, e.ModTime = string(content), info.ModTime().UnixNano()
		case info.Mode().Type() == fs.ModeSymlink:
			if e.Content, err = os.Readlink(path); err != nil {
				return err
			}
		}
		into[path] = e
		return nil
	})
}
