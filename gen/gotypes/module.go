package gotypes

import (
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
)

// ImportPath finds the import path of a folder's package without the go command:
// that of the module, from the nearest go.mod upwards, and the folder below it.
// It is empty outside of any module, for a folder below one named vendor, and
// where no package could be imported by the path.
func ImportPath(dir string) string {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return ""
	}
	return importPath(moduleOf(dir), dir)
}

// importPath is the import path of a folder of the module whose folder is top.
func importPath(top, dir string) string {
	if top == "" {
		return ""
	}
	source, err := os.ReadFile(filepath.Join(top, "go.mod"))
	if err != nil {
		return ""
	}
	below, err := filepath.Rel(top, dir)
	if err != nil {
		return ""
	}
	below = filepath.ToSlash(below)
	if slices.Contains(strings.Split(below, "/"), "vendor") {
		return ""
	}
	name := modfile.ModulePath(source)
	if name == "" {
		return ""
	}
	if below != "." {
		name = path.Join(name, below)
	}
	if module.CheckImportPath(name) != nil {
		return ""
	}
	return name
}

// moduleOf is the folder of the nearest go.mod upwards from an absolute folder,
// or empty.
func moduleOf(dir string) string {
	for {
		if isRegular(filepath.Join(dir, "go.mod")) {
			return dir
		}
		above := filepath.Dir(dir)
		if above == dir {
			return ""
		}
		dir = above
	}
}

// isRegular reports whether a path is that of a file, or of a link to one: a pipe
// would never end.
func isRegular(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
