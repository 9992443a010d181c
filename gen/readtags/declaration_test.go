package readtags

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/gen/model"
)

// paths shows the secrets of a package as "Root.Group.Name".
func paths(p *model.Package) []string {
	if p == nil {
		return nil
	}
	var shown []string
	for _, s := range p.Secrets {
		path := s.Root.Name
		for _, name := range s.Path {
			path += "." + name.Text
		}
		shown = append(shown, path)
	}
	return shown
}

func structNames(p *model.Package) string {
	var names []string
	for _, s := range p.Structs {
		names = append(names, s.Name)
	}
	return strings.Join(names, " ")
}

func TestDeclarations(t *testing.T) {
	t.Parallel()
	const token = "{ Token string `secret:\"file://m/token\"` }\n"
	tests := []struct {
		name    string
		source  string
		want    []string
		structs string
	}{
		{
			"two in one file, in order",
			"type secrets struct" + token + "type appSecrets struct" + token,
			[]string{"Secrets.Token", "AppSecrets.Token"},
			"secrets appSecrets",
		},
		{
			"one of the groups of another type",
			"type secrets struct { API api; Other *int `secret:\"file://m/o\"` }\ntype api struct" + token,
			[]string{"Secrets.API.Token", "Secrets.Other"},
			"secrets api",
		},
		{
			"a group that is declared before, and exported",
			"type API struct" + token + "type secrets struct { API API }",
			[]string{"Secrets.API.Token"},
			"API secrets",
		},
		{
			"groups of groups of other types",
			"type c struct" + token + "type b struct { C c }\ntype secrets struct { A struct { B b } }",
			[]string{"Secrets.A.B.C.Token"},
			"c b secrets",
		},
		{
			"several groups of one type",
			"type secrets struct { Primary, Replica db; Old db }\ntype db struct" + token,
			[]string{"Secrets.Primary.Token", "Secrets.Replica.Token", "Secrets.Old.Token"},
			"secrets db",
		},
		{
			"a group of two declarations",
			"type secrets struct { DB db }\ntype db struct" + token + "type others struct { DB db }\n",
			[]string{"Secrets.DB.Token", "Others.DB.Token"},
			"secrets db others",
		},
		{
			"an embedded struct, whose members are the group's own",
			"type secrets struct { base; A string `secret:\"file://m/a\"`; G struct { base } }\ntype base struct" + token,
			[]string{"Secrets.Token", "Secrets.A", "Secrets.G.Token"},
			"secrets base",
		},
		{
			"a struct that only embeds",
			"type secrets struct { base }\ntype base struct" + token,
			[]string{"Secrets.Token"},
			"secrets base",
		},
		{
			"an embedded document, by the name of its type",
			"type secrets struct { Login `secret:\"file://m/login\"` }\ntype Login struct { User string }",
			[]string{"Secrets.Login"},
			"secrets Login",
		},
		{
			"an alias of a group, and one of a struct type",
			"type API = api\ntype api struct" + token + "type Other = struct" + token + "type secrets struct { API API; Other Other }",
			[]string{"Secrets.API.Token", "Secrets.Other.Token"},
			"api Other secrets",
		},
		{
			"a document whose fields have keys, which is no declaration",
			"type secrets struct { Login login `secret:\"file://m/login\"` }\ntype login struct { User string `secret:\"#user\"` }",
			[]string{"Secrets.Login"},
			"secrets login",
		},
		{
			"a struct in parentheses",
			"type secrets (struct" + strings.TrimSpace(token) + ")",
			[]string{"Secrets.Token"},
			"secrets",
		},
		{
			"a struct that reads itself or is decoded from JSON says nothing itself",
			"type secrets struct { A level `secret:\"file://m/a\"`; B plain `secret:\"file://m/b\" secretopt:\"type=json\"` }\n" +
				"type level struct { n int }\nfunc (l *level) UnmarshalText([]byte) error { return nil }\ntype plain struct { N int }",
			[]string{"Secrets.A", "Secrets.B"},
			"secrets",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p, found := readSource(t, map[string]string{"config.go": "package config\n" + test.source + "\n"})
			if diff := cmp.Diff(test.want, paths(p)); diff != "" || len(found) > 0 {
				t.Fatalf("findings %v, secrets (-want +got):\n%s", lines(found), diff)
			}
			if got := structNames(p); got != test.structs {
				t.Errorf("structs are %q, want %q", got, test.structs)
			}
			for _, root := range p.Roots {
				if root.Struct == nil || rootName(root.Struct.Name) != root.Name || root.Pos != root.Struct.Pos {
					t.Errorf("root %+v is not that of its struct", root)
				}
			}
		})
	}
}

