package check

import (
	"fmt"
	"strings"

	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/model"
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
		c.reference(s, scope)
		c.typ(s)
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

// reference parses a secret's reference. An empty one is a finding of the
// reader's.
func (c *checker) reference(s *model.Secret, scope uri.Scope) {
	s.URI = uri.URI{}
	if s.Ref.Text == "" {
		return
	}
	parsed, err := uri.Parse(s.Ref.Text, scope)
	if err != nil {
		s.Ref.Report(err, c.diags)
		return
	}
	s.URI = parsed
	if parsed.Scheme() == "env" && !isVariable(parsed.Path()) {
		c.diags.Add(diag.Diagnostic{
			Pos:     s.Ref.At(len("env://") + len(parsed.Mount()) + len("/")),
			Code:    diag.InvalidVariable,
			Message: "an env reference names one environment variable behind its mount",
			Hint:    "write env://mount/NAME, the name in letters, digits and _, not starting with a digit",
		})
	}
}

// typ judges whether the type of a secret fits what its reference names.
func (c *checker) typ(s *model.Secret) {
	c.encoding(s.Type)
	for _, f := range s.Fields {
		c.encoding(f.Type)
	}
	switch ref := s.URI; {
	case ref.IsZero(), s.Type.Kind == "":
	case s.Type.Kind == model.Document && ref.Key() != "":
		c.diags.Add(diag.Diagnostic{
			Pos:     s.Type.Pos,
			Code:    diag.WrongType,
			Message: "a struct is read from a whole document, but the reference names one key of it",
			Hint:    "remove the #key from the reference, or give the secret another type",
			Related: []diag.Related{{Pos: s.Ref.Pos, Message: "the reference"}},
		})
	case s.Type.Kind == model.Document, s.Type.Kind == model.JSON:
	case ref.Key() == "" && readsDocuments(ref.Scheme()):
		c.diags.Add(diag.Diagnostic{
			Pos:     s.Ref.Pos,
			Code:    diag.MissingKey,
			Message: fmt.Sprintf("the reference names a whole document, but the type is %s", s.Type.Kind),
			Hint:    "name one value of it, as #key, or declare its fields",
		})
	}
}

func (c *checker) encoding(t model.Type) {
	if t.Encoding != "" && t.Kind != model.Bytes && t.Kind != "" {
		c.diags.Add(diag.Diagnostic{
			Pos:     t.Pos,
			Code:    diag.WrongType,
			Message: fmt.Sprintf("an encoding is for the type bytes, but the type is %s", t.Kind),
			Hint:    "set the type to bytes, or remove the encoding",
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
