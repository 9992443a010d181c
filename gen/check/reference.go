package check

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/model"
	"github.com/secretsgen/secretsgen/gen/names"
	"github.com/secretsgen/secretsgen/runtime/uri"
)

// tenant judges what references are checked against. Without mounts every
// reference would be refused, and with them unchecked, so neither form may go
// without (DESIGN section 2).
func (c *checker) tenant() {
	t := c.pkg.Tenant
	if t.ID == "" {
		c.diags.Add(diag.Diagnostic{
			Pos:     c.place(t.Pos),
			Code:    diag.MissingTenant,
			Message: "the package has no tenant",
			Hint:    "set it in secrets.yaml: tenant: {id: dev, mounts: [secret]}",
		})
	}
	if len(t.Mounts) == 0 {
		c.diags.Add(diag.Diagnostic{
			Pos:     c.place(t.Pos),
			Code:    diag.MissingMounts,
			Message: "the tenant has no mounts, and would be allowed nothing",
			Hint:    "list them in secrets.yaml: tenant: {id: dev, mounts: [secret]}",
		})
	}
}

// maxListed bounds the mounts of a tenant, and the schemes of a package. Each
// reference is compared with all of them, so the time would not stay linear.
const maxListed = 1000

// references judges the references of all secrets, and the types with them.
func (c *checker) references() {
	if len(c.pkg.Tenant.Mounts) > maxListed || len(c.pkg.Instances)+len(c.pkg.Schemes) > maxListed {
		c.diags.Add(diag.Diagnostic{
			Pos:     c.place(c.pkg.Tenant.Pos),
			Code:    diag.Limit,
			Message: "the package lists more than 1,000 mounts, or more than 1,000 instances and schemes",
			Hint:    "split the package",
		})
		return
	}
	scope := c.scope()
	for _, s := range c.pkg.Secrets {
		s.URI = c.reference(s.Ref, scope)
		c.profiles(s, scope)
		c.fits(s)
		c.way(s)
	}
	for _, s := range owners(c.pkg.Secrets) {
		for i := range s.Fields {
			c.field(&s.Fields[i])
		}
	}
}

// scope is what references may name. Its tenant stays empty, because it would
// stand in messages and is not a checked name. Where there are no mounts, which
// is a finding already, all pass.
func (c *checker) scope() uri.Scope {
	scope := uri.Scope{Mounts: c.pkg.Tenant.Mounts, AnyMount: len(c.pkg.Tenant.Mounts) == 0}
	for _, s := range c.pkg.Instances {
		scope.Schemes = append(scope.Schemes, s.Name)
	}
	for _, s := range c.pkg.Schemes {
		scope.Schemes = append(scope.Schemes, s.Name)
	}
	return scope
}

// reference parses a reference, and returns the zero URI for one that is not
// legal. An empty one is a finding of the reader's.
func (c *checker) reference(ref model.Reference, scope uri.Scope) uri.URI {
	if ref.Text == "" {
		return uri.URI{}
	}
	parsed, err := uri.Parse(ref.Text, scope)
	if err != nil {
		ref.Report(err, scope, c.diags)
		return uri.URI{}
	}
	if parsed.Scheme() == "env" && !isVariable(parsed.Path()) {
		c.diags.Add(diag.Diagnostic{
			Pos:     ref.At(len("env://") + len(parsed.Mount()) + len("/")),
			Code:    diag.InvalidVariable,
			Message: "an env reference names one environment variable behind its mount",
			Hint:    "write env://mount/NAME, the name in letters, digits and _, not starting with a digit",
		})
	}
	return parsed
}

// profiles judges the references of a secret's profiles, and sorts them.
func (c *checker) profiles(s *model.Secret, scope uri.Scope) {
	slices.SortStableFunc(s.Profiles, func(a, b model.Profile) int { return cmp.Compare(a.Name, b.Name) })
	for i := range s.Profiles {
		p := &s.Profiles[i]
		p.URI = c.reference(p.Ref, scope)
		if !names.Valid(p.Name) {
			c.diags.Add(diag.Diagnostic{
				Pos:     p.Pos,
				Code:    diag.InvalidProfile,
				Message: "this is not the name of a profile",
				Hint:    "use at most 64 ASCII letters, digits, _ and -, starting with a letter",
			})
		}
	}
}

// fits judges whether the type of a secret fits what its references name.
func (c *checker) fits(s *model.Secret) {
	c.typ(&s.Type)
	c.fitsReference(s, s.URI, s.Ref)
	for _, p := range s.Profiles {
		c.fitsReference(s, p.URI, p.Ref)
	}
}

func (c *checker) fitsReference(s *model.Secret, parsed uri.URI, ref model.Reference) {
	switch kind := s.Type.Kind; {
	case parsed.IsZero(), kind == "":
	case kind.ReadsDocuments() && parsed.Key() != "":
		c.diags.Add(diag.Diagnostic{
			Pos:     s.Type.Pos,
			Code:    diag.WrongType,
			Message: "a " + string(kind) + " is read from a whole document, but the reference names one key of it",
			Hint:    "remove the #key from the reference, or give the secret another type",
			Related: []diag.Related{{Pos: ref.Pos, Message: "the reference"}},
		})
	case kind.ReadsDocuments(), kind == model.JSON, kind == model.Map:
	case kind == model.Named && s.Type.Go.Reads != model.ByText:
	case parsed.Key() == "" && readsDocuments(parsed.Scheme()):
		c.diags.Add(diag.Diagnostic{
			Pos:     ref.Pos,
			Code:    diag.MissingKey,
			Message: fmt.Sprintf("the reference names a whole document, but the type is %s", kind),
			Hint:    "name one value of it, as #key, or declare its fields",
		})
	}
}

// readsDocuments reports whether what a scheme names without a key is always a
// document. A file or a variable is one value, and what a third party's provider
// has is not known here.
func readsDocuments(scheme string) bool {
	base, _ := uri.BaseScheme(scheme)
	return base == "yaml" || strings.HasSuffix(base, "+kv2")
}

// isVariable reports whether name can be that of an environment variable:
// [A-Za-z_][A-Za-z0-9_]*.
func isVariable(name string) bool {
	for i := range len(name) {
		switch c := name[i]; {
		case c == '_', 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z':
		case i > 0 && '0' <= c && c <= '9':
		default:
			return false
		}
	}
	return name != ""
}
