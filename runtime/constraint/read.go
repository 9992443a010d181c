package constraint

import (
	"encoding/json"
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// The readers return a value and "", or the zero value and the rule that the
// text breaks. None of them passes on the error of a parser, which would quote
// the text.

// Rules that declarations can lift.
const (
	IsEmpty = "is empty" // there is a value, without content
	IsNull  = "is null"  // there is a value, and it is JSON's null
)

// ParseString reads text, which must be UTF-8 and not empty.
func ParseString(text string) (value, rule string) {
	switch {
	case text == "":
		return "", IsEmpty
	case !utf8.ValidString(text):
		return "", "is not UTF-8 text: declare it as bytes"
	}
	return text, ""
}

// ParseInt reads a decimal integer with an optional sign that fits into an int.
func ParseInt(text string) (value int, rule string) {
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, "is not an integer"
	}
	return n, ""
}

// ParseUint reads a decimal integer without a sign that fits into a uint.
func ParseUint(text string) (value uint, rule string) {
	n, err := strconv.ParseUint(text, 10, strconv.IntSize)
	if err != nil {
		return 0, "is not an unsigned integer"
	}
	return uint(n), ""
}

// ParseFloat reads a decimal number, with or without a fraction and an exponent.
// Infinities and NaN are no numbers, nor is what is too large for a float64.
func ParseFloat(text string) (value float64, rule string) {
	f, ok := decimal(text)
	if !ok {
		return 0, "is not a number"
	}
	return f, ""
}

// decimal leaves out what strconv reads beyond decimal numbers: words,
// hexadecimal digits, underscores.
func decimal(text string) (float64, bool) {
	if strings.Trim(text, "0123456789+-.eE") != "" {
		return 0, false
	}
	f, err := strconv.ParseFloat(text, 64)
	return f, err == nil
}

// ParseBool reads true or false in any case, or 1 or 0.
func ParseBool(text string) (value bool, rule string) {
	switch strings.ToLower(text) {
	case "true", "1":
		return true, ""
	case "false", "0":
		return false, ""
	}
	return false, "is not a boolean"
}

// ParseDuration reads a Go duration ("1m30s"), or a decimal number of seconds of
// at most 146 years.
func ParseDuration(text string) (value time.Duration, rule string) {
	if d, err := time.ParseDuration(text); err == nil {
		return d, ""
	}
	seconds, ok := decimal(text)
	if !ok || math.Abs(seconds) > float64(math.MaxInt64)/float64(2*time.Second) {
		return 0, "is not a duration"
	}
	return time.Duration(seconds * float64(time.Second)), ""
}

// ParseTime reads a time of RFC 3339, "2006-01-02T15:04:05Z", with or without
// fractions of a second, of which nanoseconds are kept. "T" and "Z" are upper
// case, and there are no leap seconds. The value is in UTC, or at the offset that
// the text has, whatever the machine's own zone is, and has no monotonic part.
func ParseTime(text string) (value time.Time, rule string) {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil || !strictTime(text) {
		return time.Time{}, "is not a time of RFC 3339"
	}
	if _, offset := t.Zone(); offset != 0 {
		return t.In(time.FixedZone("", offset)), ""
	}
	return t.UTC(), ""
}

// strictTime refuses what package time takes for RFC 3339 and is none: an hour of
// one digit, a comma before the fraction, an offset of a day or more.
func strictTime(text string) bool {
	if text[len("2006-01-02T1")] == ':' || strings.Contains(text, ",") {
		return false
	}
	offset := text[len(text)-len("07:00"):]
	return strings.HasSuffix(text, "Z") || offset[:2] < "24" && offset[3:] < "60"
}

// ParseURL reads an absolute URL: one that has a scheme. Beware that "host:80"
// is one, of the scheme "host".
func ParseURL(text string) (value url.URL, rule string) {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return url.URL{}, "is not a URL"
	case !u.IsAbs():
		return url.URL{}, "is not an absolute URL: it has no scheme"
	}
	return *u, ""
}

// ParseJSON reads one JSON text, as encoding/json has it. JSON's null is refused
// with the rule [IsNull].
func ParseJSON(text string) (value json.RawMessage, rule string) {
	raw := []byte(text)
	switch {
	case !json.Valid(raw):
		return nil, "is not JSON"
	case strings.Trim(text, " \t\r\n") == "null":
		return nil, IsNull
	}
	return raw, ""
}
