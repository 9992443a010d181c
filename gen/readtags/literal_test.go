package readtags

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLiteralsDoNotDependOnTheAuthorsSpacing(t *testing.T) {
	t.Parallel()
	sources := map[string]string{
		"set out as gofmt does": "type secrets struct {\n\tA struct {\n\t\tB string `secret:\"file://m/b\"`\n\t}\n\tLonger int `secret:\"file://m/c\"`\n}",
		"on one line":           "type secrets struct { A struct { B string `secret:\"file://m/b\"` }; Longer int `secret:\"file://m/c\"` }",
		"with comments and empty lines": "type secrets struct {\n\t// Group.\n\tA struct {\n\n\t\t// Field.\n\t\tB string `secret:\"file://m/b\"` // Line.\n\t}\n\n\n" +
			"\t/* More. */ Longer int `secret:\"file://m/c\"`\n}",
		"with parentheses": "type secrets struct {\n\tA (struct {\n\t\t// Field.\n\t\tB string `secret:\"file://m/b\"`\n\t})\n\tLonger int `secret:\"file://m/c\"`\n}",
	}
	const want = "struct {\n\tA struct {\n\t\tB string `secret:\"file://m/b\"`\n\t}\n\tLonger int `secret:\"file://m/c\"`\n}"
	for name, source := range sources {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, found := readSource(t, map[string]string{"config.go": "package config\n" + source + "\n"})
			if p == nil || len(found) > 0 {
				t.Fatalf("package %v, findings %v", p, lines(found))
			}
			if diff := cmp.Diff(want, p.Structs[0].Source); diff != "" {
				t.Errorf("source (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReferencesBehindEscapesAreNotExact(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		tag   string
		exact bool
	}{
		"a raw tag":                                 {"`secret:\"file://m/a\"`", true},
		"escaped quotes around the reference":       {`"secret:\"file://m/a\""`, true},
		"an escape of Go in the reference":          {`"secret:\"file://m/\x61\""`, false},
		"an escape of the tag in the reference":     {"`secret:\"file://m/\\x61\"`", false},
		"a carriage return that Go drops inside it": {"`secret:\"file://m/\ra\"`", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, _ := readSource(t, map[string]string{"config.go": "package config\ntype secrets struct { A string " + test.tag + " }\n"})
			if p == nil || len(p.Secrets) != 1 {
				t.Fatalf("package is %+v, want one with a secret", p)
			}
			if ref := p.Secrets[0].Ref; ref.Text != "file://m/a" || ref.Exact != test.exact {
				t.Errorf("reference is %+v, want file://m/a with Exact %t", ref, test.exact)
			}
		})
	}
}
