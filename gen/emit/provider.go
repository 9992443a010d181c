package emit

import (
	"cmp"
	"go/token"
	"go/types"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/secretsgen/secretsgen/gen/model"
	"github.com/secretsgen/secretsgen/runtime/uri"
)

// The packages that generated code imports by itself.
const (
	runtimePath   = "github.com/secretsgen/secretsgen/runtime"
	decodePath    = runtimePath + "/decode"
	providersPath = runtimePath + "/providers/"

	contextPath = "context"
	jsonPath    = "encoding/json"
	timePath    = "time"
)

// provider is a provider package that the generated Open passes to the runtime.
type provider struct {
	path string
	name string // of the package, or the alias of a third party's
	own  bool
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
		if !isImportPath(declared[scheme]) {
			return nil, fault(0, "a scheme has no provider package")
		}
		needed[provider{path: declared[scheme], name: alias(scheme)}] = true
	}
	list := slices.SortedFunc(maps.Keys(needed), func(a, b provider) int {
		switch {
		case a.own && !b.own:
			return -1
		case b.own && !a.own:
			return 1
		}
		return cmp.Or(cmp.Compare(a.path, b.path), cmp.Compare(a.name, b.name))
	})
	return slices.CompactFunc(list, func(a, b provider) bool { return a.path == b.path }), nil
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

// alias is the import name of a third party's provider: the letters and digits
// of its scheme, with a word more where that is a name of the file already.
func alias(scheme string) string {
	name := strings.NewReplacer("+", "", "-", "").Replace(scheme)
	switch name {
	case "context", "json", "time", "runtime", "decode", "kv2", "file", "env", "yaml",
		"ctx", "cfg", "ext", "client", "err", "set", "loaded", "doc":
		return name + "provider"
	}
	if len(name) == 1 || token.IsKeyword(name) || types.Universe.Lookup(name) != nil {
		return name + "provider"
	}
	return name
}

// isImportPath reports whether a declaration may have p imported: a plain path
// that is neither relative nor "C".
func isImportPath(p string) bool {
	if p == "C" || p != path.Clean(p) || strings.HasPrefix(p, ".") || strings.HasPrefix(p, "/") {
		return false
	}
	return !strings.ContainsFunc(p, func(r rune) bool {
		letter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
		return !letter && !strings.ContainsRune("-._~/+", r)
	})
}
