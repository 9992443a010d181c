package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"

	"github.com/secretsgen/secretsgen/gen/diag"
)

// reference is docs/command.md.
func reference(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/command.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestTheReferenceListsEveryCode compares the table of codes with the constants
// that findings are made of.
func TestTheReferenceListsEveryCode(t *testing.T) {
	t.Parallel()
	want := append(codesOf(t, "../../gen/diag"), codesOf(t, "../../runtime/uri")...)
	slices.Sort(want)
	var got []string
	for line := range strings.Lines(reference(t)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		code, ok := strings.CutPrefix(strings.TrimSpace(cells[0]), "`")
		if !ok || len(cells) != 4 {
			continue
		}
		code = strings.TrimSuffix(code, "`")
		got = append(got, code)
		status := statusFindings
		if diag.Code(code).Invalid() {
			status = statusInvalid
		}
		if strings.TrimSpace(cells[1]) != strconv.Itoa(status) {
			t.Errorf("%s: got exit status %s, want %d", code, cells[1], status)
		}
		for i, what := range []string{"cause", "fix"} {
			if !strings.HasSuffix(strings.TrimSpace(cells[i+2]), ".") {
				t.Errorf("%s has no sentence for its %s", code, what)
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("codes (-constants +table):\n%s", diff)
	}
}

// codesOf are the values of the constants of type Code of a package.
func codesOf(t *testing.T, dir string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	for _, name := range names {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			typ, ok := spec.Type.(*ast.Ident)
			if !ok || typ.Name != "Code" {
				return true
			}
			for _, value := range spec.Values {
				code, err := strconv.Unquote(value.(*ast.BasicLit).Value)
				if err != nil {
					t.Fatal(err)
				}
				codes = append(codes, code)
			}
			return true
		})
	}
	if len(codes) == 0 {
		t.Fatalf("%s has no codes", dir)
	}
	return codes
}

// TestTheReferenceNamesEveryVerbAndFlag compares it with the command itself.
func TestTheReferenceNamesEveryVerbAndFlag(t *testing.T) {
	t.Parallel()
	text := reference(t)
	overview, _, _ := strings.Cut(text, "\n\n`")
	for _, verb := range newRoot().Commands() {
		if verb.Name() != "help" && !strings.Contains(overview+"\n", "\n    secretsgen "+verb.Use+"\n") {
			t.Errorf("the overview lacks %q", verb.Use)
		}
		verb.Flags().VisitAll(func(f *pflag.Flag) {
			if !strings.Contains(text, "`--"+f.Name+"`") {
				t.Errorf("it lacks --%s of %s", f.Name, verb.Name())
			}
		})
	}
	for _, format := range diag.Formats() {
		if !strings.Contains(text, "\n- `"+string(format)+"`: ") {
			t.Errorf("it lacks the format %s", format)
		}
	}
}
