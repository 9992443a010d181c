package readtags

import (
	"os"
	"strings"
	"testing"

	"github.com/secretsgen/secretsgen/gen/model"
)

// TestTheSampleOfThePackageIsRead keeps the reference of this package true: it has
// no findings, and it shows every option and every kind.
func TestTheSampleOfThePackageIsRead(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	var sample strings.Builder
	for line := range strings.Lines(string(text)) {
		if code, ok := strings.CutPrefix(line, "//\t"); ok {
			sample.WriteString(code)
		}
	}
	p, found := readSource(t, map[string]string{"config.go": "package config\n" + strings.Replace(imports, "stdjson ", "", 1) +
		"type Limits struct{ N int }\n" + sample.String()})
	if p == nil || len(found) > 0 {
		t.Fatalf("package %v, findings %+v", p, found)
	}
	shown := map[model.Kind]bool{}
	for _, s := range p.Secrets {
		shown[s.Type.Kind] = true
		for _, f := range s.Fields {
			shown[f.Type.Kind] = true
		}
	}
	for _, kind := range append(model.Kinds(), model.Document, model.Named) {
		if !shown[kind] {
			t.Errorf("the sample has no secret of the kind %s", kind)
		}
	}
	for _, option := range secretOptions() {
		name := strings.TrimSuffix(option, "NAME")
		if !strings.Contains(sample.String(), `"`+name) && !strings.Contains(sample.String(), ","+name) {
			t.Errorf("the sample does not show the option %s", option)
		}
	}
}
