package check

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/emit"
	"github.com/secretsgen/secretsgen/gen/model"
	"github.com/secretsgen/secretsgen/gen/names"
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

// What is checked for collisions is what emit declares: for the default root, for
// another, for several that each have groups, documents and patterns, and for
// documents whose struct is the author's.
func TestIdentifiersAreThoseThatEmitDeclares(t *testing.T) {
	t.Parallel()
	tests := map[string]func(p *model.Package){
		"the default root": func(*model.Package) {},
		"another root":     func(p *model.Package) { p.Roots[0].Name = "App" },
		"several roots": func(p *model.Package) {
			for _, name := range []string{"App", "Jobs"} {
				root := &model.Root{Name: name}
				p.Roots = append(p.Roots, root)
				for _, s := range readFile(t, strings.NewReplacer("api", "api_"+name, "db", "db_"+name, "plain", "plain_"+name).Replace(declarations)).Secrets {
					s.Root = root
					p.Secrets = append(p.Secrets, s)
				}
			}
		},
		"structs of the author's": func(p *model.Package) {
			for _, s := range p.Secrets {
				if s.Type.Kind == model.Document {
					s.Type.Go = &model.GoType{Name: "Login"}
				}
				for i := range s.Fields {
					s.Fields[i].Name.Text = "Field" + strconv.Itoa(i)
				}
			}
		},
		"patterns in every field": func(p *model.Package) {
			for _, s := range p.Secrets {
				for i := range s.Fields {
					s.Fields[i].Type = model.Type{Kind: model.String, Limits: model.Limits{Pattern: &model.Literal{Text: "^a$"}}}
				}
			}
		},
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := readFile(t, declarations)
			p.ImportPath = "example.com/m/config"
			change(p)
			var diags diag.List
			Check(p, &diags)
			if !diags.Empty() {
				t.Fatalf("Check found %v", diags.Sorted())
			}
			c := checker{pkg: p, diags: &diags, declared: map[string]occupant{}}
			c.identifiers()
			if diff := cmp.Diff(parsed(t, p, emit.File), slices.Sorted(maps.Keys(c.declared))); diff != "" {
				t.Errorf("emit declares, and the list has (-want +got):\n%s", diff)
			}
			// In a fake the functions that c.fakes knows of are the only ones that the
			// accessors do not have.
			for _, identifier := range parsed(t, p, emit.Fake) {
				_, shared := c.declared[identifier]
				if own := slices.ContainsFunc(p.Roots, func(root *model.Root) bool {
					_, with := names.FakeFunctions(root.Name)
					return identifier == with
				}); own == shared {
					t.Errorf("%s is declared in the fake, and nothing compares it with its other identifiers", identifier)
				}
			}
		})
	}
}

// parsed are the identifiers that an emitted file declares.
func parsed(t *testing.T, p *model.Package, write func(*model.Package) ([]byte, error)) []string {
	t.Helper()
	source, err := write(p)
	if err != nil {
		t.Fatal(err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), "", source, 0)
	if err != nil {
		t.Fatal(err)
	}
	return declaredIn(file)
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
