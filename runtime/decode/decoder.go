package decode

import (
	"bytes"

	"github.com/secretsgen/secretsgen/runtime/constraint"
	"github.com/secretsgen/secretsgen/runtime/providers"
)

// Document is what a decoder gets. It may be absent; a decoder that does not
// take that returns an error, as all of this package do but for [Default],
// [DefaultText], [Optional] and [OptionalOrNull].
type Document = providers.Document

// Decoder makes a T of a document. The T must not share memory with the
// document. Decoders are pure and safe for concurrent use.
type Decoder[T any] func(Document) (T, error)

// one returns the one value of doc, which is there and not null.
func one(doc Document) (providers.Value, error) {
	value, ok := doc.Scalar()
	switch {
	case doc.IsAbsent():
		return providers.Value{}, fail("is absent")
	case !ok:
		return providers.Value{}, fail("is a whole document and not one value: name a #key")
	case value.Kind() == providers.Null:
		return providers.Value{}, fail(constraint.IsNull)
	}
	return value, nil
}

// scalar returns the one value of doc in its text form: what a scalar type is
// read from.
func scalar(doc Document) (text []byte, kind providers.Kind, err error) {
	value, err := one(doc)
	if err != nil {
		return nil, 0, err
	}
	text = textOf(value)
	if len(text) == 0 {
		return nil, 0, fail(constraint.IsEmpty)
	}
	return text, value.Kind(), nil
}

// textOf is the text form of a value: where a store keeps bare bytes, without
// the newline at their end.
func textOf(value providers.Value) []byte {
	text := value.Bytes()
	if value.Kind() != providers.Binary {
		return text
	}
	if trimmed, ok := bytes.CutSuffix(text, []byte("\n")); ok {
		return bytes.TrimSuffix(trimmed, []byte("\r"))
	}
	return text
}

// read decodes the text of one value with a reader of package constraint.
func read[T any](doc Document, parse func(string) (T, string)) (T, error) {
	text, _, err := scalar(doc)
	if err != nil {
		var zero T
		return zero, err
	}
	return parsed(parse(string(text)))
}

// readString is read for what only text can hold: an object or array is none.
func readString[T any](doc Document, parse func(string) (T, string)) (T, error) {
	text, err := String(doc)
	if err != nil {
		var zero T
		return zero, err
	}
	return parsed(parse(text))
}

// parsed makes an error of the rule that a reader of package constraint gave.
func parsed[T any](value T, rule string) (T, error) {
	if rule != "" {
		var zero T
		return zero, fail(rule)
	}
	return value, nil
}
