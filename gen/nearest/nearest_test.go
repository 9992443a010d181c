package nearest_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/gen/nearest"
)

func TestWord(t *testing.T) {
	t.Parallel()
	verbs := []string{"check", "fmt", "generate", "uri", "version"}
	for name, tt := range map[string]struct {
		typed string
		known []string
		want  string
	}{
		"the word itself":               {"check", verbs, "check"},
		"its beginning":                 {"gen", verbs, "generate"},
		"its beginning before a near":   {"fields", []string{"field", "fields2"}, "fields2"},
		"a letter too few":              {"chek", verbs, "check"},
		"a letter too many":             {"urri", verbs, "uri"},
		"another letter":                {"url", verbs, "uri"},
		"two letters swapped":           {"fmt", []string{"mft"}, "mft"},
		"two letters off":               {"genarata", verbs, "generate"},
		"three letters off":             {"ganarata", verbs, ""},
		"two letters too many":          {"versionxy", verbs, "version"},
		"three letters too many":        {"versionxyz", verbs, ""},
		"the nearest of several":        {"fieldz", []string{"fildsx", "fields"}, "fields"},
		"the first of the same":         {"xa", []string{"xab", "xac"}, "xab"},
		"a short word, two letters off": {"fxx", verbs, ""},
		"nothing typed":                 {"", verbs, ""},
		"nothing known":                 {"check", nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, nearest.Word(tt.typed, tt.known)); diff != "" {
				t.Errorf("Word(%q) (-want +got):\n%s", tt.typed, diff)
			}
		})
	}
}
