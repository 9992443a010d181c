package runtime

import (
	"fmt"
	"io"
	"log/slog"
)

// Redacted makes the struct that embeds it print as "[REDACTED]". Generated
// struct types embed it, so that a revealed struct does not reach a log as a
// whole. Its fields are plain values: whoever takes one out holds plaintext.
//
// It works through methods, and so where methods are asked: not where package
// fmt finds the struct in an unexported field of another, not for the verbs %p
// and %w, which go vet refuses for a struct, and not for printers that look past
// methods. What is kept or passed on should be the [Secret].
type Redacted struct{}

// String returns "[REDACTED]".
func (Redacted) String() string { return redacted }

// GoString returns "[REDACTED]".
func (Redacted) GoString() string { return redacted }

// Format writes "[REDACTED]" whatever the verb.
func (Redacted) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue is "[REDACTED]".
func (Redacted) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalJSON writes "[REDACTED]".
func (Redacted) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// MarshalText writes "[REDACTED]".
func (Redacted) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// MarshalYAML writes "[REDACTED]".
func (Redacted) MarshalYAML() (any, error) { return redacted, nil }

// GobEncode refuses.
func (Redacted) GobEncode() ([]byte, error) { return nil, errRefused }
