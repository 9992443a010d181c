package emit_test

import (
	"go/format"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestDescriptionStaysInItsComment(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name        string
		description string
		want        string
	}{
		{"none", "", "// Token reads api.token."},
		{"blank", " \n\u200b\t", "// Token reads api.token."},
		{"without a final stop", "the token", "// Token reads api.token: the token"},
		{"a new line and code", "a\nfunc init() {}", "// Token reads api.token: a func init() {}"},
		{"a carriage return and code", "a\rfunc init() {}", "// Token reads api.token: a func init() {}"},
		{"other line ends", "a\u2028b\u2029c\u0085d\ve\ff", "// Token reads api.token: a b c d e f"},
		{"a compiler directive", "\n//go:linkname a b", "// Token reads api.token: //go:linkname a b"},
		{"a line directive", "\n//line x.go:1", "// Token reads api.token: //line x.go:1"},
		{"an export directive", "\n//export X", "// Token reads api.token: //export X"},
		{"a build constraint", "\n// +build ignore", "// Token reads api.token: // +build ignore"},
		{"the end of a block comment", "*/ import \"os\" /*", "// Token reads api.token: */ import \"os\" /*"},
		{"a nul byte", "a\x00b", "// Token reads api.token: ab"},
		{"bytes that are not UTF-8", "a\xff\xfeb", "// Token reads api.token: ab"},
		{"a byte order mark", "a\ufeffb", "// Token reads api.token: ab"},
		{"bidirectional overrides", "a\u202eb\u2066c", "// Token reads api.token: abc"},
		{"quotes of backquotes, as gofmt has them", "the ``old'' token", "// Token reads api.token: the “old” token"},
		{"letters of another script", "Schlüssel der Kasse", "// Token reads api.token: Schlüssel der Kasse"},
		{
			"a build constraint that may not begin a line where it would break",
			"A constraint that stands right where the line is to be +build ignore",
			"// Token reads api.token: A constraint that stands right where the line is to\n// be +build ignore",
		},
		{
			"a directive that may not begin a line where it would break",
			"A directive that stands right where the line is to be go:embed x",
			"// Token reads api.token: A directive that stands right where the line is to\n// be go:embed x",
		},
		{
			"a word longer than a line",
			strings.Repeat("x", 100) + " y",
			"// Token reads api.token:\n// " + strings.Repeat("x", 100) + "\n// y",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := quickstart(t)
			p.Secrets[0].Description = tt.description
			src := generate(t, p)
			before, _, _ := strings.Cut(src, "\nfunc (a SecretsAPI) Token(")
			_, doc, _ := strings.Cut(before, "func New(")
			_, doc, _ = strings.Cut(doc, "\n}\n\n")
			if diff := cmp.Diff(tt.want, doc); diff != "" {
				t.Errorf("doc comment (-want +got):\n%s", diff)
			}
			formatted, err := format.Source([]byte(src))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(formatted), src); diff != "" {
				t.Errorf("gofmt would change the file (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLongDescriptionsAreWrapped(t *testing.T) {
	t.Parallel()
	p := quickstart(t)
	p.Secrets[0].Description = strings.Repeat("größer ", 200)
	p.Secrets[1].Fields[0].Description = strings.Repeat("word ", 200)
	src := generate(t, p)
	if n := strings.Count(src, "größer"); n != 200 {
		t.Errorf("%d words of the description are left, want 200", n)
	}
	for line := range strings.Lines(src) {
		if text := strings.TrimSpace(line); strings.HasPrefix(text, "//") && utf8.RuneCountInString(text) > 80 {
			t.Errorf("comment line of %d characters: %s", utf8.RuneCountInString(text), text)
		}
	}
}
