package formats

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// compileSchema compiles a JSON Schema, the formats of strings included.
func compileSchema(t *testing.T, text string) *jsonschema.Schema {
	t.Helper()
	const name = "schema.json"
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource(name, unmarshal(t, text)); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile(name)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// unmarshal reads a JSON document as a schema validates it.
func unmarshal(t *testing.T, text string) any {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return document
}

// sarifSchema is the schema of SARIF 2.1.0 as OASIS published it. Go-sarif holds
// it in an unexported constant, so it is read from that module's source.
func sarifSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	const holder = "github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
	dir, err := exec.CommandContext(t.Context(), "go", "list", "-f", "{{.Dir}}", holder).Output()
	if err != nil {
		t.Fatal(err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(strings.TrimSpace(string(dir)), "schema.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	text := ""
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok && spec.Names[0].Name == "schema" {
			text, err = strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		}
		return true
	})
	if err != nil || !strings.Contains(text, `(SARIF) Version 2.1.0 JSON Schema`) {
		t.Fatalf("%s holds no schema of SARIF 2.1.0: %v", holder, err)
	}
	return compileSchema(t, text)
}
