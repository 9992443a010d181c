package verify

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"

	"github.com/go-jose/go-jose/v4/json"
)

// jws is a JWT in compact form, taken apart and not verified.
type jws struct {
	text   string
	header map[string]any
	claims map[string]any
}

// takeApart reads text as a JWT of at most limit bytes. Unlike the library it
// refuses a second way of writing the same bytes (line breaks, bits behind the
// last byte), so that one token has one text. The size is looked at before
// anything is split.
func takeApart(text string, limit int) (jws, bool) {
	if len(text) > limit || !isCompact(text) {
		return jws{}, false
	}
	header, rest, _ := strings.Cut(text, ".")
	claims, signature, _ := strings.Cut(rest, ".")
	h, okHeader := segment(header)
	c, okClaims := segment(claims)
	_, err := strictBase64.DecodeString(signature)
	return jws{text, h, c}, okHeader && okClaims && err == nil
}

// isCompact reports whether text is three parts in the alphabet of base64url.
func isCompact(text string) bool {
	dots := 0
	for i := range len(text) {
		switch c := text[i]; {
		case c == '.':
			dots++
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_':
		default:
			return false
		}
	}
	return dots == 2
}

var strictBase64 = base64.RawURLEncoding.Strict()

func segment(text string) (map[string]any, bool) {
	data, err := strictBase64.DecodeString(text)
	if err != nil {
		return nil, false
	}
	return jsonObject(data)
}

// maxDepth is how deep JSON may nest.
const maxDepth = 32

// jsonObject reads data as one JSON object, with the library's reader: member
// names count in their exact case and may not come twice.
func jsonObject(data []byte) (map[string]any, bool) {
	if !utf8.Valid(data) || !isShallow(data) {
		return nil, false
	}
	var object map[string]any
	err := json.Unmarshal(data, &object)
	return object, err == nil && object != nil
}

// isShallow reports whether no bracket of data is deeper than maxDepth. The
// library's reader calls itself for each level.
func isShallow(data []byte) bool {
	depth, quoted := 0, false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return false
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return true
}

// textOf returns a member that is a non-empty text of at most limit bytes. A text
// with U+FFFD is none: the reader puts that in the place of what no UTF-8 can
// hold, and two names could become one.
func textOf(object map[string]any, name string, limit int) (string, bool) {
	text, ok := object[name].(string)
	return text, ok && text != "" && len(text) <= limit && !strings.ContainsRune(text, utf8.RuneError)
}

// has reports whether the object has any of the members.
func has(object map[string]any, names ...string) bool {
	for _, name := range names {
		if _, ok := object[name]; ok {
			return true
		}
	}
	return false
}
