package decode_test

import (
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/decode"
	"github.com/secretsgen/secretsgen/runtime/providers"
)

func one(kind providers.Kind, text string) decode.Document {
	return providers.Scalar(providers.NewValue(kind, []byte(text)), providers.Metadata{})
}

func fields(values map[string]string) decode.Document {
	m := map[string]providers.Value{}
	for k, v := range values {
		m[k] = providers.NewValue(providers.Text, []byte(v))
	}
	return providers.Fields(m, providers.Metadata{})
}

// decoded runs a decoder and erases its type.
func decoded[T any](d decode.Decoder[T]) func(decode.Document) (any, error) {
	return func(doc decode.Document) (any, error) {
		v, err := d(doc)
		if err != nil {
			return nil, err
		}
		return v, nil
	}
}

var decoders = map[string]func(decode.Document) (any, error){
	"string":    decoded(decode.String),
	"bytes":     decoded(decode.Bytes),
	"base64":    decoded(decode.Base64),
	"base64url": decoded(decode.Base64URL),
	"hex":       decoded(decode.Hex),
	"int":       decoded(decode.Int),
	"bool":      decoded(decode.Bool),
	"duration":  decoded(decode.Duration),
	"json":      decoded(decode.JSON),
	"map":       decoded(decode.Map),
	"uint":      decoded(decode.Uint),
	"float":     decoded(decode.Float),
	"time":      decoded(decode.Time),
	"url":       decoded(decode.URL),
	"any map":   decoded(decode.MapAllowEmpty),
}

