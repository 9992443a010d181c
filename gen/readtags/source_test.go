package readtags

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/model"
)

// mark stands in a test's source where a position is expected.
const mark = "§"

// unmark returns source without its marks, and the positions they stood at.
func unmark(name, source string) (string, []diag.Pos) {
	var places []diag.Pos
	for {
		before, after, found := strings.Cut(source, mark)
		if !found {
			return source, places
		}
		places = append(places, diag.Pos{
			File: name,
			Line: strings.Count(before, "\n") + 1,
			Col:  len(before) - strings.LastIndex(before, "\n"),
		})
		source = before + after
	}
}

// readSource reads the files of one package without the go command.
func readSource(t testing.TB, files map[string]string) (*model.Package, []diag.Diagnostic) {
	t.Helper()
	dir, err := filepath.Abs("config")
	if err != nil {
		t.Fatal(err)
	}
	f := folder{dir: dir, shown: ".", importPath: "example.com/m/config", overlay: map[string][]byte{}}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		path := filepath.Join(dir, name)
		f.paths = append(f.paths, path)
		f.overlay[path] = []byte(files[name])
	}
	var diags diag.List
	p := readFolder(f, &diags)
	return p, diags.Sorted()
}

// lines shows findings as "position CODE".
func lines(found []diag.Diagnostic) []string {
	var shown []string
	for _, d := range found {
		shown = append(shown, fmt.Sprintf("%s %s", d.Pos, d.Code))
	}
	return shown
}
