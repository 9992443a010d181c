package diag_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/runtime/uri"
)

// TestTheCatalogueHasEveryCode compares it with the constants that findings are
// made of.
func TestTheCatalogueHasEveryCode(t *testing.T) {
	t.Parallel()
	want := append(codesOf(t, "."), codesOf(t, "../../runtime/uri")...)
	slices.Sort(want)
	var got []string
	for _, e := range diag.Catalogue() {
		got = append(got, string(e.Code))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("codes (-constants +catalogue):\n%s", diff)
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

func TestEveryEntryIsReadyForThePage(t *testing.T) {
	t.Parallel()
	for _, e := range diag.Catalogue() {
		if e.Title == "" || strings.HasSuffix(e.Title, ".") || len(e.Title) > 40 {
			t.Errorf("%s: its title %q is not a few words", e.Code, e.Title)
		}
		for what, text := range map[string]string{"cause": e.Cause, "fix": e.Fix} {
			if !strings.HasSuffix(text, ".") || strings.Contains(text, "\n") {
				t.Errorf("%s: its %s %q is not sentences on one line", e.Code, what, text)
			}
			if strings.Count(text, "`")%2 != 0 {
				t.Errorf("%s: its %s has a code span without an end", e.Code, what)
			}
		}
	}
}

func TestAnEntryIsFoundByItsCode(t *testing.T) {
	t.Parallel()
	for _, want := range diag.Catalogue() {
		got, ok := want.Code.Entry()
		if diff := cmp.Diff(want, got); diff != "" || !ok {
			t.Errorf("%s (-want +got): found %t\n%s", want.Code, ok, diff)
		}
	}
	if e, ok := diag.Code("NEW").Entry(); ok {
		t.Errorf("a code that is not in the catalogue: got %+v", e)
	}
	const want = "https://github.com/secretsgen/secretsgen/blob/main/docs/diagnostics.md#illegal_segment"
	if e, _ := diag.Code(uri.IllegalSegment).Entry(); e.URL() != want {
		t.Errorf("got %s, want %s", e.URL(), want)
	}
}
