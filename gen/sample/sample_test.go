package sample_test

import (
	"go/format"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/gen/check"
	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/emit"
	"github.com/secretsgen/secretsgen/gen/model"
	"github.com/secretsgen/secretsgen/gen/readyaml"
	"github.com/secretsgen/secretsgen/gen/sample"
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

// TestExamplesAreLegal takes the "#" of every example away.
func TestExamplesAreLegal(t *testing.T) {
	t.Parallel()
	text := example.ReplaceAll(sample.YAML("dev", []string{"secret"}), []byte("$1$2"))
	p, found := read(text)
	if len(found) > 0 {
		t.Fatalf("got %v in\n%s", found, text)
	}
	if _, err := emit.File(p); err != nil {
		t.Error(err)
	}
	if _, err := emit.Fake(p); err != nil {
		t.Error(err)
	}
	var got []string
	for _, s := range p.Secrets {
		line := s.Accessor + " " + string(s.Type.Kind)
		if s.Type.Pointer() {
			line += " pointer"
		}
		if s.Type.Limits.MinLength != nil {
			line += " min_length " + s.Type.Limits.MinLength.Text
		}
		for _, profile := range s.Profiles {
			line += " " + profile.Name + " " + profile.URI.String()
		}
		for _, f := range s.Fields {
			line += " " + f.Key + " " + string(f.Type.Kind)
			if f.Type.Default != nil {
				line += " default " + f.Type.Default.Text
			}
			for _, allowed := range f.Type.Limits.OneOf {
				line += " " + allowed.Text
			}
		}
		got = append(got, line)
	}
	want := []string{
		"api.token string min_length 16",
		"api.pinned_token string ci env://secret/CI_API_TOKEN",
		"api.webhook_key string pointer",
		"db struct username string password string port int default 5432 sslmode string require verify-ca verify-full",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("secrets (-want +got):\n%s", diff)
	}
	if !strings.Contains(string(text), "\n# yaml-language-server: $schema=secrets.schema.json\n") {
		t.Errorf("the line for editors is not as they read it:\n%s", text)
	}
}

// TestTheProseNamesEveryType compares it with the model.
func TestTheProseNamesEveryType(t *testing.T) {
	t.Parallel()
	_, prose, _ := strings.Cut(string(sample.YAML("dev", []string{"secret"})), "# What it is read as: ")
	prose, _, _ = strings.Cut(prose, "type: ")
	for _, kind := range model.Kinds() {
		if !regexp.MustCompile(`(^|\s)` + string(kind) + `,`).MatchString(prose) {
			t.Errorf("it lacks %s: %s", kind, prose)
		}
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