func TestAValueOfTheDeclaredTypeIsDecoded(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		decoder string
		doc     decode.Document
		want    any
	}{
		"text as a string":                          {"string", one(providers.Text, "canary\n"), "canary\n"},
		"a file as a string drops one newline":      {"string", one(providers.Binary, "canary\n"), "canary"},
		"a file as a string keeps a second newline": {"string", one(providers.Binary, "canary\n\n"), "canary\n"},
		"a file from Windows":                       {"string", one(providers.Binary, "canary\r\n"), "canary"},
		"a number as a string, as written":          {"string", one(providers.Number, "1e5"), "1e5"},
		"a boolean as a string":                     {"string", one(providers.Bool, "true"), "true"},
		"a file without a newline":                  {"string", one(providers.Binary, "canary"), "canary"},
		"a file as bytes is left alone":             {"bytes", one(providers.Binary, "\xff\x00\n"), []byte("\xff\x00\n")},
		"text as bytes":                             {"bytes", one(providers.Text, "canary"), []byte("canary")},
		"a newline alone as bytes":                  {"bytes", one(providers.Binary, "\n"), []byte("\n")},
		"base64":                                    {"base64", one(providers.Text, "/+8="), []byte{0xff, 0xef}},
		"base64 from a file":                        {"base64", one(providers.Binary, "/+8=\n"), []byte{0xff, 0xef}},
		"base64url with padding":                    {"base64url", one(providers.Text, "_-8="), []byte{0xff, 0xef}},
		"base64url without padding":                 {"base64url", one(providers.Text, "_-8"), []byte{0xff, 0xef}},
		"hex in either case":                        {"hex", one(providers.Text, "FFef"), []byte{0xff, 0xef}},
		"a number as an int":                        {"int", one(providers.Number, "-7"), -7},
		"text as an int":                            {"int", one(providers.Binary, "5432\n"), 5432},
		"a boolean":                                 {"bool", one(providers.Bool, "true"), true},
		"text as a boolean":                         {"bool", one(providers.Text, "FALSE"), false},
		"a number as a boolean":                     {"bool", one(providers.Number, "1"), true},
		"a duration in Go's words":                  {"duration", one(providers.Text, "1m30s"), 90 * time.Second},
		"a duration in seconds":                     {"duration", one(providers.Number, "0.5"), 500 * time.Millisecond},
		"JSON of the store":                         {"json", one(providers.JSON, `{"a":[1]}`), json.RawMessage(`{"a":[1]}`)},
		"JSON in a file":                            {"json", one(providers.Binary, "[1]\n"), json.RawMessage(`[1]`)},
		"a whole document as JSON":                  {"json", fields(map[string]string{"b": "2", "a": "1"}), json.RawMessage(`{"a":"1","b":"2"}`)},
		"a whole document as a map":                 {"map", fields(map[string]string{"b": "2", "a": "1"}), map[string]string{"a": "1", "b": "2"}},
		"an object of the store as a map":           {"map", one(providers.JSON, `{"a":"1","b":2,"c":true}`), map[string]string{"a": "1", "b": "2", "c": "true"}},
		"an object in a file as a map":              {"map", one(providers.Binary, "{\"a\":\"1\"}\n"), map[string]string{"a": "1"}},
		"a map that may be empty, and is not":       {"any map", one(providers.Text, `{"a":"1","b":""}`), map[string]string{"a": "1", "b": ""}},
		"a map that may be empty, without entries":  {"any map", one(providers.JSON, `{}`), map[string]string{}},
		"a document without fields, allowed":        {"any map", fields(nil), map[string]string{}},
		"a file without content as a map, allowed":  {"any map", one(providers.Binary, "\n"), map[string]string{}},
		"a number as a uint":                        {"uint", one(providers.Number, "7"), uint(7)},
		"text as a float":                           {"float", one(providers.Binary, "0.25\n"), 0.25},
		"a number as a float":                       {"float", one(providers.Number, "1e3"), 1000.0},
		"a time in a file":                          {"time", one(providers.Binary, "2026-01-02T12:00:00Z\n"), time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)},
		"a URL":                                     {"url", one(providers.Text, "https://host/a"), url.URL{Scheme: "https", Host: "host", Path: "/a"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := decoders[test.decoder](test.doc)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("value (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatDoesNotFitIsRefusedWithoutBeingShown(t *testing.T) {
	t.Parallel()
	const canary = "canary-9f2c61d0"
	for name, test := range map[string]struct {
		decoder string
		doc     decode.Document
	}{
		"an object as a string":             {"string", one(providers.JSON, `{"a":"`+canary+`"}`)},
		"bytes that are no text":            {"string", one(providers.Text, canary+"\xff")},
		"null as a string":                  {"string", one(providers.Null, "")},
		"nothing as a string":               {"string", one(providers.Text, "")},
		"a file that holds a newline alone": {"string", one(providers.Binary, "\n")},
		"a document as a string":            {"string", fields(map[string]string{"a": canary})},
		"nothing as bytes":                  {"bytes", one(providers.Binary, "")},
		"null as bytes":                     {"bytes", one(providers.Null, "")},
		"a document as bytes":               {"bytes", fields(map[string]string{"a": canary})},
		"a number that JSON has not":        {"json", one(providers.Number, "0x10")},
		"an object that breaks off":         {"json", one(providers.JSON, `{"`+canary+`":`)},
		"a document of a file as JSON":      {"json", providers.Fields(map[string]providers.Value{"k": providers.NewValue(providers.Binary, []byte(canary+"\xff"))}, providers.Metadata{})},
		"null as an int":                    {"int", one(providers.Null, "")},
		"null as a boolean":                 {"bool", one(providers.Null, "")},
		"null as a duration":                {"duration", one(providers.Null, "")},
		"null as JSON":                      {"json", one(providers.Null, "")},
		"null as hex":                       {"hex", one(providers.Null, "")},
		"an array as bytes":                 {"bytes", one(providers.JSON, `["`+canary+`"]`)},
		"text that is no base64":            {"base64", one(providers.Text, canary)},
		"base64 with stray bits":            {"base64", one(providers.Text, "/+9=")},
		"text that is no base64url":         {"base64url", one(providers.Text, canary+"+/")},
		"text that is no hex":               {"hex", one(providers.Text, canary)},
		"base64 of nothing":                 {"base64url", one(providers.Text, "=")},
		"text as an int":                    {"int", one(providers.Text, canary)},
		"a fraction as an int":              {"int", one(providers.Number, "1.5")},
		"a number too large":                {"int", one(providers.Number, "99999999999999999999")},
		"text as a boolean":                 {"bool", one(providers.Text, canary)},
		"text as a duration":                {"duration", one(providers.Text, canary)},
		"an endless duration":               {"duration", one(providers.Number, "1e300")},
		"no duration at all":                {"duration", one(providers.Text, "NaN")},
		"text as JSON":                      {"json", one(providers.Text, canary)},
		"one value as a map":                {"map", one(providers.Text, canary)},
		"an array as a map":                 {"map", one(providers.JSON, `["`+canary+`"]`)},
		"an object that repeats a key":      {"map", one(providers.JSON, `{"`+canary+`":"1","`+canary+`":"2"}`)},
		"an object within a map":            {"map", one(providers.JSON, `{"a":{"`+canary+`":"1"}}`)},
		"a document without fields":         {"map", fields(nil)},
		"an object without members":         {"map", one(providers.JSON, `{}`)},
		"a file without content as a map":   {"map", one(providers.Binary, "\n")},
		"an empty text in a map":            {"map", fields(map[string]string{canary: ""})},
		"null as a map":                     {"map", one(providers.Null, "")},
		"null as a map that may be empty":   {"any map", one(providers.Null, "")},
		"null in a map that may be empty":   {"any map", one(providers.JSON, `{"`+canary+`":null}`)},
		"text as a map that may be empty":   {"any map", one(providers.Text, canary)},
		"text as a uint":                    {"uint", one(providers.Text, canary)},
		"a negative number as a uint":       {"uint", one(providers.Number, "-1")},
		"text as a float":                   {"float", one(providers.Text, canary)},
		"a number too large for a float":    {"float", one(providers.Number, "1e999")},
		"text as a time":                    {"time", one(providers.Text, canary)},
		"an object as a time":               {"time", one(providers.JSON, `{"a":"`+canary+`"}`)},
		"a path as a URL":                   {"url", one(providers.Text, "/"+canary)},
		"a URL with a control character":    {"url", one(providers.Text, "https://"+canary+"/\x01")},
		"an object as a URL":                {"url", one(providers.JSON, `{"a":"`+canary+`"}`)},
		"bytes that are no text as a URL":   {"url", one(providers.Binary, "https://"+canary+"/\xff")},
		"JSON that is null":                 {"json", one(providers.Binary, "null\n")},
		"a whole document as a time":        {"time", fields(map[string]string{"a": canary})},
		"null in a map":                     {"map", providers.Fields(map[string]providers.Value{canary: providers.NewValue(providers.Null, nil)}, providers.Metadata{})},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := decoders[test.decoder](test.doc)
			refusal, ok := errors.AsType[*decode.Error](err)
			if !ok || got != nil {
				t.Fatalf("got %v and %T: %v, want a *decode.Error alone", got, err, err)
			}
			if refusal.Rule == "" || strings.Contains(err.Error(), canary) || errors.Unwrap(err) != nil {
				t.Errorf("the error is %q and wraps %v", err, errors.Unwrap(err))
			}
		})
	}
}

