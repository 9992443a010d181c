package emit

import (
	"cmp"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/secretsgen/secretsgen/gen/model"
	"github.com/secretsgen/secretsgen/gen/names"
	"github.com/secretsgen/secretsgen/runtime/uri"
)

// The packages that generated code imports by itself.
const (
	runtimePath   = "github.com/secretsgen/secretsgen/runtime"
	decodePath    = runtimePath + "/decode"
	providersPath = runtimePath + "/providers/"

	contextPath = "context"
	errorsPath  = "errors"
	jsonPath    = "encoding/json"
	timePath    = "time"
)

// provider is a provider package that the generated Open passes to the runtime.
type provider struct {
	path   string
	scheme string // of a third party's
	name   string // of the package, or the alias of a third party's
	own    bool
}

// providersOf lists the provider packages that the declarations of p need, ours
// first, in the order of their paths (DESIGN section 1: what a service links
// follows its declarations).
func providersOf(p *model.Package) ([]provider, error) {
	declared := make(map[string]string, len(p.Schemes))
	for _, scheme := range p.Schemes {
		declared[scheme.Name] = scheme.Import
	}
	needed := map[provider]bool{}
	for _, s := range p.Secrets {
		scheme := s.URI.Scheme()
		if name, ok := ownProvider(scheme); ok {
			needed[provider{path: providersPath + name, name: name, own: true}] = true
			continue
		}
		if !names.ValidImport(declared[scheme]) {
			return nil, fault(0, "a scheme has no provider package")
		}
		needed[provider{path: declared[scheme], scheme: scheme}] = true
	}
	list := slices.SortedFunc(maps.Keys(needed), func(a, b provider) int {
		switch {
		case a.own && !b.own:
			return -1
		case b.own && !a.own:
			return 1
		}
		return cmp.Or(cmp.Compare(a.path, b.path), cmp.Compare(a.scheme, b.scheme))
	})
	seen := map[string]bool{}
	list = slices.DeleteFunc(list, func(l provider) bool {
		twice := seen[l.path]
		seen[l.path] = true
		return twice
	})
	setAliases(list, p)
	return list, nil
}

// ownProvider names the package below runtime/providers that serves a scheme:
// a built-in scheme's is named after its engine, or after itself where it has
// none.
func ownProvider(scheme string) (name string, ok bool) {
	base, ok := uri.BaseScheme(scheme)
	if _, engine, found := strings.Cut(base, "+"); found {
		return engine, ok
	}
	return base, ok
}

// setAliases gives each third party's provider an import name: the letters and
// digits of its scheme, with a word more where that is a name of Go, of the file
// or of its package already, and a number more where that is taken too.
func setAliases(list []provider, p *model.Package) {
	declared := map[string]bool{}
	for _, identifier := range p.Declared {
		declared[identifier.Name] = true
	}
	for i := range list {
		l := &list[i]
		if l.own {
			continue
		}
		word := strings.NewReplacer("+", "", "-", "").Replace(l.scheme)
		if declared[word] || isFileName(word) {
			word += "provider"
		}
		name := word
		for n := 2; declared[name] || isImported(list[:i], name); n++ {
			name = word + strconv.Itoa(n)
		}
		l.name = name
	}
}

func isImported(list []provider, name string) bool {
	return slices.ContainsFunc(list, func(l provider) bool { return l.name == name })
}

// isFileName reports whether name has a meaning in the file or to Go. Variables
// and receivers of one letter count whether they are there or not.
func isFileName(name string) bool {
	switch name {
	case "ctx", "cfg", "ext", "client", "err", "set", "loaded", "doc", "init", "main":
		return true
	}
	return len(name) == 1 || names.IsImport(name) || token.IsKeyword(name) || types.Universe.Lookup(name) != nil
}
