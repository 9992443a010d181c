package check

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/emit"
	"github.com/secretsgen/secretsgen/gen/model"
	"github.com/secretsgen/secretsgen/gen/readyaml"
)

const declarations = `version: 1
tenant: {id: dev, mounts: [m]}
secrets:
  api: {token: {uri: "env://m/A"}, db: {a: {uri: "file://m/a", fields: {b: int}}}}
  db: {uri: "file://m/db", fields: {port: int, user: {pattern: "^[a-z]+$"}}}
  plain: {uri: "env://m/P"}
`

func readFile(t testing.TB, input string) *model.Package {
	t.Helper()
	p := &model.Package{Name: "config"}
	var diags diag.List
	readyaml.Read(p, []readyaml.File{{Name: "a.yaml", Base: "a.yaml", Data: []byte(input)}}, &diags)
	if !diags.Empty() {
		t.Fatalf("the reader found %v", diags.Sorted())
	}
	return p
}

// What is checked for collisions is what emit declares, for the default root and
// for another.
func TestIdentifiersAreThoseThatEmitDeclares(t *testing.T) {
	t.Parallel()
	for _, root := range []string{"Secrets", "App"} {
		t.Run(root, func(t *testing.T) {
			t.Parallel()
			p := readFile(t, declarations)
			p.Roots[0].Name = root
			var diags diag.List
			Check(p, &diags)
			if !diags.Empty() {
				t.Fatalf("Check found %v", diags.Sorted())
			}
			source, err := emit.File(p)
			if err != nil {
				t.Fatal(err)
			}
			file, err := parser.ParseFile(token.NewFileSet(), "", source, 0)
			if err != nil {
				t.Fatal(err)
			}
			c := checker{pkg: p, diags: &diags, declared: map[string]occupant{}}
			c.identifiers()
			want, got := declaredIn(file), slices.Sorted(maps.Keys(c.declared))
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("emit declares, and the list has (-want +got):\n%s", diff)
			}
		})
	}
}

func declaredIn(file *ast.File) []string {
	var all []string
	for _, decl := range file.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil {
				all = append(all, d.Name.Name)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch s := spec.(type) {
				case *ast.TypeSpec:
					all = append(all, s.Name.Name)
				case *ast.ValueSpec:
					if d.Tok == token.VAR {
						all = append(all, s.Names[0].Name)
					}
				}
			}
		}
	}
	slices.Sort(all)
	return all
}
