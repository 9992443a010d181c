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

// scalar returns the one value of doc with its text form: what a scalar type
// is read from.
func scalar(doc Document) (text []byte, kind providers.Kind, err error) {
	value, ok := doc.Scalar()
	if !ok {
		return nil, 0, fail("is a whole document and not one value: name a #key")
	}
	kind, text = value.Kind(), value.Bytes()
	switch kind {
	case providers.Null:
		return nil, kind, fail("is null")
	case providers.Binary:
		text = trimNewline(text)
	case providers.Text, providers.Number, providers.Bool, providers.JSON:
	}
	if len(text) == 0 {
		return nil, kind, fail("is empty")
	}
	return text, kind, nil
}

func trimNewline(b []byte) []byte {
	if trimmed, ok := bytes.CutSuffix(b, []byte("\n")); ok {
		return bytes.TrimSuffix(trimmed, []byte("\r"))
	}
	return b
}
