package runtime

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"time"
)

// redacted is all that any other way out than Reveal ever shows.
const redacted = "[REDACTED]"

// errRefused is returned by encodings that would store or transmit a value.
var errRefused = errors.New("secretsgen: a secret can't be encoded or scanned: call Reveal where the value is used")

// Secret holds one value that cannot be printed by accident (DESIGN section 7).
//
// [Secret.Reveal] is the only way out, and easy to search a code base for.
// Package fmt, log/slog, panics and text encoders show "[REDACTED]", gob and
// database drivers get an error. The value sits behind a function, so that even
// a reflective printer that walks unexported fields finds an address and
// neither the value nor its length. The memory itself is not protected: a core
// dump of the process holds the value, and what Reveal returned is a plain T.
//
// A Secret is immutable, safe for concurrent use and cheap to copy. It can't be
// compared with == or be a map key; use [Secret.Equal]. The zero Secret reveals
// the zero T.
type Secret[T any] struct {
	_    [0]func() // not comparable: == would leak by timing, a map key by printing
	open func() sealed[T]
}

// sealed is what a Secret's function gives back: nothing but the function
// refers to it.
type sealed[T any] struct {
	value T
	meta  meta
}

// meta is what may be known of a value without knowing the value.
type meta struct {
	ref     string
	version int
	created time.Time
	custom  map[string]string
}

// seal hides value. The Secret owns it: nobody else may hold a reference.
func seal[T any](value T, m meta) Secret[T] {
	hidden := sealed[T]{value: value, meta: m}
	return Secret[T]{open: func() sealed[T] { return hidden }}
}

// NewSecret hides a value that did not come from a store, for fakes in tests.
// It holds a copy, as [Secret.Reveal] gives one.
func NewSecret[T any](value T) Secret[T] { return seal(clone(value), meta{}) }

// Reveal returns the value. What could be changed in place, like bytes, maps,
// certificates and the numbers of a key, is a copy that the caller owns, at any
// depth; what is behind a pointer to a struct with unexported fields, but for
// times and big integers, is shared, and must not be changed.
func (s Secret[T]) Reveal() T { return clone(s.value()) }

func (s Secret[T]) value() T {
	if s.open == nil {
		var zero T
		return zero
	}
	return s.open().value
}

// Version is the version of the document in its store, 0 where the store has
// none.
func (s Secret[T]) Version() int { return s.meta().version }

// Created is when that version was written, zero where the store does not tell.
func (s Secret[T]) Created() time.Time { return s.meta().created }

// CustomMetadata returns a copy of what the store's users attached to the
// document: owner, created_by and the like. It is not secret and not verified.
func (s Secret[T]) CustomMetadata() map[string]string { return maps.Clone(s.meta().custom) }

// Ref is the resource_ref, the keyed hash that stands for the reference in the
// audit trail.
func (s Secret[T]) Ref() string { return s.meta().ref }

func (s Secret[T]) meta() meta {
	if s.open == nil {
		return meta{}
	}
	return s.open().meta
}

// String returns "[REDACTED]".
func (Secret[T]) String() string { return redacted }

// GoString returns "[REDACTED]".
func (Secret[T]) GoString() string { return redacted }

// Format writes "[REDACTED]" whatever the verb.
func (Secret[T]) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue is "[REDACTED]".
func (Secret[T]) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalJSON writes "[REDACTED]".
func (Secret[T]) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// MarshalText writes "[REDACTED]". XML encoders use it too.
func (Secret[T]) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// MarshalYAML writes "[REDACTED]".
func (Secret[T]) MarshalYAML() (any, error) { return redacted, nil }

// MarshalBinary refuses.
func (Secret[T]) MarshalBinary() ([]byte, error) { return nil, errRefused }

// GobEncode refuses.
func (Secret[T]) GobEncode() ([]byte, error) { return nil, errRefused }

// GobDecode refuses: a secret comes from a provider.
func (*Secret[T]) GobDecode([]byte) error { return errRefused }

// UnmarshalJSON refuses: a secret comes from a provider.
func (*Secret[T]) UnmarshalJSON([]byte) error { return errRefused }

// UnmarshalText refuses: a secret comes from a provider.
func (*Secret[T]) UnmarshalText([]byte) error { return errRefused }

// Value refuses to become a query argument.
func (Secret[T]) Value() (driver.Value, error) { return nil, errRefused }

// Scan refuses to be filled from a row.
func (*Secret[T]) Scan(any) error { return errRefused }
