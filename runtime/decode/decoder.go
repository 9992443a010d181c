package decode

import (
	"bytes"

	"github.com/secretsgen/secretsgen/runtime/providers"
)

// Document is what a decoder gets.
type Document = providers.Document

// Decoder makes a T of a document. The T must not share memory with the
// document. Decoders are pure and safe for concurrent use.
type Decoder[T any] func(Document) (T, error)

// one returns the one value of doc, which is not null.
func one(doc Document) (providers.Value, error) {
	value, ok := doc.Scalar()
	switch {
	case !ok:
		return providers.Value{}, fail("is a whole document and not one value: name a #key")
	case value.Kind() == providers.Null:
		return providers.Value{}, fail("is null")
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
	text = value.Bytes()
	if value.Kind() == providers.Binary {
		text = trimNewline(text)
	}
	if len(text) == 0 {
		return nil, 0, fail("is empty")
	}
	return text, value.Kind(), nil
}

func trimNewline(b []byte) []byte {
	if trimmed, ok := bytes.CutSuffix(b, []byte("\n")); ok {
		return bytes.TrimSuffix(trimmed, []byte("\r"))
	}
	return b
}
