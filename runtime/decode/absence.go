package decode

import (
	"errors"

	"github.com/secretsgen/secretsgen/runtime/constraint"
	"github.com/secretsgen/secretsgen/runtime/providers"
)

// Present, absent, null and empty are four different things. Nothing but a
// present value with content is taken unless one of these decoders is there to
// take it.

// Default returns value where there is none, and otherwise what d decodes. Null
// and empty are no absence. The value is the same one for every read: where it
// could be changed in place, like bytes, [DefaultText] makes a fresh one.
func Default[T any](d Decoder[T], value T) Decoder[T] {
	return func(doc Document) (T, error) {
		if doc.IsAbsent() {
			return value, nil
		}
		return d(doc)
	}
}

// DefaultText decodes text with d where there is no value, and otherwise what is
// there. Null and empty are no absence.
func DefaultText[T any](d Decoder[T], text string) Decoder[T] {
	return func(doc Document) (T, error) {
		if doc.IsAbsent() {
			return d(providers.Scalar(providers.NewValue(providers.Text, []byte(text)), providers.Metadata{}))
		}
		return d(doc)
	}
}

// Optional returns nil where there is no value, and otherwise a pointer to what
// d decodes. Null and empty are no absence.
func Optional[T any](d Decoder[T]) Decoder[*T] {
	return func(doc Document) (*T, error) {
		if doc.IsAbsent() {
			return nil, nil // what absent means
		}
		return pointer(d(doc))
	}
}

// Nullable returns nil where the value is null, and otherwise a pointer to what
// d decodes.
func Nullable[T any](d Decoder[T]) Decoder[*T] {
	return func(doc Document) (*T, error) {
		value, err := pointer(d(doc))
		if breaks(err, constraint.IsNull) {
			return nil, nil // what null means
		}
		return value, err
	}
}

// OptionalOrNull returns nil where there is no value and where it is null, and
// otherwise a pointer to what d decodes.
func OptionalOrNull[T any](d Decoder[T]) Decoder[*T] {
	nullable := Nullable(d)
	return func(doc Document) (*T, error) {
		if doc.IsAbsent() {
			return nil, nil // what absent means
		}
		return nullable(doc)
	}
}

// AllowEmpty returns an empty T where the value has no content, and otherwise
// what d decodes; a file that holds one newline has no content as text and one
// byte as bytes. It wraps a decoder of this package directly, so that the rules
// of a [Check] around it judge the empty T too. A type of the user's is not asked
// about it.
func AllowEmpty[T ~string | ~[]byte](d Decoder[T]) Decoder[T] {
	return func(doc Document) (T, error) {
		value, err := d(doc)
		if breaks(err, constraint.IsEmpty) {
			return T(""), nil
		}
		return value, err
	}
}

func pointer[T any](value T, err error) (*T, error) {
	if err != nil {
		return nil, err
	}
	return &value, nil
}

// breaks reports whether err says that the value itself, and not a field of it,
// breaks rule.
func breaks(err error, rule string) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Field == "" && e.Rule == rule
}
