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

// importer names the packages that a file imports, each once and as nothing else
// in the file is called.
type importer struct {
	imports  map[string]imported
	declared map[string]bool // identifiers of the package
	taken    map[string]bool // by imports
}

func newImporter(declared map[string]bool) *importer {
	return &importer{imports: map[string]imported{}, declared: declared, taken: map[string]bool{}}
}

// own adds a package of ours or of the standard library, which has its own name
// unless the package declares that.
func (i *importer) own(p string) {
	name := path.Base(p)
	if i.declared[name] {
		name += "pkg"
	}
	i.add(p, name)
}

// other adds a package of somebody's under the word that it is known by, with more
// behind it where that means something already.
func (i *importer) other(p, word, more string) {
	switch {
	case !isIdentifier(word + more): // letters that are not ASCII
		word = more
	case i.declared[word] || isFileName(word):
		word += more
	}
	i.add(p, word)
}

func (i *importer) add(p, word string) {
	if _, ok := i.imports[p]; ok {
		return
	}
	name := word
	for n := 2; i.declared[name] || i.taken[name]; n++ {
		name = word + strconv.Itoa(n)
	}
	i.taken[name] = true
	i.imports[p] = imported{name, name != path.Base(p)}
}

// setImports names every package that the file may import.
func (l *plan) setImports() {
	i := newImporter(l.declared())
	for _, p := range l.ownPaths() {
		i.own(p)
	}
	for _, r := range l.roots {
		for _, p := range r.providers {
			if !p.own {
				i.other(p.path, strings.NewReplacer("+", "", "-", "").Replace(p.scheme), "provider")
			}
		}
	}
	i.foreign(l.types())
	// A third party's provider has a written name, as its package's is not known.
	for _, r := range l.roots {
		for _, p := range r.providers {
			if !p.own {
				i.imports[p.path] = imported{i.imports[p.path].name, true}
			}
		}
	}
	l.imports = i.imports
}

// foreign adds the packages of Go types.
func (i *importer) foreign(types []model.Type) {
	for _, t := range types {
		if t.Go != nil && t.Go.Path != "" {
			i.other(t.Go.Path, t.Go.Package, "types")
		}
	}
}

// declared are the identifiers at package level that no import may be called: the
// author's, as far as they are known, and ours.
func (l *plan) declared() map[string]bool {
	declared := map[string]bool{}
	for _, identifier := range l.pkg.Declared {
		declared[identifier.Name] = true
	}
	for _, t := range l.types() {
		if t.Go != nil && t.Go.Path == "" {
			declared[t.Go.Name] = true
		}
	}
	for name := range l.expected() {
		declared[identifierIn(name)] = true
	}
	return declared
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
	for _, s := range l.pkg.Secrets {
		if s.Cache != nil || s.ResponseWrap != nil {
			paths = append(paths, timePath)
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
