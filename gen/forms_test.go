package gen_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/gen"
	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/model"
)

// TestBothFormsFillOneModel compares what the two readers, and check, make of the
// cases that are declared in YAML and in struct tags alike: everything of a model
// but places, the author's words, and whose struct a document is.
func TestBothFormsFillOneModel(t *testing.T) {
	t.Parallel()
	var diags diag.List
	project, err := gen.Load(t.Context(), gen.Source{Dir: goldenDir}, &diags)
	if err != nil || !diags.Empty() {
		t.Fatalf("the golden cases can't be read: %v, %v", err, shown(&diags))
	}
	models := map[string][]string{}
	for _, p := range project.Packages {
		if p.Model != nil {
			models[p.Dir] = described(p.Model)
		}
	}
	compared := 0
	for dir, got := range models {
		name, tagged := strings.CutPrefix(dir, "tags/")
		want, both := models["yaml/"+name]
		if !tagged || !both {
			continue
		}
		compared++
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-yaml +tags):\n%s", name, diff)
		}
	}
	if compared < 6 {
		t.Errorf("%d cases are declared in both forms, want at least those of types, fields, constraints, profiles, caching and Go types", compared)
	}
}

// described is a model, a line a secret, profile and field.
func described(p *model.Package) []string {
	lines := []string{fmt.Sprintf("tenant %s, mounts %v, instances %d, schemes %d", p.Tenant.ID, p.Tenant.Mounts, len(p.Instances), len(p.Schemes))}
	for _, root := range p.Roots {
		lines = append(lines, "root "+root.Name)
	}
	for _, s := range p.Secrets {
		names := make([]string, len(s.Path))
		for i, name := range s.Path {
			names[i] = name.Go
		}
		lines = append(lines, fmt.Sprintf("%s %s.%s = %s: %s; %s", s.Accessor, s.Root.Name, strings.Join(names, "."), s.URI, ofType(s.Type), s.Description))
		if s.Cache != nil || s.ResponseWrap != nil {
			lines = append(lines, "  cache "+literal(s.Cache)+", response_wrap "+literal(s.ResponseWrap))
		}
		for _, profile := range s.Profiles {
			lines = append(lines, fmt.Sprintf("  under %s = %s", profile.Name, profile.URI))
		}
		for _, f := range s.Fields {
			lines = append(lines, fmt.Sprintf("  %s = %s: %s; %s", f.Name.Go, f.Key, ofType(f.Type), f.Description))
		}
	}
	return lines
}

func literal(l *model.Literal) string {
	if l == nil {
		return "-"
	}
	return fmt.Sprintf("%s (%T %v)", l.Text, l.Value, l.Value)
}

func ofType(t model.Type) string {
	var oneOf []string
	for _, l := range t.Limits.OneOf {
		oneOf = append(oneOf, literal(l))
	}
	goType := ""
	if t.Go != nil && t.Kind != model.Document {
		goType = t.Go.Path + "." + t.Go.Name + " " + string(t.Go.Reads)
	}
	return fmt.Sprint(t.Kind, " ", t.Encoding, " ", goType, " optional ", t.Optional.On, " nullable ", t.Nullable.On, " empty ", t.Empty.On,
		" default ", literal(t.Default), " insecure ", t.Insecure.On, " limits ",
		literal(t.Limits.Min), literal(t.Limits.Max), literal(t.Limits.MinLength), literal(t.Limits.MaxLength), literal(t.Limits.Pattern), oneOf,
		" keys ", t.Certificate.Text, t.PrivateKey.Text)
}
