package sample_test

import (
	"go/format"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/gen/check"
	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/model"
	"github.com/secretsgen/secretsgen/gen/readyaml"
	"github.com/secretsgen/secretsgen/gen/sample"
	"github.com/secretsgen/secretsgen/internal/yamltree"
)

// read reads a sample as the generator does, and has it checked.
func read(text []byte) (*model.Package, []diag.Diagnostic) {
	var diags diag.List
	p := &model.Package{Dir: "config", Name: "config"}
	readyaml.Read(p, []readyaml.File{{Name: "secrets.yaml", Base: "secrets.yaml", Data: text}}, &diags)
	check.Check(p, &diags)
	return p, diags.Sorted()
}

func TestYAMLIsLegalForEveryTenantAndMount(t *testing.T) {
	t.Parallel()
	tenants := []string{"dev", "null", "true", "1", "0x1f", "1e3", "~", "-", "- a", "a: b", "a #b", "{a}", `a"b\c`, "'", "é", "&a", "*a", "!!str", "<<", "%", "@", " a ", "2026-01-01"}
	mounts := []string{"secret", "null", "Yes", "1", "1.5", "0x1f", "1e3", "-", "_", "-.-a", "a.b", "2026-01-01"}
	var all []model.Tenant
	for _, tenant := range tenants {
		all = append(all, model.Tenant{ID: tenant, Mounts: []string{"secret"}})
	}
	for _, mount := range mounts {
		all = append(all, model.Tenant{ID: "dev", Mounts: []string{mount, "other"}})
	}
	for _, want := range all {
		p, found := read(sample.YAML(want.ID, want.Mounts))
		if len(found) > 0 {
			t.Errorf("tenant %q, mounts %q: got %v", want.ID, want.Mounts, found)
		}
		want.Pos = p.Tenant.Pos
		if diff := cmp.Diff(want, p.Tenant); diff != "" {
			t.Errorf("tenant (-want +got):\n%s", diff)
		}
	}
}

func TestYAMLDeclaresWhatItSays(t *testing.T) {
	t.Parallel()
	p, _ := read(sample.YAML("dev", []string{"secret"}))
	var got []string
	for _, s := range p.Secrets {
		got = append(got, s.Accessor+" "+s.URI.String()+" "+string(s.Type.Kind))
	}
	want := []string{"api.token env://secret/API_TOKEN string", "db env://secret/DB_LOGIN struct"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("secrets (-want +got):\n%s", diff)
	}
}

// example is the "#" of an example, behind the blanks of its line.
var example = regexp.MustCompile(`(?m)^( *)#([^ \n]|  )`)

// TestExamplesAreYAML takes the "#" of every example away.
func TestExamplesAreYAML(t *testing.T) {
	t.Parallel()
	text := example.ReplaceAll(sample.YAML("dev", []string{"secret"}), []byte("$1$2"))
	root, problems := yamltree.Parse(text)
	if len(problems) > 0 {
		t.Fatalf("got %v in\n%s", problems, text)
	}
	var paths []string
	list(root, "", &paths)
	for _, want := range []string{
		"/secrets/api/token/min_length",
		"/secrets/api/pinned_token/profiles/ci",
		"/secrets/api/webhook_key/required",
		"/secrets/db/fields/port/default",
		"/secrets/db/fields/sslmode/one_of",
	} {
		if !slices.Contains(paths, want) {
			t.Errorf("there is no %s in\n%s", want, text)
		}
	}
}

// list adds the path of every key of a mapping.
func list(n *yamltree.Node, path string, paths *[]string) {
	for _, pair := range n.Pairs {
		path := path + "/" + pair.Key.Value
		*paths = append(*paths, path)
		list(pair.Value, path, paths)
	}
}

func TestGo(t *testing.T) {
	t.Parallel()
	for _, documented := range []bool{false, true} {
		src := sample.Go("config", documented)
		formatted, err := format.Source(src)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(formatted), string(src)); diff != "" {
			t.Errorf("gofmt (-want +got):\n%s", diff)
		}
	}
}
