package providers_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/providers"
)

const canary = "canary-e6b8f0"

func text(s string) providers.Value { return providers.NewValue(providers.Text, []byte(s)) }

func scalar(kind providers.Kind, s string) providers.Document {
	return providers.Scalar(providers.NewValue(kind, []byte(s)), providers.Metadata{})
}

func fields(values map[string]providers.Value) providers.Document {
	return providers.Fields(values, providers.Metadata{})
}

func TestDocumentIsAScalarOrFields(t *testing.T) {
	t.Parallel()
	meta := providers.Metadata{Version: 3, Created: time.Unix(1, 0)}
	for name, c := range map[string]struct {
		doc    providers.Document
		scalar bool
	}{
		"a scalar":             {providers.Scalar(text("x"), meta), true},
		"fields":               {providers.Fields(map[string]providers.Value{"a": text("x")}, meta), false},
		"no fields":            {providers.Fields(nil, meta), false},
		"a scalar of no bytes": {providers.Scalar(providers.NewValue(providers.Null, nil), meta), true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, isScalar := c.doc.Scalar()
			_, hasFields := c.doc.Fields()
			if isScalar != c.scalar || hasFields == c.scalar {
				t.Errorf("scalar %v, fields %v", isScalar, hasFields)
			}
			if diff := cmp.Diff(meta, c.doc.Metadata()); diff != "" {
				t.Errorf("metadata (-want +got):\n%s", diff)
			}
		})
	}
}

func TestValuesAndDocumentsRedactThemselves(t *testing.T) {
	t.Parallel()
	value := text(canary)
	type holder struct {
		Value  providers.Value
		Doc    providers.Document
		Values map[string]providers.Value
	}
	h := holder{value, fields(map[string]providers.Value{"k": value}), map[string]providers.Value{"k": value}}
	var shown strings.Builder
	for _, v := range []any{value, &value, h.Doc, scalar(providers.Binary, canary), h, &h, []holder{h}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%T"} {
			fmt.Fprintf(&shown, verb+"\n", v)
		}
		encoded, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		shown.Write(encoded)
		slog.New(slog.NewTextHandler(&shown, nil)).Info("m", "v", v)
		slog.New(slog.NewJSONHandler(&shown, nil)).Info("m", "v", v)
	}
	for _, form := range []string{canary, fmt.Sprintf("%x", canary), fmt.Sprint([]byte(canary)), "Y2FuYXJ5"} {
		if strings.Contains(shown.String(), form) {
			t.Errorf("the value shows as %s", form)
		}
	}
	if !strings.Contains(shown.String(), "[REDACTED]") {
		t.Error("nothing says that something is hidden")
	}
}

