package gen_test

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/gen"
	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/model"
	"github.com/secretsgen/secretsgen/gen/schema"
)

// allKinds are the kinds that a declaration can have, by name or by what it holds.
func allKinds() []model.Kind { return append(model.Kinds(), model.Document, model.Named) }

// TestKindsAreAllThatThereAre compares them with the constants of package model.
func TestKindsAreAllThatThereAre(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(token.NewFileSet(), "model/type.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var want []model.Kind
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || fmt.Sprint(spec.Type) != "Kind" {
			return true
		}
		for _, value := range spec.Values {
			text, err := strconv.Unquote(value.(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, model.Kind(text))
		}
		return false
	})
	if diff := cmp.Diff(want, allKinds()); diff != "" {
		t.Errorf("kinds (-constants +list):\n%s", diff)
	}
}

// TestEveryKindHasAGoldenCaseInBothForms looks at the declarations of the golden
// module; that they give what stands there is for TestGolden.
func TestEveryKindHasAGoldenCaseInBothForms(t *testing.T) {
	t.Parallel()
	var diags diag.List
	project, err := gen.Load(t.Context(), gen.Source{Dir: goldenDir}, &diags)
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]map[model.Kind]bool{"yaml": {}, "tags": {}}
	for _, p := range project.Packages {
		form := shown[path.Dir(p.Dir)]
		if form == nil || p.Model == nil {
			continue
		}
		for _, s := range p.Model.Secrets {
			form[s.Type.Kind] = true
			for _, f := range s.Fields {
				form[f.Type.Kind] = true
			}
		}
	}
	for form, kinds := range shown {
		for _, kind := range allKinds() {
			if !kinds[kind] {
				t.Errorf("no golden case below %s has the kind %s", form, kind)
			}
		}
	}
}

// TestEveryKindHasADecoder generates from a declaration of each kind, as a secret
// and where that can be as a field, which must compile.
func TestEveryKindHasADecoder(t *testing.T) {
	t.Parallel()
	for _, kind := range allKinds() {
		secret, field := "type: "+string(kind), "type: "+string(kind)
		switch kind {
		case model.Document:
			secret, field = "fields: {k: string}", ""
		case model.Named:
			secret, field = "type: Level", "type: net/netip.AddrPort"
		}
		if kind.ReadsDocuments() {
			field = ""
		}
		declarations := tenant + fmt.Sprintf("secrets:\n  a: {uri: \"file://secret/a\", %s}\n", secret)
		if field != "" {
			declarations += fmt.Sprintf("  b: {uri: \"file://secret/b\", fields: {f: {%s}}}\n", field)
		}
		if !generated(t, []byte(declarations), "netip") {
			t.Errorf("a declaration of the kind %s is not accepted:\n%s", kind, declarations)
		}
	}
}

func TestTheSchemaHasEveryKind(t *testing.T) {
	t.Parallel()
	var root struct {
		Defs struct {
			Type struct {
				AnyOf []struct{ Enum []model.Kind }
			}
		} `json:"$defs"`
	}
	if err := json.Unmarshal(schema.JSON(), &root); err != nil {
		t.Fatal(err)
	}
	var got []model.Kind
	for _, choice := range root.Defs.Type.AnyOf {
		got = slices.Concat(got, choice.Enum)
	}
	if diff := cmp.Diff(model.Kinds(), got); diff != "" {
		t.Errorf("types of the schema (-want +got):\n%s", diff)
	}
}
