package main

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/secretsgen/secretsgen/gen/check"
	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/emit"
	"github.com/secretsgen/secretsgen/gen/model"
	"github.com/secretsgen/secretsgen/gen/readyaml"
	"github.com/secretsgen/secretsgen/gen/schema"
)

// declarationsPage is docs/declarations.md.
func declarationsPage(t *testing.T) string {
	t.Helper()
	return docsPage(t, "declarations.md")
}

func docsPage(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var yamlBlock = regexp.MustCompile("(?s)```yaml\n(.*?)```")

// TestDeclarationsOfThePageAreLegal checks every block of it, and the one of the
// page about providers, with a version and a tenant where it has none.
func TestDeclarationsOfThePageAreLegal(t *testing.T) {
	t.Parallel()
	blocks := yamlBlock.FindAllStringSubmatch(declarationsPage(t)+docsPage(t, "write-a-provider.md"), -1)
	if len(blocks) < 5 {
		t.Fatalf("got %d blocks", len(blocks))
	}
	for _, block := range blocks {
		text := block[1]
		if !strings.Contains(text, "version:") {
			text = "version: 1\ntenant: {id: dev, mounts: [secret]}\n" + text
		}
		var diags diag.List
		p := &model.Package{Dir: "config", Name: "config", ImportPath: "example.com/config"}
		readyaml.Read(p, []readyaml.File{{Name: "secrets.yaml", Base: "secrets.yaml", Data: []byte(text)}}, &diags)
		for i := range p.Secrets {
			if g := p.Secrets[i].Type.Go; g != nil && p.Secrets[i].Type.Kind == model.Named {
				g.Reads = model.ByText // as gotypes would find
			}
		}
		check.Check(p, &diags)
		if !diags.Empty() {
			t.Errorf("got %v in\n%s", diags.Sorted(), text)
			continue
		}
		if _, err := emit.File(p); err != nil {
			t.Errorf("%v in\n%s", err, text)
		}
	}
}

// TestThePageNamesEveryKeyAndWord compares it with the schema, whose keys are
// those of the reader, and with the model.
func TestThePageNamesEveryKeyAndWord(t *testing.T) {
	t.Parallel()
	text := declarationsPage(t)
	type object struct{ Properties map[string]json.RawMessage }
	var file struct {
		object

		Defs map[string]object `json:"$defs"`
	}
	if err := json.Unmarshal(schema.JSON(), &file); err != nil {
		t.Fatal(err)
	}
	for _, of := range []object{file.object, file.Defs["secret"], file.Defs["field"]} {
		if len(of.Properties) == 0 {
			t.Fatal("the schema has no keys")
		}
		for key := range of.Properties {
			if !regexp.MustCompile("`" + key + "[:`]").MatchString(text) {
				t.Errorf("it lacks the key %s", key)
			}
		}
	}
	for _, kind := range model.Kinds() {
		if !strings.Contains(text, "\n| `"+string(kind)+"` | ") {
			t.Errorf("it lacks the type %s", kind)
		}
	}
	for _, encoding := range model.Encodings() {
		if !strings.Contains(text, "\n| `"+string(encoding)+"` | ") {
			t.Errorf("it lacks the encoding %s", encoding)
		}
	}
}
