package readtags

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/gen/model"
)

// TestTheKnownTypesAreOneForEachKind declares a secret of every type that a
// finding about another one names.
func TestTheKnownTypesAreOneForEachKind(t *testing.T) {
	t.Parallel()
	list, last, found := strings.Cut(strings.TrimPrefix(knownTypes, "use "), ", or ")
	if !found || last != "a named type that reads itself" {
		t.Fatalf("the list is %q", knownTypes)
	}
	var b strings.Builder
	known := strings.Split(list, ", ")
	for i, goType := range known {
		fmt.Fprintf(&b, "\tField%d %s `secret:\"file://m/a\"`\n", i, goType)
	}
	p, findings := readSource(t, map[string]string{"config.go": "package config\n" + strings.Replace(imports, "stdjson ", "", 1) + "type secrets struct {\n" + b.String() + "}\n"})
	if p == nil || len(findings) > 0 {
		t.Fatalf("package %v, findings %+v", p, findings)
	}
	want, got := map[model.Kind]int{}, map[model.Kind]int{}
	for _, kind := range model.Kinds() {
		want[kind] = 1
	}
	for _, s := range p.Secrets {
		got[s.Type.Kind]++
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("kinds (-want +got):\n%s", diff)
	}
}
