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
	Root       string   // exported root type, "Secrets" by default
	RootPos    diag.Pos

	Tenant    Tenant
	Instances []Scheme // declared instances: openbao-eu+kv2
	Schemes   []Scheme // third-party schemes with their import paths
	Secrets   []*Secret
	// Struct is the tagged struct, nil in the YAML form.
	Struct *Struct
	// Declared are the package-level identifiers of the author's Go files, in
	// order of their places. They are known in the tag form only.
	Declared []Identifier
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
	// Path is the declaration's place: group names and its own, as the author
	// wrote them ("db", "replica", "password"; in Go words for tags: "DB",
	// "Replica", "Password").
	Path []Name
	Pos  diag.Pos

	Ref    Reference
	Type   Type
	Fields []Field // of a Document
	// GoType is the named type of a struct field in the tag form ("DBLogin"),
	// empty for a generated type.
	GoType      string
	Description string

	// Filled by check:

	URI      uri.URI
	Accessor string // lower snake, dot-joined: "db.replica.password"
}

// Name is one word group of a path with its Go spelling.
type Name struct {
	Text string // as written
	Pos  diag.Pos
	// Filled by check:
	Go    string // exported Go name: "DB", "APIToken"
	Snake string // "db", "api_token"
}

// Type is the declared type of a secret or field.
type Type struct {
	Kind     Kind
	Encoding Encoding // of Bytes
	// Pos is the place of the encoding if there is one, else of the type, else
	// of the name.
	Pos diag.Pos
}

// Kind is a type by its name in secrets.yaml.
type Kind string

// The kinds.
const (
	String   Kind = "string"
	Bytes    Kind = "bytes"
	Int      Kind = "int"
	Bool     Kind = "bool"
	Duration Kind = "duration"
	JSON     Kind = "json"
	Document Kind = "struct" // fields of one document
)

// Encoding is how bytes are stored as text.
type Encoding string

// The encodings. The empty Encoding is raw.
const (
	Raw       Encoding = "raw"
	Base64    Encoding = "base64"
	Base64URL Encoding = "base64url"
	Hex       Encoding = "hex"
)

// Field is one key of a document that is read as a struct.
type Field struct {
	Name        Name
	Key         string // key in the store; check fills it from the name if it is empty
	Type        Type
	Description string
	Pos         diag.Pos
}

// Struct describes the tagged struct of the tag form, for the drift guard.
type Struct struct {
	Name string // unexported: "secrets"
	Pos  diag.Pos
	// Source is the struct type's literal Go source, tags included, as
	// gofmt prints it without comments.
	Source string
	// Imports are the import paths that Source needs, by the package name
	// it uses: {"json": "encoding/json"}.
	Imports map[string]string
}
