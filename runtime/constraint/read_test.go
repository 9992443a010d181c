package constraint_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/constraint"
)

// erased runs a reader and forgets its type.
func erased[T any](read func(string) (T, string)) func(string) (any, string) {
	return func(text string) (any, string) { return read(text) }
}

var readers = map[string]func(string) (any, string){
	"string":    erased(constraint.ParseString),
	"int":       erased(constraint.ParseInt),
	"uint":      erased(constraint.ParseUint),
	"float":     erased(constraint.ParseFloat),
	"bool":      erased(constraint.ParseBool),
	"duration":  erased(constraint.ParseDuration),
	"time":      erased(constraint.ParseTime),
	"url":       erased(constraint.ParseURL),
	"json":      erased(constraint.ParseJSON),
	"base64":    erased(constraint.ParseBase64),
	"base64url": erased(constraint.ParseBase64URL),
	"hex":       erased(constraint.ParseHex),
}

func TestATextOfATypeIsRead(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		reader, text string
		want         any
	}{
		"text":                       {"string", "ä\x00\n", "ä\x00\n"},
		"an integer":                 {"int", "-7", -7},
		"an integer with a plus":     {"int", "+7", 7},
		"an integer with zeros":      {"int", "007", 7},
		"an unsigned integer":        {"uint", "18446744073709551615", uint(18446744073709551615)},
		"an integer as a float":      {"float", "-7", -7.0},
		"a fraction":                 {"float", "0.125", 0.125},
		"an exponent":                {"float", "1.5E-3", 0.0015},
		"a small number":             {"float", "1e-999", 0.0},
		"true in any case":           {"bool", "tRuE", true},
		"zero as false":              {"bool", "0", false},
		"a duration in Go's words":   {"duration", "1m30s", 90 * time.Second},
		"a duration in seconds":      {"duration", "-0.5", -500 * time.Millisecond},
		"a duration in no time":      {"duration", "0", time.Duration(0)},
		"a time":                     {"time", "2026-01-02T12:00:00Z", noon},
		"a time with a fraction":     {"time", "2026-01-02T12:00:00.000000001Z", noon.Add(1)},
		"a time in another zone":     {"time", "2026-01-02T14:30:00+02:30", noon},
		"a URL":                      {"url", "https://user:p%40ss@host:80/a?b=c#d", mustURL(t, "https://user:p%40ss@host:80/a?b=c#d")},
		"a URL without a host":       {"url", "mailto:a@b", mustURL(t, "mailto:a@b")},
		"a JSON object":              {"json", ` {"a":[1,null]} `, json.RawMessage(` {"a":[1,null]} `)},
		"a JSON string of null":      {"json", `"null"`, json.RawMessage(`"null"`)},
		"base64":                     {"base64", "/+8=", []byte{0xff, 0xef}},
		"base64url without padding":  {"base64url", "_-8", []byte{0xff, 0xef}},
		"base64url with padding":     {"base64url", "_-8=", []byte{0xff, 0xef}},
		"hexadecimal in either case": {"hex", "FFef", []byte{0xff, 0xef}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, rule := readers[test.reader](test.text)
			if rule != "" {
				t.Fatalf("%s", rule)
			}
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(url.Userinfo{})); diff != "" {
				t.Errorf("value (-want +got):\n%s", diff)
			}
		})
	}
}

func mustURL(t *testing.T, text string) url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return *u
}

