package emit

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/secretsgen/secretsgen/gen/model"
)

// The packages that generated code imports by itself.
const (
	runtimePath     = "github.com/secretsgen/secretsgen/runtime"
	constraintPath  = runtimePath + "/constraint"
	decodePath      = runtimePath + "/decode"
	providersPath   = runtimePath + "/providers/"
	secretstestPath = runtimePath + "/secretstest"

	contextPath = "context"
	cryptoPath  = "crypto"
	tlsPath     = "crypto/tls"
	x509Path    = "crypto/x509"
	jsonPath    = "encoding/json"
	errorsPath  = "errors"
	urlPath     = "net/url"
	timePath    = "time"
)

// imported is how the file names a package that it imports.
type imported struct {
	name  string
	alias bool // the name is written out
}

// setImports names every package that the file may import. An own or standard
// package has its own name, unless the author's package declares that; others
// have theirs, or that of their scheme, unless it means something already.
func (l *plan) setImports() {
	declared := map[string]bool{}
	for _, identifier := range l.pkg.Declared {
		declared[identifier.Name] = true
	}
	l.imports = map[string]imported{}
	taken := map[string]bool{}
	add := func(p, word, more string) {
		if _, ok := l.imports[p]; ok {
			return
		}
		name := word
		if declared[name] || more != "pkg" && isFileName(name) {
			name += more
		}
		for base, n := name, 2; declared[name] || taken[name]; n++ {
			name = base + strconv.Itoa(n)
		}
		taken[name] = true
		l.imports[p] = imported{name, name != path.Base(p)}
	}
	for _, p := range l.ownPaths() {
		add(p, path.Base(p), "pkg")
	}
	for _, r := range l.roots {
		for _, p := range r.providers {
			if !p.own {
				add(p.path, strings.NewReplacer("+", "", "-", "").Replace(p.scheme), "provider")
			}
		}
	}
	for _, t := range l.types() {
		if t.Go != nil && t.Go.Path != "" {
			add(t.Go.Path, t.Go.Package, "types")
		}
	}
	// A third party's provider has a written name, as its package's is not known.
	for _, r := range l.roots {
		for _, p := range r.providers {
			if !p.own {
				l.imports[p.path] = imported{l.imports[p.path].name, true}
			}
		}
	}
}

// ownPaths are the packages of ours and of the standard library, in the order of
// their paths, those that every file imports among them.
func (l *plan) ownPaths() []string {
	paths := []string{contextPath, errorsPath, runtimePath, decodePath}
	for _, r := range l.roots {
		for _, p := range r.providers {
			if p.own {
				paths = append(paths, p.path)
			}
		}
	}
	for _, t := range l.types() {
		if p := pathOf(t.Kind); p != "" && t.Go == nil {
			paths = append(paths, p)
		}
		if isConstrained(t) {
			paths = append(paths, constraintPath)
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

func isConstrained(t model.Type) bool {
	l := t.Limits
	return l.Min != nil || l.Max != nil || l.MinLength != nil || l.MaxLength != nil || l.Pattern != nil || len(l.OneOf) > 0
}
