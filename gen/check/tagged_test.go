package check_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/gen/check"
	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/model"
	"github.com/secretsgen/secretsgen/gen/readyaml"
)

// tagged is a package with one tagged struct and one secret of a named type.
func tagged(structName, root, goType string, path ...string) *model.Package {
	at := func(col int) diag.Pos { return diag.Pos{File: "secrets.go", Line: 5, Col: col} }
	declaring := &model.Struct{Name: structName, Pos: diag.Pos{File: "secrets.go", Line: 3, Col: 6}}
	s := &model.Secret{
		Root:   &model.Root{Name: root, Struct: declaring},
		Ref:    model.Reference{Text: "file://m/a", Pos: at(40)},
		Type:   model.Type{Kind: model.Document, Pos: at(20)},
		Fields: []model.Field{{Name: model.Name{Text: "Value", Pos: at(50)}, Type: model.Type{Kind: model.String}}},
	}
	if goType != "" {
		s.Type.Go = &model.GoType{Name: goType, Pos: at(20)}
	}
	for i, text := range path {
		s.Path = append(s.Path, model.Name{Text: text, Pos: at(i + 2)})
	}
	return &model.Package{
		Name:    "config",
		Roots:   []*model.Root{s.Root},
		Tenant:  model.Tenant{ID: "dev", Mounts: []string{"m"}},
		Secrets: []*model.Secret{s},
		Structs: []*model.Struct{declaring},
	}
}

// declaring adds identifiers of the author's to a package, a line each.
func declaring(p *model.Package, identifiers ...string) *model.Package {
	for i, name := range identifiers {
		p.Declared = append(p.Declared, model.Identifier{Name: name, Pos: diag.Pos{File: "secrets.go", Line: 7 + i, Col: 1}})
	}
	return p
}

func TestCheckFindsCollisionsWithTheAuthorsIdentifiers(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		pkg  *model.Package
		want []string
	}{
		"none, whatever the fields of an own type are called": {
			tagged("secrets", "Secrets", "DBLogin", "DB"), []string{},
		},
		"the struct and an import": {tagged("env", "Env", "DBLogin", "DB"), []string{
			"secrets.go:3:6 NAME_COLLISION the tagged struct has the name of a package that generated code imports",
		}},
		"the type of a field and an import": {tagged("secrets", "Secrets", "file", "DB"), []string{
			"secrets.go:5:20 NAME_COLLISION the type file has the name of a package that generated code imports",
		}},
		"the type of a field and that of a group": {tagged("secrets", "Secrets", "SecretsAPI", "API", "DB"), []string{
			"secrets.go:5:20 NAME_COLLISION the type SecretsAPI has the name of the type of the group API [secrets.go:5:2 the type of the group API]",
		}},
		"the type of a field and the root": {tagged("secrets", "Secrets", "Secrets", "DB"), []string{
			"secrets.go:5:20 NAME_COLLISION the type Secrets has the name of the root type Secrets",
		}},
		"the struct and Go's own": {tagged("error", "Error", "DBLogin", "DB"), []string{
			"secrets.go:3:6 NAME_COLLISION the tagged struct has the name of an identifier of Go's own that generated code needs",
		}},
		"a variable of the decoder": {tagged("secrets", "Secrets", "f", "DB"), []string{
			"secrets.go:5:20 NAME_COLLISION the type f has the name of a variable of the function that decodes it",
		}},
		"a parameter of the decoder": {tagged("secrets", "Secrets", "doc", "DB"), []string{
			"secrets.go:5:20 NAME_COLLISION the type doc has the name of a variable of the function that decodes it",
		}},
		"what else the package declares": {declaring(tagged("secrets", "Secrets", "DBLogin", "DB"),
			"secrets", "DBLogin", "env", "v", "Open", "errors", "append", "decodeDBLogin", "any", "true"), []string{
			"secrets.go:11:1 NAME_COLLISION the identifier Open has the name of the generated function Open",
			"secrets.go:12:1 NAME_COLLISION the identifier errors has the name of a package that generated code imports",
			"secrets.go:13:1 NAME_COLLISION the identifier append has the name of an identifier of Go's own that generated code needs",
			"secrets.go:14:1 NAME_COLLISION the identifier decodeDBLogin has the name of the function that decodes the type DBLogin [secrets.go:5:20 the function that decodes the type DBLogin]",
			"secrets.go:16:1 NAME_COLLISION the identifier true has the name of an identifier of Go's own that generated code needs",
		}},
		"a type in other letters": {tagged("secrets", "Secrets", "Größe", "DB"), []string{
			"secrets.go:5:20 INVALID_NAME the name of this type has letters that generated code never has",
		}},
		"a field of an anonymous struct": {tagged("secrets", "Secrets", "", "DB"), []string{
			"secrets.go:5:50 NAME_COLLISION the field Value would be Value in Go, which is a method that Go gives a meaning",
		}},
		"a root in other letters": {tagged("größe", "Größe", "DBLogin", "DB"), []string{
			"secrets.go:3:6 INVALID_NAME the root is not an exported Go identifier",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var diags diag.List
			check.Check(test.pkg, &diags)
			if diff := cmp.Diff(test.want, lines(diags.Sorted())); diff != "" {
				t.Errorf("Check (-want +got):\n%s", diff)
			}
		})
	}
}

