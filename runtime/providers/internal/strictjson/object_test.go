package strictjson_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/providers/internal/strictjson"
)

type member struct {
	Key  string
	Kind strictjson.Kind
	Text string
}

func TestParseObjectReadsMembers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text string
		want []member
	}{
		"an empty object": {"{}", nil},
		"white space everywhere": {
			" {\t\"a\" :\r\n1 , \"b\" : [ ] , \"c\" : { } , \"d\" : [ 1 , 2 ] } \n",
			[]member{{"a", strictjson.Number, "1"}, {"b", strictjson.Array, "[ ]"}, {"c", strictjson.Object, "{ }"}, {"d", strictjson.Array, "[ 1 , 2 ]"}},
		},
		"every kind": {
			`{"n":null,"t":true,"f":false,"i":-0,"s":"x","a":[1,[2]],"o":{"a":{}}}`,
			[]member{
				{"n", strictjson.Null, "null"},
				{"t", strictjson.Bool, "true"},
				{"f", strictjson.Bool, "false"},
				{"i", strictjson.Number, "-0"},
				{"s", strictjson.String, "x"},
				{"a", strictjson.Array, "[1,[2]]"},
				{"o", strictjson.Object, `{"a":{}}`},
			},
		},
		"numbers keep their text": {
			`{"a":12345678901234567890,"b":1.50,"c":1E+2,"d":0.0e-07}`,
			[]member{
				{"a", strictjson.Number, "12345678901234567890"},
				{"b", strictjson.Number, "1.50"},
				{"c", strictjson.Number, "1E+2"},
				{"d", strictjson.Number, "0.0e-07"},
			},
		},
		"strings without their escapes": {
			`{"a":"","b":"\"\\\/\b\f\n\r\t\u00e9","c":"x\ud83d\ude00y","d":"\ufffd"}`,
			[]member{
				{"a", strictjson.String, ""},
				{"b", strictjson.String, "\"\\/\b\f\n\r\t\u00e9"},
				{"c", strictjson.String, "x\U0001F600y"},
				{"d", strictjson.String, "\ufffd"},
			},
		},
		"keys without their escapes": {`{"\u0061":1}`, []member{{"a", strictjson.Number, "1"}}},
		"keys that differ in case":   {`{"a":1,"A":2}`, []member{{"a", strictjson.Number, "1"}, {"A", strictjson.Number, "2"}}},
		"equal keys at different levels": {
			`{"a":{"a":1},"b":{"a":2}}`,
			[]member{{"a", strictjson.Object, `{"a":1}`}, {"b", strictjson.Object, `{"a":2}`}},
		},
		"many objects and arrays beside each other": {
			`{"a":[` + strings.Repeat("{},[],", 40) + `1]}`,
			[]member{{"a", strictjson.Array, "[" + strings.Repeat("{},[],", 40) + "1]"}},
		},
		"nesting up to the limit": {
			`{"a":` + strings.Repeat("[", 31) + strings.Repeat("]", 31) + `}`,
			[]member{{"a", strictjson.Array, strings.Repeat("[", 31) + strings.Repeat("]", 31)}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			parsed, ok := strictjson.ParseObject([]byte(c.text))
			if !ok {
				t.Fatal("refused")
			}
			var got []member
			for _, m := range parsed {
				got = append(got, member{m.Key, m.Kind, string(m.Text)})
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("members (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseObjectRefuses(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"nothing":                         "",
		"a string":                        `"x"`,
		"an array":                        `[{}]`,
		"null":                            `null`,
		"something behind the object":     `{} x`,
		"two objects":                     `{}{}`,
		"an open object":                  `{"a":1`,
		"an open object behind a comma":   `{"a":1,`,
		"an open array":                   `{"a":[1`,
		"an open string":                  `{"a":"x`,
		"a nested object that is open":    `{"a":{"\`,
		"a trailing comma":                `{"a":1,}`,
		"a leading comma":                 `{,"a":1}`,
		"a trailing comma in an array":    `{"a":[1,]}`,
		"a missing comma":                 `{"a":1 "b":2}`,
		"a missing comma in an array":     `{"a":[1 2]}`,
		"a missing colon":                 `{"a" 1}`,
		"a missing value":                 `{"a":}`,
		"a key without quotes":            `{a:1}`,
		"a number as a key":               `{1:1}`,
		"a word that is none":             `{"a":nul}`,
		"a word in capitals":              `{"a":True}`,
		"a plus sign":                     `{"a":+1}`,
		"a leading zero":                  `{"a":01}`,
		"a bare minus":                    `{"a":-}`,
		"a point without digits":          `{"a":1.}`,
		"an exponent without digits":      `{"a":1e+}`,
		"two signs in an exponent":        `{"a":1e+-1}`,
		"infinity":                        `{"a":Infinity}`,
		"a hexadecimal number":            `{"a":0x1}`,
		"a comment":                       `{/**/"a":1}`,
		"a byte order mark":               "\ufeff{}",
		"a zero byte between tokens":      "{\x00}",
		"a control character in a string": "{\"a\":\"\n\"}",
		"an unknown escape":               `{"a":"\x"}`,
		"a short escape":                  `{"a":"\u12"}`,
		"an escape that is not hex":       `{"a":"\u12g4"}`,
		"half a surrogate pair":           `{"a":"\ud83d"}`,
		"half a pair and another escape":  `{"a":"\ud83d\n0000"}`,
		"a pair in the wrong order":       `{"a":"\ude00\ud83d"}`,
		"bytes that are not UTF-8":        "{\"a\":\"\xff\"}",
		"a key that is not UTF-8":         "{\"\xff\":1}",
		"equal keys":                      `{"a":1,"b":2,"a":1}`,
		"equal keys, one escaped":         `{"a":1,"\u0061":1}`,
		"equal keys further down":         `{"a":[{"b":{"c":1,"c":2}}]}`,
		"nesting past the limit":          `{"a":` + strings.Repeat("[", 32) + strings.Repeat("]", 32) + `}`,
		"objects past the limit":          strings.Repeat(`{"a":`, 33) + "1" + strings.Repeat("}", 33),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, ok := strictjson.ParseObject([]byte(text)); ok {
				t.Errorf("accepted %q", text)
			}
		})
	}
}

func TestTextsDoNotGrowIntoTheInput(t *testing.T) {
	t.Parallel()
	input := []byte(`{"a":"x","b":"y"}`)
	members, ok := strictjson.ParseObject(input)
	if !ok {
		t.Fatal("refused")
	}
	_ = append(members[0].Text, "canary"...)
	if got := string(members[1].Text); got != "y" || string(input) != `{"a":"x","b":"y"}` {
		t.Errorf("the next text is %q, the input %s", got, input)
	}
}

func TestIsNumber(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"0": true, "-1": true, "10": true, "1.5e-3": true,
		"": false, "007": false, "0x1f": false, "1_000": false, ".5": false, "1 ": false, "1,2": false,
	} {
		if got := strictjson.IsNumber([]byte(text)); got != want {
			t.Errorf("IsNumber(%q) = %v", text, got)
		}
	}
}

func TestAppendString(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "plain", "<&>", "\"\\/", "\x00\x1f\n\r\t\x7f", "\u2028\U0001F600"} {
		quoted := strictjson.AppendString([]byte("x"), []byte(text))
		var got string
		if err := json.Unmarshal(quoted[1:], &got); err != nil || got != text || quoted[0] != 'x' {
			t.Errorf("%q was written as %s", text, quoted)
		}
	}
}

// FuzzParseObject holds the parser against encoding/json: what it accepts is
// JSON and means the same there.
func FuzzParseObject(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"a":"\u00e9\ud83d\ude00","b":[1,{"c":null}],"d":-1.5e+3}`, `{"a":1,"a":2}`, `{"a":"\`, `[]`, "{\"a\":\"\xff\"}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		before := bytes.Clone(text)
		members, ok := strictjson.ParseObject(text)
		if !bytes.Equal(before, text) {
			t.Fatal("the input was changed")
		}
		if !ok {
			return
		}
		var oracle map[string]json.RawMessage
		if err := json.Unmarshal(text, &oracle); err != nil {
			t.Fatalf("accepted what is not JSON: %v", err)
		}
		if len(oracle) != len(members) {
			t.Fatalf("%d members, encoding/json has %d", len(members), len(oracle))
		}
		for _, m := range members {
			want := oracle[m.Key]
			if m.Kind != strictjson.String {
				if !bytes.Equal(want, m.Text) {
					t.Fatalf("member %q is %q, encoding/json has %q", m.Key, m.Text, want)
				}
				continue
			}
			var content string
			if err := json.Unmarshal(want, &content); err != nil || content != string(m.Text) {
				t.Fatalf("member %q is %q, encoding/json has %q", m.Key, m.Text, content)
			}
		}
	})
}
