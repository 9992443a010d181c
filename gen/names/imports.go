package names

import (
	"path"
	"strings"
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
// party's provider: a plain path in ASCII that is neither relative nor "C".
func ValidImport(p string) bool {
	if p == "C" || p != path.Clean(p) || strings.HasPrefix(p, ".") || strings.HasPrefix(p, "/") || strings.HasPrefix(p, "-") {
		return false
	}
	return !strings.ContainsFunc(p, func(r rune) bool {
		letter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
		return !letter && !strings.ContainsRune("-._~/+", r)
	})
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
