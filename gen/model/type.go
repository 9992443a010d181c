package model

import "github.com/secretsgen/secretsgen/gen/diag"

// Type is the declared type of a secret or field: what is read, and what a value
// of it may be.
type Type struct {
	Kind     Kind
	Encoding Encoding // of Bytes
	// Go is the author's own type: of a Named, of a JSON that is decoded into
	// one, and of a Document whose struct the author wrote.
	Go *GoType
	// Pos is the place of the encoding if there is one, else of the type, else
	// of the name.
	Pos diag.Pos

	// Optional: what is absent is no error, and its accessor gives a pointer.
	Optional Flag
	// Nullable: null is no error, and the accessor gives a pointer.
	Nullable Flag
	// Empty: an empty value is no error.
	Empty Flag
	// Default is what an absent key means. It is text as a store would hold it.
	Default  *Literal
	Insecure Flag // a default is allowed though the type may hold a credential

	Limits Limits

	// Certificate and PrivateKey are the keys of a TLSKeyPair in the store; check
	// fills those that are empty.
	Certificate, PrivateKey Literal
}

// Pointer reports whether an accessor gives a pointer to the type.
func (t Type) Pointer() bool { return t.Optional.On || t.Nullable.On }

// Flag is a setting of a declaration that is on or off. A zero Pos means that
// nothing was said.
type Flag struct {
	On  bool
	Pos diag.Pos
}

// Literal is a text that stands in a declaration, and where. A nil *Literal, and
// one with a zero Pos, means that nothing was said.
type Literal struct {
	Text string
	Pos  diag.Pos
	// Value is the text as the declared type reads it, filled by check where the
	// output writes it in Go: a string, int, uint, float64, bool or time.Duration.
	Value any
}

// Limits are the constraints on a value.
type Limits struct {
	Min, Max             *Literal
	MinLength, MaxLength *Literal // Value is an int
	Pattern              *Literal
	OneOf                []*Literal
}

// GoType is a named Go type of the author's.
type GoType struct {
	Path string // import path; empty: the declaring package
	// Package is the name in the package clause of Path, filled with Reads.
	Package string
	Name    string
	Pos     diag.Pos
	// Reads is how a value becomes one, filled from the type's methods. It is
	// empty for what is decoded by its fields or by package encoding/json.
	Reads Reading
}

// Reading is the method by which a Go type reads itself.
type Reading string

// The readings.
const (
	ByText Reading = "text" // encoding.TextUnmarshaler
	ByJSON Reading = "json" // json.Unmarshaler
)

// Kind is a type by its name in secrets.yaml.
type Kind string

// The kinds.
const (
	String       Kind = "string"
	Bytes        Kind = "bytes"
	Int          Kind = "int"
	Uint         Kind = "uint"
	Float        Kind = "float"
	Bool         Kind = "bool"
	Duration     Kind = "duration"
	Time         Kind = "time"
	URL          Kind = "url"
	JSON         Kind = "json"
	Map          Kind = "map"
	Certificates Kind = "certificates"
	TLSKeyPair   Kind = "tls-keypair"
	PrivateKey   Kind = "private-key"
	Document     Kind = "struct" // fields of one document
	Named        Kind = "named"  // a Go type that reads itself
)

// Kinds are the kinds that a secret or field can have by name, in the order in
// which help shows them: all but Document and Named.
func Kinds() []Kind {
	return []Kind{String, Bytes, Int, Uint, Float, Bool, Duration, Time, URL, JSON, Map, Certificates, TLSKeyPair, PrivateKey}
}

// Credential reports whether a value of the kind may be a credential, so that a
// default for it needs insecure_default (DESIGN section 3).
func (k Kind) Credential() bool {
	switch k {
	case Int, Uint, Float, Bool, Duration, Time:
		return false
	}
	return true
}

// ReadsDocuments reports whether the kind is read from a whole document, never
// from one key of it.
func (k Kind) ReadsDocuments() bool { return k == Document || k == TLSKeyPair }

// Encoding is how bytes are stored as text.
type Encoding string

// The encodings. The empty Encoding is raw.
const (
	Raw       Encoding = "raw"
	Base64    Encoding = "base64"
	Base64URL Encoding = "base64url"
	Hex       Encoding = "hex"
)

// Encodings are all encodings, in the order in which help shows them.
func Encodings() []Encoding { return []Encoding{Raw, Base64, Base64URL, Hex} }
