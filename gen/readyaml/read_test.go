package readyaml_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/model"
	"github.com/secretsgen/secretsgen/gen/readyaml"
)

// read reads one file into an empty model.
func read(input string) (*model.Package, []diag.Diagnostic) {
	return readAll(&model.Package{Name: "config"}, input)
}

// readAll reads files a.yaml, b.yaml, … into p.
func readAll(p *model.Package, inputs ...string) (*model.Package, []diag.Diagnostic) {
	var files []readyaml.File
	for i, input := range inputs {
		base := string(rune('a'+i)) + ".yaml"
		files = append(files, readyaml.File{Name: "dir/" + base, Base: base, Data: []byte(input)})
	}
	var diags diag.List
	readyaml.Read(p, files, &diags)
	return p, diags.Sorted()
}

func at(line, col int) diag.Pos { return diag.Pos{File: "dir/a.yaml", Line: line, Col: col} }

func TestReadFillsTheModel(t *testing.T) {
	t.Parallel()
	p, diags := read(`version: 1
package: billing
root: Vault
tenant: {id: dev, mounts: [secret, kv]}
instances: [openbao-eu+kv2]
schemes: {aws+sm: example.com/aws/sm}
secrets:
  api:
    token:
      uri: "openbao+kv2://secret/api#token"
      description: |
        Bearer token
        of the payments API.
  db:
    uri: openbao+kv2://secret/db
    fields:
      username: string
      key: {type: bytes, encoding: base64, key: tls.key, description: For TLS.}
  salt: {uri: "openbao+kv2://\x73ecret/salt#s", type: bytes, encoding: hex}
  kept: {uri: "openbao+kv2://secret/kept#k", cache: 30s, response_wrap: 60}
`)
	if len(diags) > 0 {
		t.Fatalf("Read found %v", diags)
	}
	name := func(text string, line, col int) model.Name { return model.Name{Text: text, Pos: at(line, col)} }
	root := &model.Root{Name: "Vault", Pos: at(3, 7)}
	want := &model.Package{
		Name:      "billing",
		NamePos:   at(2, 10),
		Sources:   []string{"a.yaml"},
		Roots:     []*model.Root{root},
		Tenant:    model.Tenant{ID: "dev", Mounts: []string{"secret", "kv"}, Pos: at(4, 9)},
		Instances: []model.Scheme{{Name: "openbao-eu+kv2", Pos: at(5, 13)}},
		Schemes:   []model.Scheme{{Name: "aws+sm", Import: "example.com/aws/sm", Pos: at(6, 11)}},
		Secrets: []*model.Secret{
			{
				Root:        root,
				Path:        []model.Name{name("api", 8, 3), name("token", 9, 5)},
				Pos:         at(9, 5),
				Ref:         model.Reference{Text: "openbao+kv2://secret/api#token", Pos: at(10, 13), Exact: true},
				Type:        model.Type{Kind: model.String, Pos: at(9, 5)},
				Description: "Bearer token of the payments API.",
			},
			{
				Root: root,
				Path: []model.Name{name("db", 14, 3)},
				Pos:  at(14, 3),
				Ref:  model.Reference{Text: "openbao+kv2://secret/db", Pos: at(15, 10), Exact: true},
				Type: model.Type{Kind: model.Document, Pos: at(16, 5)},
				Fields: []model.Field{
					{
						Name: name("username", 17, 7), Key: "username", Pos: at(17, 7),
						Type: model.Type{Kind: model.String, Pos: at(17, 17)},
					},
					{
						Name: name("key", 18, 7), Key: "tls.key", Pos: at(18, 7),
						Type:        model.Type{Kind: model.Bytes, Encoding: model.Base64, Pos: at(18, 36)},
						Description: "For TLS.",
					},
				},
			},
			{
				Root: root,
				Path: []model.Name{name("salt", 19, 3)},
				Pos:  at(19, 3),
				Ref:  model.Reference{Text: "openbao+kv2://secret/salt#s", Pos: at(19, 16)},
				Type: model.Type{Kind: model.Bytes, Encoding: model.Hex, Pos: at(19, 72)},
			},
			{
				Root:         root,
				Path:         []model.Name{name("kept", 20, 3)},
				Pos:          at(20, 3),
				Ref:          model.Reference{Text: "openbao+kv2://secret/kept#k", Pos: at(20, 16), Exact: true},
				Type:         model.Type{Kind: model.String, Pos: at(20, 3)},
				Cache:        &model.Literal{Text: "30s", Pos: at(20, 53)},
				ResponseWrap: &model.Literal{Text: "60", Pos: at(20, 73)},
			},
		},
	}
	if diff := cmp.Diff(want, p, cmp.AllowUnexported(model.Secret{}.URI)); diff != "" {
		t.Errorf("the model (-want +got):\n%s", diff)
	}
}

