package readtags

import (
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTagsKeepTheirPlaces(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		literal string
		text    string
		at      []int // of each byte of text, and of the end, in the literal
	}{
		{"a raw string", "`a:\"b\"`", `a:"b"`, []int{1, 2, 3, 4, 5, 6}},
		{"an interpreted string without escapes", `"abc"`, "abc", []int{1, 2, 3, 4}},
		{"escaped quotes", `"a:\"b\""`, `a:"b"`, []int{1, 2, 3, 5, 6, 8}},
		{"an escape that stands for two bytes", `"\u00e9b"`, "éb", []int{1, 1, 7, 8}},
		{"escapes that stand for one byte", `"\xc3\251b"`, "éb", []int{1, 5, 9, 10}},
		{"a carriage return, which Go drops", "`a\rb`", "ab", []int{1, 3, 4}},
		{"no bytes at all", "``", "", []int{1}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			const start = 100
			got := newTag(test.literal, start)
			var at []int
			for i := range len(got.text) + 1 {
				at = append(at, got.offset(i)-start)
			}
			if diff := cmp.Diff(test.text, got.text); diff != "" {
				t.Errorf("text (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.at, at); diff != "" {
				t.Errorf("offsets (-want +got):\n%s", diff)
			}
		})
	}
}

// FuzzTag holds the splitting of tags to that of the standard library: what is
// split without a fault, reflect.StructTag reads the same, and each value
// without escapes stands in the literal where it is said to.
func FuzzTag(f *testing.F) {
	for _, text := range []string{
		"", ` `, `a:"b"`, `a:"b" a:"c"`, `secret:"file://m/a#k" secretopt:"encoding=hex"`,
		`a:"b\"c"`, `a:"b`, `a: "b"`, `a:"b"c:"d"`, `:"b"`, "a:\"b\"\nc:\"d\"", "a:\"\r\"", `a:"é"`, "a:\"\xff\"", "a:`b`",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		literals := []string{strconv.Quote(text), strconv.QuoteToASCII(text)}
		if !strings.Contains(text, "`") {
			literals = append(literals, "`"+text+"`")
		}
		for _, literal := range literals {
			tag := newTag(literal, 0)
			if literal[0] == '"' && tag.text != text {
				t.Fatalf("text of %s is %q, want %q", literal, tag.text, text)
			}
			pairs, fault := tag.pairs()
			if fault != nil && (fault.at < 0 || fault.at > len(tag.text)) {
				t.Fatalf("fault at %d of %q", fault.at, tag.text)
			}
			seen := map[string]bool{}
			for _, p := range pairs {
				if want, _ := reflect.StructTag(tag.text).Lookup(p.key); !seen[p.key] && want != p.value {
					t.Fatalf("value of %q in %q is %q, want %q", p.key, tag.text, p.value, want)
				}
				seen[p.key] = true
				if p.plain && tag.contiguous(p.valueAt, len(p.value)) {
					if got := literal[tag.offset(p.valueAt):tag.offset(p.valueAt+len(p.value))]; got != p.value {
						t.Fatalf("literal %s has %q where the value is to be, want %q", literal, got, p.value)
					}
				}
			}
		}
	})
}
