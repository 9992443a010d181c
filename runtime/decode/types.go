package decode

import (
	"net/url"
	"time"

	"github.com/secretsgen/secretsgen/runtime/constraint"
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
	}
	return parsed(constraint.ParseString(string(text)))
}

// Int decodes a decimal integer, stored as a number or as text.
func Int(doc Document) (int, error) { return read(doc, constraint.ParseInt) }

// Uint decodes a decimal integer without a sign, stored as a number or as text.
func Uint(doc Document) (uint, error) { return read(doc, constraint.ParseUint) }

// Float decodes a decimal number, stored as a number or as text. Infinities and
// NaN are no numbers.
func Float(doc Document) (float64, error) { return read(doc, constraint.ParseFloat) }

// Bool decodes true or false in any case, or 1 or 0, stored as a boolean,
// number or text.
func Bool(doc Document) (bool, error) { return read(doc, constraint.ParseBool) }

// Duration decodes a Go duration ("1m30s") or a plain number of seconds.
func Duration(doc Document) (time.Duration, error) { return read(doc, constraint.ParseDuration) }

// Time decodes a time of RFC 3339, at the offset that it is stored with.
func Time(doc Document) (time.Time, error) { return readString(doc, constraint.ParseTime) }

// URL decodes an absolute URL, whose user and password, if it has them, are part
// of the value.
func URL(doc Document) (url.URL, error) { return readString(doc, constraint.ParseURL) }