func TestDeclarationsOfSeveralFilesKeepTheirOrder(t *testing.T) {
	t.Parallel()
	p, found := readSource(t, map[string]string{
		"b.go": "package config\ntype second struct { DB db }\n",
		"a.go": "package config\ntype first struct { A string `secret:\"file://m/a\"` }\n",
		"c.go": "package config\ntype db struct { Login login `secret:\"file://m/l\"` }\n",
		"d.go": "package config\ntype login struct { User string }\n",
		"e.go": "package config\ntype other struct { User string }\n",
	})
	if diff := cmp.Diff([]string{"First.A", "Second.DB.Login"}, paths(p)); diff != "" || len(found) > 0 {
		t.Fatalf("findings %v, secrets (-want +got):\n%s", lines(found), diff)
	}
	if diff := cmp.Diff([]string{"a.go", "b.go", "c.go", "d.go"}, p.Sources); diff != "" {
		t.Errorf("sources (-want +got):\n%s", diff)
	}
	if got := structNames(p); got != "first second db login" {
		t.Errorf("structs are %q, want those of each file in order", got)
	}
}

func TestSecretsShareTheFieldsOfAStructAndNothingElse(t *testing.T) {
	t.Parallel()
	const login = "type login struct { User string }\n"
	tests := map[string]string{
		"of one group's type":    "type secrets struct { A, B db }\ntype db struct { L login `secret:\"file://m/l\" secretopt:\"profile.ci=file://m/ci\"` }\n" + login,
		"of one document's type": "type secrets struct {\n\tA login `secret:\"file://m/a\" secretopt:\"profile.ci=file://m/ci\"`\n\tB login `secret:\"file://m/b\" secretopt:\"profile.ci=file://m/ci\"`\n}\n" + login,
		"of one field":           "type secrets struct { A, B login `secret:\"file://m/l\" secretopt:\"profile.ci=file://m/ci\"` }\n" + login,
		"of two declarations":    "type one struct { db }\ntype two struct { db }\ntype db struct { L login `secret:\"file://m/l\" secretopt:\"profile.ci=file://m/ci\"` }\n" + login,
	}
	for name, source := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, _ := readSource(t, map[string]string{"config.go": "package config\n" + source})
			if got := len(p.Secrets); got != 2 {
				t.Fatalf("%d secrets, want 2", got)
			}
			for i, changed := range p.Secrets {
				other := p.Secrets[1-i]
				changed.Profiles[0].Name, changed.Path[0].Go = "changed", "changed"
				if other.Profiles[0].Name != "ci" || other.Path[0].Go != "" {
					t.Errorf("a change of one secret changes the other: %+v", other)
				}
				if &other.Fields[0] != &changed.Fields[0] {
					t.Error("the fields of one struct are there twice: a struct of many, used often, would take their product")
				}
				changed.Profiles[0].Name, changed.Path[0].Go = "ci", ""
			}
		})
	}
}

func TestGroupsThatMultiplyAreRefused(t *testing.T) {
	t.Parallel()
	var source strings.Builder
	source.WriteString("package config\ntype §secrets struct { A, B g0 }\n")
	for i := range 25 {
		fmt.Fprintf(&source, "type g%d struct { A, B g%d }\n", i, i+1)
	}
	source.WriteString("type g25 struct { A string `secret:\"file://m/a\"` }\n")
	text, places := unmark("config.go", source.String())
	_, found := readSource(t, map[string]string{"config.go": text})
	if diff := cmp.Diff([]string{places[0].String() + " LIMIT"}, lines(found)); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

func TestStructsThatContainEachOtherAreReportedOnce(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"a declaration in itself":        "type secrets struct { §A secrets; B secrets; T string `secret:\"file://m/t\"` }",
		"two declarations in each other": "type a struct { B b; T string `secret:\"file://m/t\"` }\ntype b struct { §A a }",
		"a circle below two declarations": "type one struct { C c }\ntype two struct { D d }\n" +
			"type c struct { D d }\ntype d struct { §C c; T string `secret:\"file://m/t\"` }",
		"an embedded one": "type secrets struct { g }\ntype g struct { A struct { §g }; T string `secret:\"file://m/t\"` }",
	}
	for name, source := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, places := unmark("config.go", "package config\n"+source+"\n")
			_, found := readSource(t, map[string]string{"config.go": text})
			if diff := cmp.Diff([]string{places[0].String() + " INVALID_VALUE"}, lines(found)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}
