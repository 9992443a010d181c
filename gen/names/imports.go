package names

import (
	"path"
	"strings"

	"golang.org/x/mod/module"
)

// IsImport reports whether generated code may import a package of ours or of the
// standard library under name. Nothing else may have that name in its file, nor
// a type that the file uses.
func IsImport(name string) bool {
	switch name {
	case "context", "crypto", "errors", "json", "time", "tls", "url", "x509",
		"runtime", "decode", "constraint", "kv2", "file", "env", "yaml":
		return true
	}
	return false
}

// ValidImport reports whether generated code may import the path of a third
// party's package: one in ASCII that the go command takes for a package's, and
// neither relative nor "C" nor "unsafe".
func ValidImport(p string) bool {
	switch {
	case p == "C", p == "unsafe", strings.Contains(p, "..."): // the last is a pattern
		return false
	}
	return p == path.Clean(p) && !strings.HasPrefix(p, ".") && module.CheckImportPath(p) == nil
}

// IsVariable reports whether generated code may have a variable or parameter of
// that name where it names a type. Nothing of the author's that it names may be
// called so.
func IsVariable(name string) bool {
	switch name {
	case "ctx", "cfg", "ext", "client", "err", "set", "loaded", "doc", "tb":
		return true
	}
	return len(name) == 1
}