func TestReadTellsSecretsFromGroups(t *testing.T) {
	t.Parallel()
	p, diags := read(`version: 1
secrets:
  fields: {uri: "env://m/A"}
  uri: {uri: {uri: "env://m/B"}, type: {uri: "env://m/C"}}
  document: {uri: "openbao+kv2://m/d", type: struct, fields: {uri: string, fields: int}}
`)
	if len(diags) > 0 {
		t.Fatalf("Read found %v", diags)
	}
	var got []string
	for _, s := range p.Secrets {
		var path []string
		for _, name := range s.Path {
			path = append(path, name.Text)
		}
		got = append(got, fmt.Sprintf("%s = %s (%d fields)", strings.Join(path, "."), s.Ref.Text, len(s.Fields)))
	}
	want := []string{
		"fields = env://m/A (0 fields)",
		"uri.uri = env://m/B (0 fields)",
		"uri.type = env://m/C (0 fields)",
		"document = openbao+kv2://m/d (2 fields)",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the secrets (-want +got):\n%s", diff)
	}
}

func TestReadMergesFiles(t *testing.T) {
	t.Parallel()
	p, diags := readAll(&model.Package{Name: "config"},
		"version: 1\nroot: App\ntenant: {id: dev, mounts: [m]}\nsecrets: {a: {uri: \"env://m/A\"}}\n",
		"version: 1\nroot: App\nsecrets: {b: {uri: \"env://m/B\"}}\n",
		"version: 1\ntenant: {id: dev, mounts: [m]}\n",
	)
	if len(diags) > 0 {
		t.Fatalf("Read found %v", diags)
	}
	if len(p.Secrets) != 2 || p.Roots[0].Name != "App" || p.Tenant.ID != "dev" {
		t.Errorf("read %d secrets, the root %s and the tenant %s; want 2, App, dev", len(p.Secrets), p.Roots[0].Name, p.Tenant.ID)
	}
	if diff := cmp.Diff([]string{"a.yaml", "b.yaml"}, p.Sources); diff != "" {
		t.Errorf("the sources (-want +got):\n%s", diff)
	}
}

func TestReadAddsToATaggedStruct(t *testing.T) {
	t.Parallel()
	tagged := func() *model.Package {
		return &model.Package{Name: "config", Roots: []*model.Root{{Name: "App", Struct: &model.Struct{Name: "app"}}}, Sources: []string{"secrets.go"}}
	}
	p, diags := readAll(tagged(), "version: 1\ntenant: {id: dev, mounts: [m]}\n")
	if len(diags) > 0 {
		t.Errorf("Read found %v", diags)
	}
	if diff := cmp.Diff([]string{"secrets.go"}, p.Sources); diff != "" {
		t.Errorf("the sources (-want +got):\n%s", diff)
	}
	p, diags = readAll(tagged(), "version: 1\npackage: other\nroot: Other\n")
	want := []string{
		"dir/a.yaml:2:10 INVALID_VALUE this is not the package of the tagged struct (remove the key)",
		"dir/a.yaml:3:7 INVALID_VALUE the root is named after the tagged struct (remove the key)",
	}
	if diff := cmp.Diff(want, lines(diags)); diff != "" {
		t.Errorf("the findings (-want +got):\n%s", diff)
	}
	if p.Name != "config" || p.Roots[0].Name != "App" {
		t.Errorf("the package is %s and its root %s, want config and App", p.Name, p.Roots[0].Name)
	}
}

func TestReadDefaults(t *testing.T) {
	t.Parallel()
	p, _ := read("version: 1\nsecrets: {a: {uri: \"env://m/A\"}}\n")
	if p.Roots[0].Name != "Secrets" || p.Name != "config" || p.Tenant.Pos != (diag.Pos{File: "dir/a.yaml"}) {
		t.Errorf("the root is %s, the package %s and the tenant at %v", p.Roots[0].Name, p.Name, p.Tenant.Pos)
	}
}

// lines are findings on a line each, with hint and related places.
func lines(diags []diag.Diagnostic) []string {
	all := []string{}
	for _, d := range diags {
		line := fmt.Sprintf("%v %s %s", d.Pos, d.Code, d.Message)
		if d.Hint != "" {
			line += " (" + d.Hint + ")"
		}
		for _, r := range d.Related {
			line += fmt.Sprintf(" [%v %s]", r.Pos, r.Message)
		}
		all = append(all, line)
	}
	return all
}
