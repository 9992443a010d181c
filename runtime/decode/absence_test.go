package decode_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/constraint"
	"github.com/secretsgen/secretsgen/runtime/decode"
	"github.com/secretsgen/secretsgen/runtime/providers"
)

var (
	null  = one(providers.Null, "")
	empty = one(providers.Text, "")
)

// refusal is what a decoder returned, in short: the rule, or the value.
func refusal[T any](d decode.Decoder[T], doc decode.Document) any {
	value, err := d(doc)
	if e, ok := errors.AsType[*decode.Error](err); ok {
		return "refused: " + e.Rule
	}
	if err != nil {
		return err
	}
	return value
}

func TestPresentAbsentNullAndEmptyAreFourDifferentThings(t *testing.T) {
	t.Parallel()
	const (
		absent  = "refused: is absent"
		isNull  = "refused: is null"
		isEmpty = "refused: is empty"
	)
	text := new("there")
	none := (*string)(nil)
	checked := decode.Check(decode.String, constraint.MinLength[string](3))
	for name, test := range map[string]struct {
		got  func(decode.Document) any
		want [4]any // of what is present, absent, null, empty
	}{
		"a type alone":            {seen(decode.String), [4]any{"there", absent, isNull, isEmpty}},
		"a default":               {seen(decode.Default(decode.String, "default")), [4]any{"there", "default", isNull, isEmpty}},
		"a default text":          {seen(decode.DefaultText(decode.String, "default")), [4]any{"there", "default", isNull, isEmpty}},
		"optional":                {seen(decode.Optional(decode.String)), [4]any{text, none, isNull, isEmpty}},
		"nullable":                {seen(decode.Nullable(decode.String)), [4]any{text, absent, none, isEmpty}},
		"optional or null":        {seen(decode.OptionalOrNull(decode.String)), [4]any{text, none, none, isEmpty}},
		"empty allowed":           {seen(decode.AllowEmpty(decode.String)), [4]any{"there", absent, isNull, ""}},
		"empty bytes allowed":     {seen(decode.AllowEmpty(decode.Bytes)), [4]any{[]byte("there"), absent, isNull, []byte{}}},
		"all allowed":             {seen(decode.OptionalOrNull(decode.AllowEmpty(decode.String))), [4]any{text, none, none, new("")}},
		"nullable with a default": {seen(decode.Nullable(decode.Default(decode.String, "d"))), [4]any{text, new("d"), none, isEmpty}},
		"optional and checked":    {seen(decode.Optional(checked)), [4]any{text, none, isNull, isEmpty}},
		"a default, checked": {
			seen(decode.Check(decode.Default(decode.String, "d"), constraint.MinLength[string](3))),
			[4]any{"there", "d", isNull, isEmpty},
		},
		"a default of what is checked": {seen(decode.Default(checked, "d")), [4]any{"there", "d", isNull, isEmpty}},
		"empty allowed, checked": {
			seen(decode.Check(decode.AllowEmpty(decode.String), constraint.MinLength[string](3))),
			[4]any{"there", absent, isNull, "refused: is shorter than its minimum, 3 characters"},
		},
		"a default that is no value": {seen(decode.DefaultText(decode.Hex, "default")), [4]any{"refused: is not hex", "refused: is not hex", isNull, isEmpty}},
		"a map that may be empty": {
			seen(decode.MapAllowEmpty),
			[4]any{"refused: is one value and not a document of fields", absent, isNull, map[string]string{}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := [4]any{test.got(one(providers.Text, "there")), test.got(providers.Absent()), test.got(null), test.got(empty)}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("of what is present, absent, null and empty (-want +got):\n%s", diff)
			}
		})
	}
}

func seen[T any](d decode.Decoder[T]) func(decode.Document) any {
	return func(doc decode.Document) any { return refusal(d, doc) }
}

func TestAFileThatHoldsANewlineAloneIsEmptyAsTextAndNotAsBytes(t *testing.T) {
	t.Parallel()
	newline := one(providers.Binary, "\n")
	if diff := cmp.Diff([]any{"", []byte("\n")}, []any{refusal(decode.AllowEmpty(decode.String), newline), refusal(decode.AllowEmpty(decode.Bytes), newline)}); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
}

