package decode

import (
	"bytes"

	"github.com/secretsgen/secretsgen/runtime/constraint"
	"github.com/secretsgen/secretsgen/runtime/providers"
)

// Map decodes every field of a document as text: of a document of fields, or of
// one value that holds a JSON object. A document without fields is refused, and
// so is a field that is empty. Its keys are part of the value: an error does not
// say which field it is about.
func Map(doc Document) (map[string]string, error) {
	entries, err := entriesOf(doc)
	switch {
	case err != nil:
		return nil, err
	case len(entries) == 0:
		return nil, fail(constraint.IsEmpty)
	}
	return texts(entries, String, "has a field that is empty, null or not text")
}

// MapAllowEmpty is [Map] that takes a document without fields, a value without
// content and fields that are empty. Null stays refused.
func MapAllowEmpty(doc Document) (map[string]string, error) {
	entries, err := entriesOf(doc)
	if err != nil && !breaks(err, constraint.IsEmpty) {
		return nil, err
	}
	return texts(entries, AllowEmpty(String), "has a field that is null or not text")
}

func texts(entries map[string]providers.Value, decode Decoder[string], rule string) (map[string]string, error) {
	out := make(map[string]string, len(entries))
	for key, value := range entries {
		text, err := decode(providers.Scalar(value, providers.Metadata{}))
		if err != nil {
			return nil, fail(rule)
		}
		out[key] = text
	}
	return out, nil
}

// entriesOf returns the fields of a document: its own, or the members of the
// JSON object that its one value holds.
func entriesOf(doc Document) (map[string]providers.Value, error) {
	if fields, whole := doc.Fields(); whole {
		return fields, nil
	}
	text, _, err := scalar(doc)
	if err != nil {
		return nil, err
	}
	members, err := providers.ParseObject(bytes.Clone(text))
	if err != nil {
		return nil, fail("is one value and not a document of fields")
	}
	return members, nil
}