type login struct {
	User string
	Port int
}

func decodeLogin(doc decode.Document) (login, error) {
	f := decode.FieldsOf(doc)
	v := login{User: decode.Field(f, "user", decode.String), Port: decode.Field(f, "port", decode.Int)}
	return v, f.Err()
}

func TestAStructIsReadFromFieldsOrFromAJSONObject(t *testing.T) {
	t.Parallel()
	for name, doc := range map[string]decode.Document{
		"fields":      fields(map[string]string{"user": "u", "port": "5432", "more": "x"}),
		"a JSON file": one(providers.Binary, `{"user":"u","port":5432}`+"\n"),
	} {
		got, err := decodeLogin(doc)
		if diff := cmp.Diff(login{"u", 5432}, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}
}

func TestAStructThatDoesNotFitNamesItsField(t *testing.T) {
	t.Parallel()
	_, err := decodeLogin(fields(map[string]string{"user": "u"}))
	missing, ok := errors.AsType[*providers.SecretKeyNotFoundError](err)
	if !ok || missing.Field != "port" || !strings.Contains(err.Error(), "port") {
		t.Errorf("a missing field: %v", err)
	}
	_, err = decodeLogin(fields(map[string]string{"user": "u", "port": "canary"}))
	wrong, ok := errors.AsType[*decode.Error](err)
	if !ok || wrong.Field != "port" || strings.Contains(err.Error(), "canary") {
		t.Errorf("a field of the wrong type: %v", err)
	}
	if _, err := decodeLogin(one(providers.Text, "canary")); err == nil || strings.Contains(err.Error(), "canary") {
		t.Errorf("one value: %v", err)
	}
}

func TestTheFirstFieldThatFailsIsNamedAndADecodersOwnErrorIsNot(t *testing.T) {
	t.Parallel()
	foreign := func(decode.Document) (string, error) { return "canary", errors.New("canary") }
	f := decode.FieldsOf(fields(map[string]string{"a": "canary", "b": "canary"}))
	if got := decode.Field(f, "a", foreign); got != "" {
		t.Error("a value came with the error")
	}
	if got := decode.Field(f, "b", decode.String); got != "" {
		t.Error("a value came after an error")
	}
	decode.Field(f, "c", decode.String)
	failure, ok := errors.AsType[*decode.Error](f.Err())
	if !ok || failure.Field != "a" || strings.Contains(f.Err().Error(), "canary") || errors.Unwrap(f.Err()) != nil {
		t.Errorf("got %v", f.Err())
	}
}

func TestAnErrorSaysWhatItIsAbout(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		err  decode.Error
		want string
	}{
		{decode.Error{Rule: "is null"}, "secretsgen: secret: the stored value is null"},
		{decode.Error{Accessor: "db", ResourceRef: "ref", Field: "port", Rule: "is null"}, "secretsgen: db (ref): field port is null"},
	} {
		if got := test.err.Error(); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
}

func TestADecodedValueSharesNoMemoryWithItsDocument(t *testing.T) {
	t.Parallel()
	raw := []byte("canary")
	doc := providers.Scalar(providers.NewValue(providers.Binary, raw), providers.Metadata{})
	got, err := decode.Bytes(doc)
	if err != nil {
		t.Fatal(err)
	}
	raw[0] = 'X'
	if string(got) != "canary" {
		t.Error("the value changed with its document")
	}
}
