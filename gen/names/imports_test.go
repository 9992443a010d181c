package names_test

import (
	"testing"

	"github.com/secretsgen/secretsgen/gen/names"
)

func TestValidImport(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		path string
		want bool
	}{
		"a path":                  {"example.com/provider/v2", true},
		"all that is legal":       {"azAZ09-_/a.b~+", true},
		"the standard library's":  {"time", true},
		"nothing":                 {"", false},
		"cgo":                     {"C", false},
		"this folder":             {".", false},
		"a relative path":         {"./provider", false},
		"a folder above":          {"../provider", false},
		"a way back":              {"example.com/../provider", false},
		"an absolute path":        {"/provider", false},
		"a slash at the end":      {"example.com/", false},
		"a flag":                  {"-provider", false},
		"a space":                 {"example.com/a b", false},
		"a quote":                 {"example.com/\"a", false},
		"a line break":            {"example.com/a\nb", false},
		"a letter like an a":      {"ex\u0430mple.com", false},
		"a version of the module": {"example.com/a@v1", false},
		"package unsafe":          {"unsafe", false},
		"a pattern":               {"example.com/...", false},
		"a pattern in a name":     {"example.com/a...b", false},
		"a device of Windows":     {"example.com/nul/a", false},
		"two slashes":             {"example.com//a", false},
		"a folder of dots":        {"example.com/.git", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := names.ValidImport(test.path); got != test.want {
				t.Errorf("ValidImport(%q) = %v, want %v", test.path, got, test.want)
			}
		})
	}
}
