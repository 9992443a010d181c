package providers

import (
	"bytes"
	"maps"
	"slices"

	"github.com/secretsgen/secretsgen/runtime/providers/internal/strictjson"
)

// ParseObject reads text as one JSON object and returns its members, for stores
// that answer in JSON and for files that hold it. Strings lose their escapes and
// become Text; numbers, objects and arrays are kept as they are written. The
// values share the memory of text, which the caller gives up.
//
// It is stricter than encoding/json, because a lenient reader leaves it to the
// sender what the text means: a repeated key at any level, bytes that are not
// UTF-8, half a surrogate pair, anything behind the object, and nesting deeper
// than 32 are refused with a [*ProviderError] whose code is [Malformed].
func ParseObject(text []byte) (map[string]Value, error) {
	members, ok := strictjson.ParseObject(text)
	if !ok {
		return nil, &ProviderError{Code: Malformed}
	}
	values := make(map[string]Value, len(members))
	for _, m := range members {
		values[m.Key] = jsonValue(m)
	}
	return values, nil
}

// ValidJSON reports whether text is one JSON value of any kind, with nothing but
// white space around it, as strict as [ParseObject] is for objects.
func ValidJSON(text []byte) bool { return strictjson.Valid(text) }

func jsonValue(m strictjson.Member) Value {
	switch m.Kind {
	case strictjson.String:
		return NewValue(Text, m.Text)
	case strictjson.Number:
		return NewValue(Number, m.Text)
	case strictjson.Bool:
		return NewValue(Bool, m.Text)
	case strictjson.Null:
		return NewValue(Null, nil)
	default:
		return NewValue(JSON, m.Text)
	}
}

// Object returns the fields as one JSON object, sorted by key: what a document
// that is declared as json is read from. Bytes of a file become a JSON string.
// It returns a [*ProviderError] whose code is [Malformed] if the document has no
// fields, or one that JSON can't hold, such as bytes that are not UTF-8.
func (d Document) Object() (Value, error) {
	if d.fields == nil {
		return Value{}, &ProviderError{Code: Malformed}
	}
	text := []byte{'{'}
	for i, key := range slices.Sorted(maps.Keys(d.fields)) {
		if i > 0 {
			text = append(text, ',')
		}
		text = strictjson.AppendString(text, []byte(key))
		text = append(text, ':')
		text = appendJSON(text, d.fields[key])
	}
	text = append(text, '}')
	// A provider may have mislabeled its bytes, and a text of two members must
	// not slip in as the number of one.
	if members, ok := strictjson.ParseObject(text); !ok || len(members) != len(d.fields) {
		return Value{}, &ProviderError{Code: Malformed}
	}
	return NewValue(JSON, text), nil
}

func appendJSON(dst []byte, v Value) []byte {
	switch v.kind {
	case Null:
		return append(dst, "null"...)
	case Number, Bool, JSON:
		return append(dst, v.raw...)
	default:
		return strictjson.AppendString(dst, v.raw)
	}
}

// Pick returns the value that key names. In a document of fields that is a
// field. In a scalar it is a member of the JSON object which the scalar's text
// is: that is how file://secret/db.json#password reads (DESIGN section 6). An
// empty key names the whole document: the scalar, or all fields as
// [Document.Object] gives them.
//
// It returns a [*SecretKeyNotFoundError] if there is no such key or document, and a
// [*ProviderError] whose code is [Malformed] for a scalar that starts as an
// object and is none that [ParseObject] accepts.
func (d Document) Pick(key string) (Value, error) {
	switch {
	case d.absent:
		return Value{}, &SecretKeyNotFoundError{}
	case d.fields != nil && key == "":
		return d.Object()
	case d.fields != nil:
		return member(d.fields, key)
	case key == "":
		return d.scalar, nil
	case !bytes.HasPrefix(bytes.TrimLeft(d.scalar.raw, " \t\r\n"), []byte("{")):
		return Value{}, &SecretKeyNotFoundError{}
	}
	members, err := ParseObject(d.scalar.raw)
	if err != nil {
		return Value{}, err
	}
	return member(members, key)
}

func member(values map[string]Value, key string) (Value, error) {
	v, ok := values[key]
	if !ok {
		return Value{}, &SecretKeyNotFoundError{}
	}
	return v, nil
}
