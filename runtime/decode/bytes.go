package decode

import (
	"bytes"

	"github.com/secretsgen/secretsgen/runtime/constraint"
	"github.com/secretsgen/secretsgen/runtime/providers"
)

// Bytes decodes bytes exactly as they are stored.
func Bytes(doc Document) ([]byte, error) {
	value, err := one(doc)
	switch {
	case err != nil:
		return nil, err
	case value.Kind() == providers.JSON:
		return nil, fail("is an object or array and not bytes")
	case len(value.Bytes()) == 0:
		return nil, fail(constraint.IsEmpty)
	}
	return bytes.Clone(value.Bytes()), nil
}

// Base64 decodes bytes stored as standard base64 with padding (RFC 4648
// section 4).
func Base64(doc Document) ([]byte, error) { return readString(doc, constraint.ParseBase64) }

// Base64URL decodes bytes stored as URL-safe base64 (RFC 4648 section 5), with
// or without padding.
func Base64URL(doc Document) ([]byte, error) { return readString(doc, constraint.ParseBase64URL) }

// Hex decodes bytes stored as hexadecimal digits (RFC 4648 section 8).
func Hex(doc Document) ([]byte, error) { return readString(doc, constraint.ParseHex) }
