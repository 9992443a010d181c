package emit

import (
	"cmp"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"

	"github.com/secretsgen/secretsgen/gen/model"
	"github.com/secretsgen/secretsgen/gen/names"
	"github.com/secretsgen/secretsgen/runtime/uri"
)

// provider is a provider package that the generated Open passes to the runtime.
type provider struct {
	path   string
	scheme string // of a third party's
	name   string // of the package, if it is ours
	own    bool
}

// providersOf lists the provider packages that secrets of p need, under whatever
// profile, ours first, in the order of their paths (DESIGN section 1: what a
// service links follows its declarations).
func providersOf(p *model.Package, secrets []*secret) ([]provider, error) {
	declared := make(map[string]string, len(p.Schemes))
	for _, scheme := range p.Schemes {
		declared[scheme.Name] = scheme.Import
	}
	needed := map[provider]bool{}
	for _, scheme := range schemesOf(secrets) {
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
	return list, nil
}

// schemesOf are the schemes of all references, in order of declaration.
func schemesOf(secrets []*secret) []string {
	var schemes []string
	for _, s := range secrets {
		schemes = append(schemes, s.URI.Scheme())
		for _, profile := range s.Profiles {
			schemes = append(schemes, profile.URI.Scheme())
		}
	}
	return schemes
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

// isFileName reports whether name has a meaning in the file or to Go. Variables
// and receivers of one letter count whether they are there or not.
func isFileName(name string) bool {
	return name == "init" || name == "main" || names.IsVariable(name) || names.IsImport(name) ||
		token.IsKeyword(name) || types.Universe.Lookup(name) != nil
}
