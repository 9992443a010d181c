package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/secretsgen/secretsgen/gen/diag"
)

// TestEveryCodeIsPinnedByAScript looks for a finding of each code in what the
// scripts of testdata/script expect, line and column included.
func TestEveryCodeIsPinnedByAScript(t *testing.T) {
	t.Parallel()
	pinned := map[diag.Code]bool{}
	for _, f := range pinnedFindings(t) {
		pinned[f.code] = true
	}
	for _, e := range diag.Catalogue() {
		switch {
		case e.Code == diag.Internal:
			// No input is known that leads to it: it is a fault of ours. Package
			// emit's own tests show that what it refuses is told.
			if pinned[e.Code] {
				t.Errorf("a script expects %s: mend that fault", e.Code)
			}
		case !pinned[e.Code]:
			t.Errorf(`no script has "cmp stderr" with a finding of %s`, e.Code)
		}
		delete(pinned, e.Code)
	}
	for code := range pinned {
		t.Errorf("a script expects %s, which is not in the catalogue", code)
	}
}

// TestGolden compares the page of diagnostics with the catalogue and with what
// the scripts show of each code.
func TestGolden(t *testing.T) {
	t.Parallel()
	const name = "../../docs/diagnostics.md"
	want := diagnosticsPage(pinnedFindings(t))
	if *update {
		if err := os.WriteFile(name, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("docs/diagnostics.md (-want +got); run \"make golden\":\n%s", diff)
	}
}

const pageIntroduction = `# Diagnostics

<!-- Written by "make golden" from gen/diag/catalogue.go and the scripts below
cmd/secretsgen/testdata/script. Change those. -->

What ` + "`secretsgen generate`, `check` and `fmt`" + ` find has a code, which stays the same while messages get better.
[The command](command.md#findings) tells how findings are written down and what the exit statuses mean. Below, each code has
its cause, its fix, and an example as a test pins it: the line that is wrong, where there is one to show, and the message.

| Code | Exit status | |
|---|---|---|
`

// diagnosticsPage is docs/diagnostics.md.
func diagnosticsPage(findings []pinnedFinding) string {
	var page strings.Builder
	page.WriteString(pageIntroduction)
	for _, e := range diag.Catalogue() {
		fmt.Fprintf(&page, "| [%s](#%s) | %d | %s |\n", e.Code, e.Anchor(), statusOf(e.Code), e.Title)
	}
	for _, e := range diag.Catalogue() {
		fmt.Fprintf(&page, "\n## %s\n\n%s. Exit status %d.\n\n**Cause.** %s\n\n**Fix.** %s\n",
			e.Code, e.Title, statusOf(e.Code), e.Cause, e.Fix)
		if example := exampleOf(e.Code, findings); example != nil {
			fmt.Fprintf(&page, "\n```text\n%s```\n", example)
		}
	}
	return page.String()
}

func statusOf(code diag.Code) int {
	if code.Invalid() {
		return statusInvalid
	}
	return statusFindings
}

// exampleOf is the first finding of a code, if there is one, and rather one in
// YAML.
func exampleOf(code diag.Code, findings []pinnedFinding) *pinnedFinding {
	var example *pinnedFinding
	for i := range findings {
		f := &findings[i]
		if f.code == code && (example == nil || strings.HasSuffix(f.file, ".yaml") && !strings.HasSuffix(example.file, ".yaml")) {
			example = f
		}
	}
	return example
}

// A pinnedFinding is one that a script expects.
type pinnedFinding struct {
	code      diag.Code
	file      string
	line, col int
	text      string // as written, with its further lines
	source    string // the line that it is about, or "" where that is not known
}

// widest is the longest line of a file that an example shows, in bytes.
const widest = 100

// String shows the line, where on it, and the finding. A finding at the first
// byte is about the file as a whole.
func (f pinnedFinding) String() string {
	if f.line == 1 && f.col == 1 || f.source == "" || len(f.source) > widest || f.col > len(f.source)+1 {
		return f.text
	}
	before := strings.Map(func(r rune) rune {
		if r == '\t' {
			return r
		}
		return ' '
	}, f.source[:f.col-1])
	return f.source + "\n" + before + "^\n" + f.text
}

// pinnedFindings are those in the files that scripts compare standard error
// with, in the order of the scripts' names and of their commands.
func pinnedFindings(t *testing.T) []pinnedFinding {
	t.Helper()
	scripts, err := filepath.Glob(filepath.Join("testdata", "script", "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	var findings []pinnedFinding
	for _, script := range scripts {
		archive, err := txtar.ParseFile(script)
		if err != nil {
			t.Fatal(err)
		}
		files := map[string]string{}
		for _, f := range archive.Files {
			files[f.Name] = string(f.Data)
		}
		for command := range strings.Lines(string(archive.Comment)) {
			if expected, ok := strings.CutPrefix(strings.TrimSpace(command), "cmp stderr "); ok {
				findings = append(findings, parseFindings(files[strings.TrimLeft(expected, "./")], files)...)
			}
		}
	}
	if len(findings) == 0 {
		t.Fatal("no script expects a finding")
	}
	return findings
}

var findingLine = regexp.MustCompile(`^(\S.*?):(\d+):(\d+): .* \[([A-Z_]+)\]\n$`)

// parseFindings reads the text format.
func parseFindings(text string, files map[string]string) []pinnedFinding {
	var findings []pinnedFinding
	for line := range strings.Lines(text) {
		m := findingLine.FindStringSubmatch(line)
		switch {
		case m != nil:
			f := pinnedFinding{code: diag.Code(m[4]), file: m[1], text: line}
			f.line, _ = strconv.Atoi(m[2])
			f.col, _ = strconv.Atoi(m[3])
			if lines := strings.Split(files[f.file], "\n"); f.line <= len(lines) {
				f.source = lines[f.line-1]
			}
			findings = append(findings, f)
		case strings.HasPrefix(line, "\t") && len(findings) > 0:
			findings[len(findings)-1].text += line
		}
	}
	return findings
}
