package gotypes

import (
	"go/token"
	"path/filepath"
	"strings"

	"golang.org/x/mod/module"

	"github.com/secretsgen/secretsgen/gen/names"
)

// maxPath bounds an import path, in bytes, so that a thousand of them fit on a
// command line.
const maxPath = 1024

// importable reports whether an import path may be shown to the go command, run
// in the folder of a module, and be written to an import declaration.
func importable(path, top string) bool {
	switch path {
	case "C", "unsafe", "all", "std", "cmd", "tool", "work", "builtin":
		return false // no packages, or sets of them
	}
	switch {
	case strings.HasPrefix(path, "cmd/"):
		return false // none of them can be imported, and some take minutes to compile
	case len(path) > maxPath, !names.ValidImport(path), module.CheckImportPath(path) != nil:
		return false
	case strings.Contains(path, "..."):
		return false // a pattern
	case strings.HasSuffix(path, ".go") && isRegular(filepath.Join(top, filepath.FromSlash(path))):
		return false // the go command would take it for the file
	}
	return true
}

// identifier reports whether a name is one that generated code can write.
func identifier(name string) bool {
	if !token.IsIdentifier(name) || name == "_" {
		return false
	}
	for i := range len(name) {
		if name[i] >= 0x80 {
			return false
		}
	}
	return true
}

// within reports whether a package may import another by the rule of internal
// packages, and says below which path the other is internal if not. Packages in a
// vendor folder are known by the path behind it alone.
func within(importer, path string) (parent string, ok bool) {
	elements := strings.Split(path, "/")
	for i := len(elements) - 1; i >= 0; i-- {
		switch elements[i] {
		case "vendor":
			return strings.Join(elements[:i], "/"), false
		case "internal":
			parent = strings.Join(elements[:i], "/")
			return parent, parent != "" && (importer == parent || strings.HasPrefix(importer, parent+"/"))
		}
	}
	return "", true
}
