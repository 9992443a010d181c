package emit_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"go/types"
	"strings"
	"testing"

	"github.com/secretsgen/secretsgen/gen/model"
)

// declaredSource is a tag form as its author wrote it, and tagged the model
// that its reader makes of it.
const declaredSource = `package config

type secrets struct {
	API struct {
		Token string ` + "`secret:\"openbao+kv2://secret/myapp/api#token?version=3\"`" + `
	}
	DB Login ` + "`secret:\"openbao+kv2://secret/myapp/db\"`" + `
}

type Login struct {
	Username, Password string
	Port               int ` + "`secret:\"#tcp\"`" + `
}
`

func tagged(t testing.TB) *model.Package {
	t.Helper()
	p := quickstart(t)
	p.Sources = []string{"config.go"}
	p.Secrets[1].Type.Go = &model.GoType{Name: "Login"}
	for i := range p.Secrets[1].Fields {
		name := &p.Secrets[1].Fields[i].Name
		name.Text = name.Go
	}
	_, source, _ := strings.Cut(declaredSource, "type secrets ")
	source, login, _ := strings.Cut(source, "\n\ntype Login ")
	p.Structs = []*model.Struct{{Name: "secrets", Source: source}, {Name: "Login", Source: login}}
	return p
}

func TestDriftGuardCompilesOnlyWithTheStructItWasMadeOf(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		old, new string
		compiles bool
	}{
		{"the same struct", "", "", true},
		{"a comment more", "type secrets struct {", "// Read at start.\ntype secrets struct {", true},
		{"another reference in a tag", "version=3", "version=4", false},
		{"an option more in a tag", "db\"`", "db\" secretopt:\"x\"`", false},
		{"a tag that is gone", "DB Login `secret:\"openbao+kv2://secret/myapp/db\"`", "DB Login", false},
		{"a field of another type", "Token string", "Token int", false},
		{"a field with another name", "Token string", "Key string", false},
		{"a field more", "\tDB Login", "\tOther string\n\tDB Login", false},
		{"a document of another type", "DB Login", "DB *Login", false},
		{"a document with a field more", "Port               int", "Host string\n\tPort int", false},
		{"a document with a field less", "Username, Password string", "Username string", false},
		{"a document with another key in a tag", "#tcp", "#udp", false},
		{"a document with a field of another type", "Port               int", "Port string", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			src := strings.Replace(declaredSource, tt.old, tt.new, 1)
			if err := compileGuards(t, generate(t, tagged(t)), src); (err == nil) != tt.compiles {
				t.Errorf("compiling gave %v", err)
			}
		})
	}
}

// compileGuards compiles the guards of a generated file with the source that
// declares the struct.
func compileGuards(t *testing.T, generated, source string) error {
	t.Helper()
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, "secrets_gen.go", generated, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	guards := bytes.NewBufferString("package config\n")
	count := 0
	for _, decl := range file.Decls {
		if d, ok := decl.(*ast.GenDecl); ok && d.Tok == token.VAR {
			count++
			if err := printer.Fprint(guards, files, d); err != nil {
				t.Fatal(err)
			}
			guards.WriteByte('\n')
		}
	}
	if count != 2 {
		t.Fatalf("the file has %d guards, want one for the struct and one for the type of its document:\n%s", count, generated)
	}
	var parsed []*ast.File
	for name, src := range map[string]string{"config.go": source, "guards.go": guards.String()} {
		f, err := parser.ParseFile(files, name, src, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		parsed = append(parsed, f)
	}
	_, err = new(types.Config).Check("config", files, parsed, nil)
	return err
}