func TestNoDecoderOfATypeTakesWhatIsAbsent(t *testing.T) {
	t.Parallel()
	for name, d := range decoders {
		if got, err := d(providers.Absent()); err == nil || got != nil {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	if err := decode.FieldsOf(providers.Absent()).Err(); err == nil {
		t.Error("an absent document has fields")
	}
}

func TestAFieldThatIsNotThereIsOfferedToItsDecoder(t *testing.T) {
	t.Parallel()
	read := func(doc decode.Document) (any, error) {
		f := decode.FieldsOf(doc)
		got := []any{
			decode.Field(f, "name", decode.Default(decode.String, "default")),
			decode.Field(f, "port", decode.Optional(decode.Int)),
			decode.Field(f, "host", decode.OptionalOrNull(decode.String)),
		}
		return got, f.Err()
	}
	for name, test := range map[string]struct {
		doc  decode.Document
		want []any
	}{
		"no field there":          {fields(nil), []any{"default", (*int)(nil), (*string)(nil)}},
		"an object without any":   {one(providers.JSON, `{}`), []any{"default", (*int)(nil), (*string)(nil)}},
		"fields that are there":   {fields(map[string]string{"name": "n", "port": "1", "host": "h"}), []any{"n", new(1), new("h")}},
		"a field that is null":    {one(providers.Binary, `{"host":null}`), []any{"default", (*int)(nil), (*string)(nil)}},
		"a field beside the ones": {one(providers.JSON, `{"other":null}`), []any{"default", (*int)(nil), (*string)(nil)}},
	} {
		got, err := read(test.doc)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(any(test.want), got); diff != "" {
			t.Errorf("%s: fields (-want +got):\n%s", name, diff)
		}
	}
	for name, doc := range map[string]decode.Document{
		"a field that may not be null": one(providers.JSON, `{"name":null}`),
		"a field that is empty":        one(providers.JSON, `{"name":""}`),
		"an optional field, malformed": one(providers.JSON, `{"port":"x"}`),
	} {
		if _, err := read(doc); !isA[*decode.Error](err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func isA[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

func TestAStructIsNotMadeOfWhatIsNotADocument(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		doc  decode.Document
		want any
	}{
		"absent": {providers.Absent(), "refused: is absent"},
		"null":   {null, "refused: is null"},
		"empty":  {empty, "refused: is empty"},
		"text":   {one(providers.Text, "canary"), "refused: is one value and not a document of fields"},
	} {
		if diff := cmp.Diff(test.want, refusal(decodeLogin, test.doc)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if got := refusal(decode.OptionalOrNull(decodeLogin), null); got != (*login)(nil) {
		t.Errorf("null as a struct that may be null: %v", got)
	}
}

func TestAFieldWithinAFieldIsNamedByBothKeys(t *testing.T) {
	t.Parallel()
	read := func(doc decode.Document) error {
		f := decode.FieldsOf(doc)
		decode.Field(f, "db", decodeLogin)
		return f.Err()
	}
	wrong, ok := errors.AsType[*decode.Error](read(one(providers.JSON, `{"db":{"user":"u","port":"canary"}}`)))
	if !ok || wrong.Field != "db.port" {
		t.Errorf("a field of the wrong type: %v", wrong)
	}
	missing, ok := errors.AsType[*providers.SecretKeyNotFoundError](read(one(providers.JSON, `{"db":{"user":"u"}}`)))
	if !ok || missing.Field != "db.port" {
		t.Errorf("a missing field: %v", missing)
	}
}

func TestAValueIsHeldToItsRulesAndToldByTheFirstThatItBreaks(t *testing.T) {
	t.Parallel()
	port := decode.Check(decode.Int, constraint.Min(1), constraint.Max(65535), constraint.OneOf(80, 443))
	for text, want := range map[string]any{
		"443":   443,
		"0":     "refused: is below its minimum, 1",
		"65536": "refused: is above its maximum, 65535",
		"81":    "refused: is none of the values that are allowed",
		"x":     "refused: is not an integer",
	} {
		if diff := cmp.Diff(want, refusal(port, one(providers.Text, text))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
	f := decode.FieldsOf(fields(map[string]string{"port": "0"}))
	if got := decode.Field(f, "port", port); got != 0 || f.Err().Error() != "secretsgen: secret: field port is below its minimum, 1" {
		t.Errorf("%d and %v", got, f.Err())
	}
	token := decode.Check(decode.String, constraint.MinLength[string](100))
	if got, err := token(one(providers.Text, "canary")); err == nil || got != "" {
		t.Errorf("a value came with the error: %v", err)
	}
}
