package exchange

import (
	"strings"

	"github.com/secretsgen/secretsgen/runtime/providers"
)

// Printable reports whether text can stand in a header and be meant to: visible
// ASCII without spaces.
func Printable(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}

// Object returns the members of an object that is a member of the object in a body.
func Object(body []byte, key string) (map[string]providers.Value, bool) {
	outer, err := providers.ParseObject(body)
	if err != nil || outer[key].Kind() != providers.JSON {
		return nil, false
	}
	inner, err := providers.ParseObject(outer[key].Bytes())
	return inner, err == nil
}