// A tagged struct may stand beside YAML files, and a group in both.
func TestCheckJoinsGroupsOfBothForms(t *testing.T) {
	t.Parallel()
	p := tagged("secrets", "Secrets", "DBLogin", "DB", "Login")
	fromYAML, _ := judge(t, header+"secrets: {db: {url: {uri: \"env://m/A\"}}}\n")
	p.Secrets = append(p.Secrets, fromYAML.Secrets...)
	var diags diag.List
	check.Check(p, &diags)
	if !diags.Empty() {
		t.Errorf("Check found %v", lines(diags.Sorted()))
	}
}

func TestCheckFindsASecretInTwoFiles(t *testing.T) {
	t.Parallel()
	var diags diag.List
	p := &model.Package{Name: "config"}
	readyaml.Read(p, []readyaml.File{
		{Name: "a.yaml", Base: "a.yaml", Data: []byte(header + "secrets: {g: {db: {uri: \"env://m/A\"}}}\n")},
		{Name: "b.yaml", Base: "b.yaml", Data: []byte("version: 1\nsecrets: {g: {DB: {uri: \"env://m/A\"}, db: {uri: \"env://m/A\"}}}\n")},
	}, &diags)
	check.Check(p, &diags)
	want := []string{
		"b.yaml:2:15 NAME_COLLISION the secret g.DB would be DB in Go, which is the secret g.db [a.yaml:3:15 the secret g.db]",
		"b.yaml:2:39 DUPLICATE_NAME the secret g.db is declared twice [a.yaml:3:15 the secret g.db]",
	}
	if diff := cmp.Diff(want, lines(diags.Sorted())); diff != "" {
		t.Errorf("Check (-want +got):\n%s", diff)
	}
}

func TestCheckWithoutAFilePointsAtTheStructOrTheFolder(t *testing.T) {
	t.Parallel()
	p := tagged("secrets", "Secrets", "DBLogin", "DB")
	p.Tenant = model.Tenant{}
	var diags diag.List
	check.Check(p, &diags)
	want := []string{
		"secrets.go:3:6 MISSING_MOUNTS the tenant has no mounts, and would be allowed nothing",
		"secrets.go:3:6 MISSING_TENANT the package has no tenant",
	}
	if diff := cmp.Diff(want, lines(diags.Sorted())); diff != "" {
		t.Errorf("with a struct (-want +got):\n%s", diff)
	}
	diags = diag.List{}
	check.Check(&model.Package{Dir: "dir", Name: "", Roots: []*model.Root{{Name: "Secrets"}}, Tenant: model.Tenant{ID: "dev", Mounts: []string{"m"}}}, &diags)
	want = []string{"dir INVALID_NAME the package has no name that generated code can have"}
	if diff := cmp.Diff(want, lines(diags.Sorted())); diff != "" {
		t.Errorf("with nothing (-want +got):\n%s", diff)
	}
}

// A name that is invalid is a finding by itself, and what comes of it none.
func TestCheckFindsNoAccessorTwiceWhereANameIsInvalid(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		path []string
		want []string
	}{
		"the names are valid": {[]string{"API", "Token"}, []string{
			"secrets.go:5:3 DUPLICATE_NAME the accessor api.token is declared in two structs of the package [secrets.go:5:3 the first one]",
		}},
		"the secret's is not": {[]string{"API", "Größe"}, nil},
		"the group's is not":  {[]string{"Größe", "Token"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, other := tagged("secrets", "Secrets", "Login", test.path...), tagged("jobs", "Jobs", "Login", test.path...)
			p.Roots, p.Secrets, p.Structs = append(p.Roots, other.Roots...), append(p.Secrets, other.Secrets...), append(p.Structs, other.Structs...)
			for _, s := range p.Secrets {
				s.Pos = s.Path[len(s.Path)-1].Pos
			}
			var diags diag.List
			check.Check(p, &diags)
			var got []string
			for _, line := range lines(diags.Sorted()) {
				if strings.Contains(line, string(diag.DuplicateName)) {
					got = append(got, line)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("of %v (-want +got):\n%s", lines(diags.Sorted()), diff)
			}
		})
	}
}

// A default stands in a file for everybody to read.
func TestCheckRefusesADefaultThatMayBeACredential(t *testing.T) {
	t.Parallel()
	const secret = header + "secrets: {a: {uri: \"env://m/A\", type: %s, default: %q%s}}\n"
	for kind, credential := range map[string]bool{
		"string": true, "bytes": true, "url": true,
		"int": false, "float": false, "bool": false, "duration": false, "time": false,
	} {
		text := map[string]string{
			"string": "canary", "bytes": "canary", "url": "https://canary.test", "int": "1", "float": "0.5", "bool": "true",
			"duration": "1s", "time": "2026-01-02T15:04:05Z",
		}[kind]
		for insecure, refused := range map[string]bool{"": credential, ", insecure_default: true": false} {
			_, diags := judge(t, fmt.Sprintf(secret, kind, text, insecure))
			codes := []diag.Code{}
			for _, d := range diags {
				codes = append(codes, d.Code)
			}
			want := []diag.Code{}
			if refused {
				want = append(want, diag.InsecureDefault)
			}
			if diff := cmp.Diff(want, codes); diff != "" {
				t.Errorf("type: %s%s (-want +got):\n%s", kind, insecure, diff)
			}
		}
	}
}
