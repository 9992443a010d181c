package providers

import (
	"fmt"
	"io"
	"log/slog"
	"time"
)

// Kind says what the bytes of a [Value] are.
type Kind uint8

// The kinds. A store that knows no types, such as a file, gives Binary.
const (
	Binary Kind = iota // bytes as they are stored
	Text               // UTF-8 text, decoded from the store's own notation
	Number             // a JSON number, as written
	Bool               // "true" or "false"
	Null               // no bytes
	JSON               // a JSON object or array, as written
)

// Value is one stored value. It is plaintext: it redacts itself when printed
// and leaves this corridor only through Bytes.
type Value struct {
	kind Kind
	raw  []byte
}

// NewValue wraps raw, which the value then owns.
func NewValue(kind Kind, raw []byte) Value { return Value{kind: kind, raw: raw} }

// Kind says what the bytes are.
func (v Value) Kind() Kind { return v.kind }

// Bytes is the plaintext. The caller must not change it.
func (v Value) Bytes() []byte { return v.raw }

// Metadata is what a store tells about a document beside its value.
type Metadata struct {
	Version int       // 0 where the store has no versions
	Created time.Time // zero where the store does not tell
	// Deletes is a deletion time that lies ahead; zero for none.
	Deletes time.Time
	Custom  map[string]string
}

// Document is what a location holds: one scalar, or fields. An absent document
// stands for a location, or a key, that holds nothing.
type Document struct {
	scalar Value
	fields map[string]Value // nil: a scalar
	absent bool
	meta   Metadata
}

// Scalar makes a document of one value: a file, an environment variable.
func Scalar(v Value, meta Metadata) Document { return Document{scalar: v, meta: meta} }

// Fields makes a document of named values, which it then owns.
func Fields(fields map[string]Value, meta Metadata) Document {
	if fields == nil {
		fields = map[string]Value{}
	}
	return Document{fields: fields, meta: meta}
}

// Absent makes a document that is not there. The client, not a provider, offers
// it to the decoder of a declaration that may have a default: a provider returns
// a [*SecretNotFoundError].
func Absent() Document { return Document{absent: true} }

// IsAbsent reports whether the document is not there. It then has neither a
// scalar nor fields. A document that holds null, nothing or no fields is there.
func (d Document) IsAbsent() bool { return d.absent }

// Scalar returns the value of a document that has no fields and is not absent.
func (d Document) Scalar() (Value, bool) { return d.scalar, d.fields == nil && !d.absent }

// Fields returns the named values of a document that has them. The caller must
// not change the map.
func (d Document) Fields() (map[string]Value, bool) { return d.fields, d.fields != nil }

// Metadata is what the store told beside the value.
func (d Document) Metadata() Metadata { return d.meta }

const redacted = "[REDACTED]"

// Format hides the value from every verb of package fmt.
func (Value) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue hides the value from package log/slog.
func (Value) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText hides the value from encoders.
func (Value) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Format hides the document from every verb of package fmt.
func (Document) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue hides the document from package log/slog.
func (Document) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText hides the document from encoders.
func (Document) MarshalText() ([]byte, error) { return []byte(redacted), nil }
