package decode

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/secretsgen/secretsgen/runtime/providers"
)

// String decodes text. It must be UTF-8, and one value: an object or array is
// refused, a number or boolean is taken as it is written.
func String(doc Document) (string, error) {
	text, kind, err := scalar(doc)
	switch {
	case err != nil:
		return "", err
	case kind == providers.JSON:
		return "", fail("is an object or array and not a string")
	case !utf8.Valid(text):
		return "", fail("is not UTF-8 text: declare it as bytes")
	}
	return string(text), nil
}

// Bytes decodes bytes exactly as they are stored.
func Bytes(doc Document) ([]byte, error) {
	value, err := one(doc)
	switch {
	case err != nil:
		return nil, err
	case value.Kind() == providers.JSON:
		return nil, fail("is an object or array and not bytes")
	case len(value.Bytes()) == 0:
		return nil, fail("is empty")
	}
	return bytes.Clone(value.Bytes()), nil
}

// Base64 decodes bytes stored as standard base64 with padding (RFC 4648
// section 4).
func Base64(doc Document) ([]byte, error) {
	return encoded(doc, "base64", base64.StdEncoding.Strict().DecodeString)
}

// Base64URL decodes bytes stored as URL-safe base64 (RFC 4648 section 5), with
// or without padding.
func Base64URL(doc Document) ([]byte, error) {
	return encoded(doc, "base64url", func(s string) ([]byte, error) {
		return base64.RawURLEncoding.Strict().DecodeString(strings.TrimRight(s, "="))
	})
}

// Hex decodes bytes stored as hexadecimal digits (RFC 4648 section 8).
func Hex(doc Document) ([]byte, error) {
	return encoded(doc, "hex", hex.DecodeString)
}

func encoded(doc Document, name string, decode func(string) ([]byte, error)) ([]byte, error) {
	text, err := String(doc)
	if err != nil {
		return nil, err
	}
	value, err := decode(text)
	if err != nil {
		return nil, fail("is not " + name)
	}
	if len(value) == 0 {
		return nil, fail("is empty")
	}
	return value, nil
}

// Int decodes a decimal integer, stored as a number or as text.
func Int(doc Document) (int, error) {
	text, _, err := scalar(doc)
	if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(string(text))
	if err != nil {
		return 0, fail("is not an integer")
	}
	return n, nil
}

// Bool decodes true or false in any case, or 1 or 0, stored as a boolean,
// number or text.
func Bool(doc Document) (bool, error) {
	text, _, err := scalar(doc)
	if err != nil {
		return false, err
	}
	switch strings.ToLower(string(text)) {
	case "true", "1":
		return true, nil
	case "false", "0":
		return false, nil
	}
	return false, fail("is not a boolean")
}

// Duration decodes a Go duration ("1m30s") or a plain number of seconds.
func Duration(doc Document) (time.Duration, error) {
	text, _, err := scalar(doc)
	if err != nil {
		return 0, err
	}
	if d, err := time.ParseDuration(string(text)); err == nil {
		return d, nil
	}
	seconds, err := strconv.ParseFloat(string(text), 64)
	if err != nil || math.IsNaN(seconds) || math.Abs(seconds) > float64(math.MaxInt64)/float64(2*time.Second) {
		return 0, fail("is not a duration")
	}
	return time.Duration(seconds * float64(time.Second)), nil
}

// JSON decodes a JSON text. A whole document comes as an object of its fields.
func JSON(doc Document) (json.RawMessage, error) {
	if _, whole := doc.Fields(); whole {
		object, err := doc.Object()
		if err != nil {
			return nil, fail("has a field that JSON cannot hold")
		}
		return bytes.Clone(object.Bytes()), nil
	}
	text, _, err := scalar(doc)
	switch {
	case err != nil:
		return nil, err
	case !json.Valid(text):
		return nil, fail("is not JSON")
	}
	return bytes.Clone(text), nil
}

// Map decodes every field of a document as text. Its keys are part of the
// value: an error does not say which field it is about.
func Map(doc Document) (map[string]string, error) {
	fields, ok := doc.Fields()
	if !ok {
		return nil, fail("is one value and not a document of fields")
	}
	out := make(map[string]string, len(fields))
	for key, value := range fields {
		text, err := String(providers.Scalar(value, providers.Metadata{}))
		if err != nil {
			return nil, fail("has a field that is empty, null or not text")
		}
		out[key] = text
	}
	return out, nil
}
