package constraint

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// ParseBase64 reads bytes written as standard base64 with padding (RFC 4648
// section 4).
func ParseBase64(text string) (value []byte, rule string) {
	return encoded(text, "base64", base64.StdEncoding.Strict().DecodeString)
}

// ParseBase64URL reads bytes written as URL-safe base64 (RFC 4648 section 5),
// with or without padding.
func ParseBase64URL(text string) (value []byte, rule string) {
	return encoded(strings.TrimRight(text, "="), "base64url", base64.RawURLEncoding.Strict().DecodeString)
}

// ParseHex reads bytes written as hexadecimal digits in either case (RFC 4648
// section 8).
func ParseHex(text string) (value []byte, rule string) {
	return encoded(text, "hex", hex.DecodeString)
}

func encoded(text, name string, decode func(string) ([]byte, error)) (value []byte, rule string) {
	value, err := decode(text)
	switch {
	case err != nil:
		return nil, "is not " + name
	case len(value) == 0:
		return nil, IsEmpty
	}
	return value, ""
}
