package decode_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/decode"
	"github.com/secretsgen/secretsgen/runtime/providers"
)

// color keeps what it is given.
type color struct{ text []byte }

func (c *color) UnmarshalText(text []byte) error {
	switch string(text) {
	case "panic":
		panic("canary")
	case "error":
		c.text = text
		return fmt.Errorf("canary: %q", text)
	case "decode error":
		return &decode.Error{Rule: "canary"}
	case "missing key":
		return &providers.SecretKeyNotFoundError{Field: "canary"}
	}
	c.text = text
	return nil
}

// shape keeps what it is given.
type shape struct{ text []byte }

func (s *shape) UnmarshalJSON(text []byte) error {
	switch string(text) {
	case `"panic"`:
		panic("canary")
	case `"error"`:
		return fmt.Errorf("canary: %q", text)
	case `"decode error"`:
		return &decode.Error{Rule: "canary"}
	}
	s.text = text
	return nil
}

func TestATypeOfTheUsersDecodesItself(t *testing.T) {
	t.Parallel()
	addr, err := decode.Text[netip.Addr](one(providers.Binary, "192.0.2.1\n"))
	if err != nil || addr != netip.MustParseAddr("192.0.2.1") {
		t.Errorf("an address: %v, %v", addr, err)
	}
	type settings struct {
		Name  string
		Ports []int
		Where netip.Addr
	}
	want := settings{"n", []int{1}, netip.MustParseAddr("192.0.2.1")}
	for name, doc := range map[string]decode.Document{
		"an object":                   one(providers.JSON, `{"name":"n","ports":[1],"where":"192.0.2.1"}`),
		"an object in text":           one(providers.Text, ` {"name":"n","ports":[1],"where":"192.0.2.1"} `),
		"a document with its objects": providers.Fields(map[string]providers.Value{"name": providers.NewValue(providers.Binary, []byte("n")), "ports": providers.NewValue(providers.JSON, []byte("[1]")), "where": providers.NewValue(providers.Text, []byte("192.0.2.1"))}, providers.Metadata{}),
	} {
		got, err := decode.JSONInto[settings](doc)
		if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}
	list, err := decode.JSONInto[[]int](one(providers.Binary, "[1,2]\n"))
	if diff := cmp.Diff([]int{1, 2}, list); diff != "" || err != nil {
		t.Errorf("a list: %v (-want +got):\n%s", err, diff)
	}
}

func TestWhatATypeOfTheUsersSaysStaysInside(t *testing.T) {
	t.Parallel()
	text := func(s string) any { return refusal(decode.Text[color], one(providers.Text, s)) }
	shaped := func(s string) any { return refusal(decode.JSONInto[shape], one(providers.Text, s)) }
	for name, got := range map[string]any{
		"an error of text":               text("error"),
		"a panic of text":                text("panic"),
		"a decode error of text":         text("decode error"),
		"a not-found error of text":      text("missing key"),
		"an error of JSON":               shaped(`"error"`),
		"a panic of JSON":                shaped(`"panic"`),
		"a decode error of JSON":         shaped(`"decode error"`),
		"JSON of another type":           refusal(decode.JSONInto[int], one(providers.Text, `"canary"`)),
		"JSON with a field of another":   refusal(decode.JSONInto[login], one(providers.Text, `{"Port":"canary"}`)),
		"a document of another":          refusal(decode.JSONInto[login], fields(map[string]string{"Port": "canary"})),
		"a pointer that can't be filled": refusal(decode.JSONInto[chan int], one(providers.Text, `1`)),
	} {
		if diff := cmp.Diff("refused: cannot be decoded by its type", got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	value, err := decode.Text[color](one(providers.Text, "error"))
	if value.text != nil || errors.Unwrap(err) != nil {
		t.Errorf("a value, or the type's own error, came out: %v", err)
	}
}

func TestATypeOfTheUsersSeesOnlyWhatIsStrict(t *testing.T) {
	t.Parallel()
	const strict = "refused: is not JSON, or has a key twice, or nests too deep"
	for name, test := range map[string]struct {
		doc  decode.Document
		want string
	}{
		"absent":                      {providers.Absent(), "refused: is absent"},
		"null":                        {null, "refused: is null"},
		"null as text":                {one(providers.Binary, "null\n"), "refused: is null"},
		"empty":                       {empty, "refused: is empty"},
		"no JSON":                     {one(providers.Text, "canary"), strict},
		"data behind the value":       {one(providers.Text, `{"a":1} {"b":2}`), strict},
		"a key twice":                 {one(providers.Text, `{"a":1,"a":2}`), strict},
		"a key twice, further down":   {one(providers.Text, `[{"a":{"b":1,"\u0062":2}}]`), strict},
		"nesting past the limit":      {one(providers.Text, strings.Repeat("[", 33)+strings.Repeat("]", 33)), strict},
		"bytes that are not UTF-8":    {one(providers.Binary, "\"\xff\""), strict},
		"half a surrogate pair":       {one(providers.Text, `"\ud83d"`), strict},
		"a field that JSON can't say": {providers.Fields(map[string]providers.Value{"k": providers.NewValue(providers.Binary, []byte("\xff"))}, providers.Metadata{}), "refused: has a field that JSON cannot hold"},
	} {
		got := refusal(func(doc decode.Document) (json.RawMessage, error) { return decode.JSONInto[json.RawMessage](doc) }, test.doc)
		if diff := cmp.Diff(any(test.want), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	for name, test := range map[string]struct {
		doc  decode.Document
		want string
	}{
		"absent":               {providers.Absent(), "refused: is absent"},
		"null":                 {null, "refused: is null"},
		"empty":                {empty, "refused: is empty"},
		"an object":            {one(providers.JSON, `{"a":1}`), "refused: is an object or array and not a string"},
		"a document":           {fields(map[string]string{"a": "1"}), "refused: is a whole document and not one value: name a #key"},
		"bytes that aren't it": {one(providers.Binary, "\xff"), "refused: is not UTF-8 text: declare it as bytes"},
	} {
		if diff := cmp.Diff(any(test.want), refusal(decode.Text[color], test.doc)); diff != "" {
			t.Errorf("%s as text (-want +got):\n%s", name, diff)
		}
	}
	if got := refusal(decode.JSONInto[[]any], one(providers.Text, strings.Repeat("[", 32)+strings.Repeat("]", 32))); fmt.Sprintf("%T", got) != "[]interface {}" {
		t.Errorf("nesting up to the limit: %v", got)
	}
}

func TestATypeOfTheUsersMayKeepWhatItIsGiven(t *testing.T) {
	t.Parallel()
	stored := []byte(`"canary"`)
	text, err := decode.Text[color](providers.Scalar(providers.NewValue(providers.Text, stored), providers.Metadata{}))
	if err != nil {
		t.Fatal(err)
	}
	shaped, err := decode.JSONInto[shape](providers.Scalar(providers.NewValue(providers.Text, stored), providers.Metadata{}))
	if err != nil {
		t.Fatal(err)
	}
	text.text[0], shaped.text[1] = 'X', 'X'
	if string(stored) != `"canary"` {
		t.Error("the type holds memory of the document")
	}
}