func TestPick(t *testing.T) {
	t.Parallel()
	type picked struct {
		Kind  providers.Kind
		Bytes string
	}
	two := fields(map[string]providers.Value{"b": text("2"), "a": providers.NewValue(providers.Null, nil)})
	for name, c := range map[string]struct {
		doc  providers.Document
		key  string
		want picked
	}{
		"a field":                        {two, "b", picked{providers.Text, "2"}},
		"a field that is null":           {two, "a", picked{providers.Null, ""}},
		"all fields":                     {two, "", picked{providers.JSON, `{"a":null,"b":"2"}`}},
		"a scalar":                       {scalar(providers.Binary, "\xff\n"), "", picked{providers.Binary, "\xff\n"}},
		"a text in a file of JSON":       {scalar(providers.Binary, " \n{\"k\": \"a\\u00e9\"}\n"), "k", picked{providers.Text, "aé"}},
		"a number in a file of JSON":     {scalar(providers.Binary, `{"k":1.50}`), "k", picked{providers.Number, "1.50"}},
		"an object in a text of JSON":    {scalar(providers.Text, `{"k":{"a": 1}}`), "k", picked{providers.JSON, `{"a": 1}`}},
		"a boolean in an object":         {scalar(providers.JSON, `{"k":true}`), "k", picked{providers.Bool, "true"}},
		"null in a file of JSON":         {scalar(providers.Binary, `{"k":null}`), "k", picked{providers.Null, ""}},
		"the name of a key, not a path":  {scalar(providers.Binary, `{"a.b":"1","a":{"b":"2"}}`), "a.b", picked{providers.Text, "1"}},
		"a key in its own case, exactly": {scalar(providers.Binary, `{"K":"1","k":"2"}`), "k", picked{providers.Text, "2"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			value, err := c.doc.Pick(c.key)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, picked{value.Kind(), string(value.Bytes())}); diff != "" {
				t.Errorf("value (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPickWithoutThatKey(t *testing.T) {
	t.Parallel()
	for name, doc := range map[string]providers.Document{
		"other fields":          fields(map[string]providers.Value{"K": text(canary)}),
		"no fields":             fields(nil),
		"a file of other text":  scalar(providers.Binary, canary),
		"a file of nothing":     scalar(providers.Binary, ""),
		"a file of a JSON list": scalar(providers.Binary, `["k"]`),
		"another member":        scalar(providers.Binary, `{"K":"`+canary+`"}`),
		"null":                  providers.Scalar(providers.NewValue(providers.Null, nil), providers.Metadata{}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			value, err := doc.Pick("k")
			if _, ok := errors.AsType[*providers.SecretKeyNotFoundError](err); !ok {
				t.Errorf("the error is %v", err)
			}
			if len(value.Bytes()) > 0 || strings.Contains(fmt.Sprint(err), canary) {
				t.Error("the value shows")
			}
		})
	}
	for name, body := range map[string]string{
		"an object that breaks off":    `{"k":"` + canary,
		"an object with equal keys":    `{"k":"` + canary + `","k":"x"}`,
		"an object with more behind":   `{"k":"` + canary + `"}x`,
		"an object that is not strict": ` {k:"` + canary + `"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := scalar(providers.Binary, body).Pick("k")
			e, ok := errors.AsType[*providers.ProviderError](err)
			if !ok || e.Code != providers.Malformed || strings.Contains(fmt.Sprint(err), canary) {
				t.Errorf("the error is %v", err)
			}
		})
	}
}

func TestObject(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		doc  providers.Document
		want string // "" for an error
	}{
		"every kind, sorted by key": {
			fields(map[string]providers.Value{
				"t": text("a\"\n<é>"), "n": providers.NewValue(providers.Number, []byte("1.50")), "b": providers.NewValue(providers.Bool, []byte("true")),
				"z": providers.NewValue(providers.Null, nil), "j": providers.NewValue(providers.JSON, []byte(`{"a": [1]}`)), "f": providers.NewValue(providers.Binary, []byte("file\n")),
			}),
			`{"b":true,"f":"file\u000a","j":{"a": [1]},"n":1.50,"t":"a\"\u000a<é>","z":null}`,
		},
		"no fields":                       {fields(nil), `{}`},
		"a scalar":                        {scalar(providers.JSON, `{}`), ""},
		"bytes that are not UTF-8":        {fields(map[string]providers.Value{"k": providers.NewValue(providers.Binary, []byte("\xff"))}), ""},
		"a name that is not UTF-8":        {fields(map[string]providers.Value{"\xff": text("x")}), ""},
		"a number that JSON has not":      {fields(map[string]providers.Value{"k": providers.NewValue(providers.Number, []byte("007"))}), ""},
		"a number that is two members":    {fields(map[string]providers.Value{"k": providers.NewValue(providers.Number, []byte(`1,"admin":true`))}), ""},
		"JSON that closes more than open": {fields(map[string]providers.Value{"k": providers.NewValue(providers.JSON, []byte(`[]}`))}), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			value, err := c.doc.Object()
			if e, ok := errors.AsType[*providers.ProviderError](err); c.want == "" && (!ok || e.Code != providers.Malformed) {
				t.Errorf("the error is %v", err)
			}
			if got := string(value.Bytes()); got != c.want || c.want != "" && (err != nil || value.Kind() != providers.JSON || !json.Valid([]byte(got))) {
				t.Errorf("got %s, %v", got, err)
			}
		})
	}
}

func TestParseObjectRefusesWithoutAWord(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"", "null", canary, `{"k":"` + canary + `"`, `{"k":1,"k":"` + canary + `"}`} {
		values, err := providers.ParseObject([]byte(body))
		e, ok := errors.AsType[*providers.ProviderError](err)
		if !ok || e.Code != providers.Malformed || values != nil || strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, err), canary) {
			t.Errorf("%q: %v, %v", body, values, err)
		}
	}
}

func TestParseObjectSharesItsInput(t *testing.T) {
	t.Parallel()
	body := []byte(`{"k":"` + canary + `"}`)
	values, err := providers.ParseObject(body)
	if err != nil {
		t.Fatal(err)
	}
	clear(body)
	if bytes.Contains(values["k"].Bytes(), []byte("canary")) {
		t.Error("a second copy of the plaintext was made")
	}
}

func TestAnAbsentDocumentHoldsNothing(t *testing.T) {
	t.Parallel()
	absent := providers.Absent()
	_, scalar := absent.Scalar()
	_, fields := absent.Fields()
	if !absent.IsAbsent() || scalar || fields {
		t.Errorf("absent %v, a scalar %v, fields %v", absent.IsAbsent(), scalar, fields)
	}
	for _, key := range []string{"", "k"} {
		if _, err := absent.Pick(key); !isA[*providers.SecretKeyNotFoundError](err) {
			t.Errorf("Pick(%q): %v", key, err)
		}
	}
	if _, err := absent.Object(); !isA[*providers.ProviderError](err) {
		t.Errorf("Object: %v", err)
	}
	for name, doc := range map[string]providers.Document{
		"the zero document": {},
		"null":              providers.Scalar(providers.NewValue(providers.Null, nil), providers.Metadata{}),
		"nothing":           providers.Scalar(providers.NewValue(providers.Binary, nil), providers.Metadata{}),
		"no fields":         providers.Fields(nil, providers.Metadata{}),
	} {
		if doc.IsAbsent() {
			t.Errorf("%s is absent", name)
		}
	}
}

func TestValidJSONIsStrict(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		`{"a":[1,null,"x"]}`: true, ` null `: true, `1.5e3`: true, `"x"`: true, "[]\n": true,
		``: false, ` `: false, `{"a":1,"a":2}`: false, `[{"a":1,"\u0061":2}]`: false, `1 2`: false, `nul`: false, `01`: false, "\"\xff\"": false, `"\ud83d"`: false,
		strings.Repeat("[", 32) + strings.Repeat("]", 32): true,
		strings.Repeat("[", 33) + strings.Repeat("]", 33): false,
	} {
		if got := providers.ValidJSON([]byte(text)); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

func isA[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}