func TestATextThatIsNoneOfItsTypeIsRefused(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ reader, text, want string }{
		"no text":                        {"string", "", "is empty"},
		"bytes that are no text":         {"string", "\xff", "is not UTF-8 text: declare it as bytes"},
		"no integer":                     {"int", "", "is not an integer"},
		"a fraction as an integer":       {"int", "1.0", "is not an integer"},
		"a hexadecimal integer":          {"int", "0x10", "is not an integer"},
		"an integer with underscores":    {"int", "1_000", "is not an integer"},
		"an integer with space":          {"int", " 1", "is not an integer"},
		"an integer too large":           {"int", "9223372036854775808", "is not an integer"},
		"a negative unsigned integer":    {"uint", "-1", "is not an unsigned integer"},
		"an unsigned integer, signed":    {"uint", "+1", "is not an unsigned integer"},
		"an unsigned integer too large":  {"uint", "18446744073709551616", "is not an unsigned integer"},
		"no number":                      {"float", "NaN", "is not a number"},
		"infinity":                       {"float", "-Inf", "is not a number"},
		"infinity in letters":            {"float", "infinity", "is not a number"},
		"a number too large":             {"float", "1e999", "is not a number"},
		"a hexadecimal number":           {"float", "0x1p4", "is not a number"},
		"a number with underscores":      {"float", "0x_1p4", "is not a number"},
		"an exponent alone":              {"float", "e", "is not a number"},
		"nothing as a number":            {"float", "", "is not a number"},
		"yes as a boolean":               {"bool", "yes", "is not a boolean"},
		"an endless duration":            {"duration", "1e300", "is not a duration"},
		"a duration that is no number":   {"duration", "NaN", "is not a duration"},
		"a duration of infinity":         {"duration", "Inf", "is not a duration"},
		"a hexadecimal duration":         {"duration", "0x10", "is not a duration"},
		"a day without a time":           {"time", "2026-01-02", "is not a time of RFC 3339"},
		"a time without a zone":          {"time", "2026-01-02T12:00:00", "is not a time of RFC 3339"},
		"a time with a comma":            {"time", "2026-01-02T12:00:00,5Z", "is not a time of RFC 3339"},
		"a time with one digit":          {"time", "2026-01-02T1:00:00Z", "is not a time of RFC 3339"},
		"an offset of a day":             {"time", "2026-01-02T12:00:00+24:00", "is not a time of RFC 3339"},
		"an offset of 60 minutes":        {"time", "2026-01-02T12:00:00-01:60", "is not a time of RFC 3339"},
		"lower case in a time":           {"time", "2026-01-02t12:00:00z", "is not a time of RFC 3339"},
		"a leap second":                  {"time", "2016-12-31T23:59:60Z", "is not a time of RFC 3339"},
		"a day that is none":             {"time", "2026-02-30T00:00:00Z", "is not a time of RFC 3339"},
		"a time in seconds":              {"time", "1700000000", "is not a time of RFC 3339"},
		"a path as a URL":                {"url", "/a/b", "is not an absolute URL: it has no scheme"},
		"a host as a URL":                {"url", "example.com", "is not an absolute URL: it has no scheme"},
		"nothing as a URL":               {"url", "", "is not an absolute URL: it has no scheme"},
		"a URL with a control character": {"url", "https://host/\x7f", "is not a URL"},
		"a URL with a broken escape":     {"url", "https://host/%zz", "is not a URL"},
		"a URL with another port":        {"url", "https://host:port", "is not a URL"},
		"text as JSON":                   {"json", "abc", "is not JSON"},
		"two JSON values":                {"json", "1 2", "is not JSON"},
		"JSON's null":                    {"json", " null\n", "is null"},
		"base64 with stray bits":         {"base64", "/+9=", "is not base64"},
		"base64 without padding":         {"base64", "/+8", "is not base64"},
		"nothing as base64":              {"base64", "", "is empty"},
		"base64 as base64url":            {"base64url", "/+8", "is not base64url"},
		"padding alone as base64url":     {"base64url", "==", "is empty"},
		"half a byte as hexadecimal":     {"hex", "fff", "is not hex"},
		"nothing as hexadecimal":         {"hex", "", "is empty"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, got := readers[test.reader](test.text)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("rule (-want +got):\n%s", diff)
			}
		})
	}
}

func TestATimeDoesNotDependOnTheMachine(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"2026-07-02T12:00:00+00:00",
		"2026-07-02T12:00:00Z",
		"2026-07-02T12:00:00+02:00",
		time.Now().Format(time.RFC3339), // at the machine's own offset
	} {
		got, rule := constraint.ParseTime(text)
		if rule != "" || got.Location() == time.Local {
			t.Errorf("%s: %q, in the machine's own zone", text, rule)
		}
	}
}

func TestNoReaderShowsItsText(t *testing.T) {
	t.Parallel()
	const canary = "canary-9f2c61d0 %zz\x7f"
	for name, read := range readers {
		if name == "string" {
			continue
		}
		value, rule := read(canary)
		if rule == "" || strings.Contains(rule, "canary") {
			t.Errorf("%s: %v, %q", name, value, rule)
		}
	}
}
