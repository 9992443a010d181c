package check

import (
	"fmt"
	"go/token"
	"strings"

	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/model"
	"github.com/secretsgen/secretsgen/gen/names"
	"github.com/secretsgen/secretsgen/runtime/uri"
)

// Check fills in what follows from the declarations of p, which are the names'
// Go and Snake, and of each secret its Accessor, the URIs, the Key of its fields, and of types the
// values of their literals and the keys of a pair.
// It adds what is wrong to diags. A package without findings can be emitted.
//
// Check changes p, so nobody else may use it meanwhile. A second call does no
// harm.
func Check(p *model.Package, diags *diag.List) {
	c := checker{pkg: p, diags: diags, declared: map[string]occupant{}}
	c.names()
	c.schemes()
	c.tenant()
	c.references()
	c.members()
	c.accessors()
	c.identifiers()
	c.fakes()
	c.authors()
}

// A checker judges one package.
type checker struct {
	pkg      *model.Package
	diags    *diag.List
	declared map[string]occupant // package-level identifiers
}

// names derives the names and judges the author's words one by one.
func (c *checker) names() {
	if name := c.pkg.Name; !token.IsIdentifier(name) || !isASCII(name) || name == "_" {
		c.diags.Add(diag.Diagnostic{
			Pos:     c.place(c.pkg.NamePos),
			Code:    diag.InvalidName,
			Message: "the package has no name that generated code can have",
			Hint:    "set package to the name in the package's Go files",
		})
	} else if name == "documentation" {
		c.diags.Add(diag.Diagnostic{
			Pos:     c.place(c.pkg.NamePos),
			Code:    diag.InvalidName,
			Message: "the go command ignores the files of a package of this name",
			Hint:    "call it something else",
		})
	}
	for _, root := range c.pkg.Roots {
		if !names.Exported(root.Name) || !token.IsIdentifier(root.Name) {
			c.diags.Add(diag.Diagnostic{
				Pos:     c.place(root.Pos),
				Code:    diag.InvalidName,
				Message: "the root is not an exported Go identifier",
				Hint:    "use ASCII letters and digits, the first one a capital, as in Secrets",
			})
		}
	}
	var before *model.Secret
	for _, s := range c.pkg.Secrets {
		known := 0
		if before != nil {
			known = copy(s.Path, before.Path[:shared(before, s)])
		}
		snakes := make([]string, len(s.Path))
		for i := range s.Path {
			if i >= known {
				c.name(&s.Path[i])
			}
			snakes[i] = s.Path[i].Snake
		}
		s.Accessor = strings.Join(snakes, ".")
		before = s
	}
	for _, s := range owners(c.pkg.Secrets) {
		for i := range s.Fields {
			field := &s.Fields[i]
			c.name(&field.Name)
			if field.Key == "" {
				field.Key = field.Name.Snake
			}
		}
	}
}

// types are the types of all secrets and fields.
func (c *checker) types() []*model.Type {
	var all []*model.Type
	for _, s := range c.pkg.Secrets {
		all = append(all, &s.Type)
	}
	for _, s := range owners(c.pkg.Secrets) {
		for i := range s.Fields {
			all = append(all, &s.Fields[i].Type)
		}
	}
	return all
}

// name derives the names of the author's words. Those that are refused get none.
func (c *checker) name(n *model.Name) {
	if names.Valid(n.Text) {
		n.Go, n.Snake = names.Go(n.Text), names.Snake(n.Text)
		return
	}
	n.Go, n.Snake = "", ""
	c.diags.Add(diag.Diagnostic{
		Pos:     n.Pos,
		Code:    diag.InvalidName,
		Message: "this name can't become a Go name",
		Hint:    "use at most 64 ASCII letters, digits, _ and -, starting with a letter",
	})
}

// schemes judges the declared instances and third-party schemes.
func (c *checker) schemes() {
	seen := map[string]diag.Pos{}
	judge := func(s model.Scheme, legal bool, message, hint string) {
		first, twice := seen[s.Name]
		switch {
		case !legal:
			c.diags.Add(diag.Diagnostic{Pos: s.Pos, Code: diag.InvalidScheme, Message: message, Hint: hint})
		case twice:
			c.diags.Add(diag.Diagnostic{
				Pos:     s.Pos,
				Code:    diag.DuplicateName,
				Message: fmt.Sprintf("the scheme %q is declared twice", s.Name),
				Hint:    "keep one",
				Related: []diag.Related{{Pos: first, Message: "the first one"}},
			})
		default:
			seen[s.Name] = s.Pos
		}
	}
	for _, s := range c.pkg.Instances {
		_, ours := uri.BaseScheme(s.Name)
		judge(s, ours && uri.ValidScheme(s.Name), "this is not an instance of a KV provider",
			"write openbao-NAME+kv2 or hashicorp-NAME+kv2, in lower-case letters, digits and single dashes")
	}
	for _, s := range c.pkg.Schemes {
		_, ours := uri.BaseScheme(s.Name)
		judge(s, !ours && uri.ValidScheme(s.Name), "this is not a scheme that a third party's provider can have",
			"write provider or provider+engine, in lower-case letters, digits and single dashes, and not the name of a built-in provider")
		switch {
		case !names.ValidImport(s.Import):
			c.diags.Add(diag.Diagnostic{
				Pos:     s.Pos,
				Code:    diag.InvalidValue,
				Message: "the provider of this scheme is not an import path",
				Hint:    "write the path of its Go package: example.com/provider/package",
			})
		case s.Import == c.pkg.ImportPath:
			c.diags.Add(diag.Diagnostic{
				Pos:     s.Pos,
				Code:    diag.InvalidValue,
				Message: "the provider of this scheme is in the package that declares it, which can't import itself",
				Hint:    "move the provider to a package of its own",
			})
		}
	}
}

// place is where a finding about the package stands that has no place of its
// own.
func (c *checker) place(pos diag.Pos) diag.Pos {
	switch p := c.pkg; {
	case pos != (diag.Pos{}):
		return pos
	case len(p.Structs) > 0:
		return p.Structs[0].Pos
	case len(p.Secrets) > 0:
		return diag.Pos{File: p.Secrets[0].Pos.File}
	default:
		return diag.Pos{File: p.Dir}
	}
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r > '~' }) < 0
}
