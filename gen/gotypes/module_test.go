package gotypes_test

import (
	"path/filepath"
	"testing"

	"github.com/secretsgen/secretsgen/gen/gotypes"
)

func TestImportPath(t *testing.T) {
	t.Parallel()
	dir := tree(t, files{
		"go.mod": "// comment\nmodule \"example.com/m\" // deprecated\n\ngo 1.26\n", "a/b/x": "x", "vendor/example.com/lib/x": "x",
		"nested/go.mod": "module example.com/nested/v2\n", "nested/a/x": "x", "folder/go.mod/x": "x",
		"nameless/go.mod": "go 1.26\n", "hostile/go.mod": "module ../canary\n", "with space/x": "x",
	})
	for folder, want := range map[string]string{
		".":                      "example.com/m",
		"a/b":                    "example.com/m/a/b",
		"a/not/there":            "example.com/m/a/not/there",
		"folder":                 "example.com/m/folder",
		"nested":                 "example.com/nested/v2",
		"nested/a":               "example.com/nested/v2/a",
		"vendor/example.com/lib": "",
		"nameless":               "",
		"hostile":                "",
		"with space":             "",
	} {
		t.Run(folder, func(t *testing.T) {
			t.Parallel()
			if got := gotypes.ImportPath(filepath.Join(dir, filepath.FromSlash(folder))); got != want {
				t.Errorf("import path is %q, want %q", got, want)
			}
		})
	}
	if got := gotypes.ImportPath(t.TempDir()); got != "" {
		t.Errorf("import path outside of a module is %q", got)
	}
}
