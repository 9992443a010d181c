package rewrite_test

import (
	"strings"
	"testing"

	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/rewrite"
	"github.com/secretsgen/secretsgen/runtime/uri"
)

// FuzzApply puts two references into any text. What comes out has their canonical
// forms, where they have one and can be exchanged, and every other byte as it
// was; and applied to that it changes nothing.
func FuzzApply(f *testing.F) {
	f.Add("uri: ", "OpenBao+KV2://secret/a/?version=3#k", " # why\nuri: \"", "FILE://m/b?", "\"\n", true)
	f.Add("", "file://m/a#k:?", "\r\n", "file://m/*", "", false)
	f.Add("é\n`", "FILE://m/a/", "`\n\n'", "nothing", "'", true)
	f.Add("0", "", "0", "", "0", true)
	f.Fuzz(func(t *testing.T, head, first, between, second, tail string, exact bool) {
		if strings.Contains(head+first+between+second+tail, "§") {
			return
		}
		marked := func(a, b string) string { return head + "§" + a + "§" + between + "§" + b + "§" + tail }
		apply := func(a, b string) (string, *diag.List) {
			source, refs := referencesIn(marked(a, b))
			refs[1].Exact = exact
			var diags diag.List
			return string(rewrite.Apply([]byte(source), refs, anyMount(), &diags)), &diags
		}
		once, diags := apply(first, second)
		expect := func(text string, exact bool, before string) string {
			parsed, err := uri.Parse(text, anyMount())
			quoted := before != "" && strings.Contains("\"'`", before[len(before)-1:])
			if err != nil || !exact || !quoted && strings.HasSuffix(parsed.String(), ":") {
				return text
			}
			return parsed.String()
		}
		a, b := expect(first, true, head), expect(second, exact, head+first+between)
		if want := head + a + between + b + tail; once != want {
			t.Fatalf("got %q, want %q", once, want)
		}
		for _, text := range []string{a, b} {
			if text == "" {
				continue // its reader has reported it
			}
			parsed, err := uri.Parse(text, anyMount())
			if (err != nil || parsed.String() != text) && diags.Empty() {
				t.Fatalf("%q stays as it is without a finding", text)
			}
		}
		if twice, _ := apply(a, b); twice != once {
			t.Fatalf("applied twice %q, once %q", twice, once)
		}
	})
}
