package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/gen"
	"github.com/secretsgen/secretsgen/gen/diag"
)

// pass lets time go by, in a bubble.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func TestProgressIsShownAfterASecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		p := startProgress(&out)
		var want strings.Builder
		is := func(when, lines string) {
			t.Helper()
			want.WriteString(lines)
			if diff := cmp.Diff(want.String(), out.String()); diff != "" {
				t.Fatalf("%s (-want +got):\n%s", when, diff)
			}
		}
		p.report(gen.Progress{Stage: gen.Reading, Done: 1})
		pass(patience - 1)
		is("short of a second", "")
		p.report(gen.Progress{Stage: gen.Reading, Done: 1240})
		pass(1)
		is("after a second", erase+"secretsgen: reading 1,240 folders…")
		pass(time.Minute)
		is("while nothing is heard", "")
		p.report(gen.Progress{Stage: gen.Checking, Done: 1, Total: 1240})
		p.report(gen.Progress{Stage: gen.Checking, Done: 7, Total: 1240})
		pass(pace - 1)
		is("too soon for another line", "")
		p.report(gen.Progress{Stage: gen.Generating, Done: 12, Total: 40})
		pass(1)
		is("at its pace", erase+"secretsgen: generating 12 of 40 packages…")
		p.report(gen.Progress{Stage: gen.Generating, Done: 13, Total: 40})
		p.stop()
		is("when it ends", erase)
		p.report(gen.Progress{Stage: gen.Generating, Done: 14, Total: 40})
		p.stop()
		pass(time.Minute)
		is("from then on", "")
	})
}

func TestAShortRunShowsNoProgress(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		p := startProgress(&out)
		p.report(gen.Progress{Stage: gen.Reading, Done: 1})
		pass(patience - 1)
		p.stop()
		pass(time.Minute)
		if out.Len() > 0 {
			t.Errorf("got %q, want nothing", &out)
		}
	})
}

func TestProgressLine(t *testing.T) {
	t.Parallel()
	for want, p := range map[string]gen.Progress{
		"secretsgen: reading…":                               {},
		"secretsgen: reading 1 folder…":                      {Done: 1},
		"secretsgen: reading 999 folders…":                   {Done: 999},
		"secretsgen: reading 1,000 folders…":                 {Done: 1000},
		"secretsgen: checking 1 of 1 folder…":                {Stage: gen.Checking, Done: 1, Total: 1},
		"secretsgen: checking 999,999 of 1,000,000 folders…": {Stage: gen.Checking, Done: 999_999, Total: 1_000_000},
		"secretsgen: generating 2 of 40 packages…":           {Stage: gen.Generating, Done: 2, Total: 40},
	} {
		if got := progressLine(p); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestALongRunErasesItsProgress has a run take two seconds, of which the line of
// progress is told and then the findings.
func TestALongRunErasesItsProgress(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, content := range map[string]string{
		"go.mod":       "module example.com/m\n",
		"secrets.yaml": "version: 1\npackage: config\ntenant: {id: dev, mounts: [secret]}\nsecrets: {token: {uri: file://secret/a}}\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const found = "secrets.yaml:1:1: something [MISSING]\n"
	for name, tt := range map[string]struct {
		terminal terminal
		want     string
	}{
		"on a terminal": {terminal{rewrites: true}, erase + "secretsgen: checking 1 of 1 folder…" + erase + found},
		"elsewhere":     {terminal{}, found},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var out bytes.Buffer
				err := runOn(t.Context(), &out, tt.terminal, gen.Source{Dir: dir}, diag.Text, func(_ context.Context, _ *gen.Project, diags *diag.List) error {
					pass(2 * time.Second)
					diags.Addf(diag.Pos{File: "secrets.yaml"}, diag.Missing, "something")
					return nil
				})
				if status, ok := errors.AsType[*statusError](err); !ok || status.status != statusFindings {
					t.Errorf("got error %v, want status %d", err, statusFindings)
				}
				if diff := cmp.Diff(tt.want, out.String()); diff != "" {
					t.Errorf("standard error (-want +got):\n%s", diff)
				}
			})
		})
	}
}
