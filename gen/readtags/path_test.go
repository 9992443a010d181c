package readtags

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSiblingsInDeepGroupsKeepTheirPaths(t *testing.T) {
	t.Parallel()
	p, found := readSource(t, map[string]string{
		"config.go": "package config\ntype appSecrets struct { A struct { B struct { C struct {\n" +
			"\tD string `secret:\"file://m/d\"`\n\tE, F string `secret:\"file://m/e\"`\n} } } }\n",
	})
	if p == nil || len(found) > 0 {
		t.Fatalf("package %v, findings %v", p, lines(found))
	}
	var paths []string
	for _, s := range p.Secrets {
		path := ""
		for _, name := range s.Path {
			path += "/" + name.Text
		}
		paths = append(paths, path)
	}
	if diff := cmp.Diff([]string{"/A/B/C/D", "/A/B/C/E", "/A/B/C/F"}, paths); diff != "" {
		t.Errorf("paths (-want +got):\n%s", diff)
	}
	if p.Roots[0].Name != "AppSecrets" {
		t.Errorf("root is %q, want the declaration's exported name", p.Roots[0].Name)
	}
}
