package authzen

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxDepth is how deep an answer may nest.
const maxDepth = 32

// strictObject reads data as one JSON object. Unlike json.Unmarshal it refuses
// what two readers could read differently: a member that stands twice, text
// that is not UTF-8, half a surrogate pair, anything behind the object. Numbers
// stay json.Number.
func strictObject(data []byte) (map[string]any, bool) {
	if !utf8.Valid(data) || !json.Valid(data) || halfSurrogate(data) {
		return nil, false
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	value, ok := strictValue(decoder, 1)
	object, isObject := value.(map[string]any)
	return object, ok && isObject
}

// strictValue reads the next value of what is known to be valid JSON.
func strictValue(decoder *json.Decoder, depth int) (any, bool) {
	token, err := decoder.Token()
	delim, isDelim := token.(json.Delim)
	switch {
	case err != nil || isDelim && depth > maxDepth:
		return nil, false
	case !isDelim:
		return token, true
	case delim == '[':
		return strictArray(decoder, depth)
	}
	return strictMembers(decoder, depth)
}

func strictArray(decoder *json.Decoder, depth int) (any, bool) {
	array := []any{}
	for decoder.More() {
		item, ok := strictValue(decoder, depth+1)
		if !ok {
			return nil, false
		}
		array = append(array, item)
	}
	_, err := decoder.Token()
	return array, err == nil
}

func strictMembers(decoder *json.Decoder, depth int) (any, bool) {
	object := map[string]any{}
	for decoder.More() {
		token, err := decoder.Token()
		name, isText := token.(string)
		if _, twice := object[name]; err != nil || !isText || twice {
			return nil, false
		}
		value, ok := strictValue(decoder, depth+1)
		if !ok {
			return nil, false
		}
		object[name] = value
	}
	_, err := decoder.Token()
	return object, err == nil
}

// halfSurrogate reports whether valid JSON escapes one half of a surrogate pair
// without the other. Go's decoder replaces it, so two names could become one.
func halfSurrogate(data []byte) bool {
	for at := bytes.IndexByte(data, '\\'); at >= 0 && at < len(data); at++ {
		if data[at] != '\\' {
			continue
		}
		at++
		if data[at] != 'u' {
			continue
		}
		unit := escapedUnit(data[at-1:])
		at += len("XXXX")
		switch {
		case unit >= 0xdc00 && unit <= 0xdfff:
			return true
		case unit >= 0xd800 && unit <= 0xdbff:
			if low := escapedUnit(data[at+1:]); low < 0xdc00 || low > 0xdfff {
				return true
			}
			at += len(`\uXXXX`)
		}
	}
	return false
}

// escapedUnit is the UTF-16 unit of the escape that data starts with, or 0.
func escapedUnit(data []byte) uint64 {
	if len(data) < len(`\uXXXX`) || !bytes.HasPrefix(data, []byte(`\u`)) {
		return 0
	}
	unit, _ := strconv.ParseUint(string(data[2:6]), 16, 16)
	return unit
}

// misspelt returns the first of names that object has in another case only or
// in addition. A lenient reader elsewhere would take it for the name itself.
func misspelt(object map[string]any, names ...string) (string, bool) {
	for _, name := range names {
		for member := range object {
			if member != name && strings.EqualFold(member, name) {
				return name, true
			}
		}
	}
	return "", false
}
