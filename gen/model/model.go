// Package model holds what a package declares, whichever form it was read
// from: secrets.yaml and struct tags fill the same values, so the same
// declarations give the same accessors (DESIGN section 3).
//
// Readers fill it, check completes and judges it, emit turns it into Go. It
// knows references and names; there is no field that could hold a value.
package model

import (
	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/runtime/uri"
)

// Package is one Go package that declares secrets.
type Package struct {
	Dir        string   // as given, slash-separated
	Name       string   // Go package name
	NamePos    diag.Pos // where it is declared, if it is
	ImportPath string   // empty where it is not known
	Sources    []string // base names of the declaring files, sorted
	// Constraint is the build constraint of the declaring Go files, as it stands
	// behind "//go:build". What is generated has the same one. Empty: none.
	Constraint string

	Tenant    Tenant
	Instances []Scheme // declared instances: openbao-eu+kv2
	Schemes   []Scheme // third-party schemes with their import paths
	// Roots are the generated types that hold accessors, those of struct tags
	// first, in order of declaration. Each has at least one secret, or an error
	// was found.
	Roots   []*Root
	Secrets []*Secret // of all roots, in order of declaration
	// Structs are the author's structs that say what is generated: the tagged
	// ones, and those of groups and documents that they name. The drift guard of
	// the generated file covers each.
	Structs []*Struct
	// Declared are the package-level identifiers of the author's Go files, in
	// order of their places.
	Declared []Identifier
}

// Root is one generated root type.
type Root struct {
	Name string // exported: "Secrets"
	Pos  diag.Pos
	// Struct is the tagged struct that the root is named after, nil in the YAML
	// form.
	Struct *Struct
}

// Identifier is a name that a Go file declares.
type Identifier struct {
	Name string
	Pos  diag.Pos
}

// Tenant is the tenant a package is built for.
type Tenant struct {
	ID     string
	Mounts []string
	Pos    diag.Pos
}

// Scheme is a declared instance or third-party scheme.
type Scheme struct {
	Name   string // "openbao-eu+kv2"
	Import string // provider package of a third-party scheme
	Pos    diag.Pos
}

// Secret is one declaration.
type Secret struct {
	Root *Root
	// Path is the declaration's place: group names and its own, as the author
	// wrote them ("db", "replica", "password"; in Go words for tags: "DB",
	// "Replica", "Password").
	Path []Name
	Pos  diag.Pos

	Ref         Reference
	Profiles    []Profile // references that take the place of Ref, sorted by check
	Type        Type
	Fields      []Field // of a Document; those of one struct of the author's are shared
	Description string
	// Cache and ResponseWrap are for how long the document may be kept, and may
	// wait in its wrapping; nil where nothing was said. Check fills their values.
	Cache, ResponseWrap *Literal

	// Filled by check:

	URI      uri.URI
	Accessor string // lower snake, dot-joined: "db.replica.password"
}

// References are all references of the secret: its own, and those of its
// profiles.
func (s *Secret) References() []Reference {
	refs := []Reference{s.Ref}
	for _, p := range s.Profiles {
		refs = append(refs, p.Ref)
	}
	return refs
}

// Profile is the reference that a secret has under one value of
// SECRETS_PROFILE.
type Profile struct {
	Name string
	Pos  diag.Pos
	Ref  Reference

	URI uri.URI // filled by check
}

// Name is one word group of a path with its Go spelling.
type Name struct {
	Text string // as written
	Pos  diag.Pos
	// Filled by check:
	Go    string // exported Go name: "DB", "APIToken"
	Snake string // "db", "api_token"
}

// Field is one key of a document that is read as a struct.
type Field struct {
	Name        Name
	Key         string // key in the store; check fills it from the name if it is empty
	Type        Type
	Description string
	Pos         diag.Pos
}

// Struct is a struct type of the author's, for the drift guard.
type Struct struct {
	Name string // "secrets", "DBLogin"
	Pos  diag.Pos
	// Source is the struct type's literal Go source, tags included, as
	// gofmt prints it without comments.
	Source string
	// Imports are the import paths that Source needs, by the package name
	// it uses: {"json": "encoding/json"}.
	Imports map[string]string
}
