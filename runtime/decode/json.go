package decode

import (
	"bytes"
	"encoding/json"

	"github.com/secretsgen/secretsgen/runtime/constraint"
	"github.com/secretsgen/secretsgen/runtime/providers"
)

// JSON decodes a JSON text, as encoding/json has it. A whole document comes as
// an object of its fields. What a text holds beyond its form, such as repeated
// keys, is left to whoever reads on.
func JSON(doc Document) (json.RawMessage, error) {
	if _, whole := doc.Fields(); whole {
		return object(doc)
	}
	return read(doc, constraint.ParseJSON)
}

// JSONInto decodes a JSON text into a type of the user's, with encoding/json. A
// whole document comes as an object of its fields.
//
// The text must be JSON as [providers.ValidJSON] has it, which is stricter than
// encoding/json: no repeated keys, no bytes that are not UTF-8, no nesting deeper
// than 32, nothing behind the value. What the type's own UnmarshalJSON says, or
// panics with, is replaced by a fixed text, since it could hold the value. It
// never sees a document that is absent or null.
func JSONInto[T any](doc Document) (T, error) {
	var zero T
	text, err := strictJSON(doc)
	if err != nil {
		return zero, err
	}
	return byItsType(func(value *T) error { return json.Unmarshal(text, value) })
}

// strictJSON returns the JSON text of doc in memory of its own.
func strictJSON(doc Document) ([]byte, error) {
	if _, whole := doc.Fields(); whole {
		return object(doc)
	}
	text, _, err := scalar(doc)
	switch {
	case err != nil:
		return nil, err
	case !providers.ValidJSON(text):
		return nil, fail("is not JSON, or has a key twice, or nests too deep")
	case string(bytes.Trim(text, " \t\r\n")) == "null":
		return nil, fail(constraint.IsNull)
	}
	return bytes.Clone(text), nil
}

// object returns the fields of a document as one JSON object.
func object(doc Document) (json.RawMessage, error) {
	whole, err := doc.Object()
	if err != nil {
		return nil, fail("has a field that JSON cannot hold")
	}
	return whole.Bytes(), nil
}
