package gotypes_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/gotypes"
	"github.com/secretsgen/secretsgen/gen/model"
)

// files are the files of a test's own folder by their slash-separated names.
type files map[string]string

// tree writes files to a folder of the test's own, and a go.mod if there is none.
func tree(t testing.TB, f files) string {
	t.Helper()
	dir := t.TempDir()
	if _, ok := f["go.mod"]; !ok {
		write(t, dir, "go.mod", "module example.com/m\n\ngo 1.26\n")
	}
	for name, text := range f {
		if text != "" {
			write(t, dir, name, text)
		}
	}
	return dir
}

func write(t testing.TB, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// offline is an environment in which the go command reaches no network, with a
// driver that takes note of each load in a file and leaves it to the go command.
func offline(t testing.TB, more ...string) (env []string, loads func() int) {
	t.Helper()
	dir := t.TempDir()
	log := filepath.Join(dir, "loads")
	driver := filepath.Join(dir, "driver")
	script := "#!/bin/sh\necho load >>'" + log + "'\necho '{\"NotHandled\":true}'\n"
	if err := os.WriteFile(driver, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=", "GOWORK=", "GOTOOLCHAIN=local", "GOPACKAGESDRIVER="+driver)
	return append(env, more...), func() int {
		text, _ := os.ReadFile(log)
		return strings.Count(string(text), "load\n")
	}
}

// declared makes a package of a folder whose secrets are of the types named, as
// "Level", "net/netip.AddrPort", or "json Level". The n-th stands in line n of
// secrets.yaml.
func declared(dir string, types ...string) *model.Package {
	name := filepath.Base(dir)
	if dir == "." {
		name = "m"
	}
	p := &model.Package{Dir: dir, Name: name}
	for i, text := range types {
		at := diag.Pos{File: dir + "/secrets.yaml", Line: i + 1, Col: 11}
		typ := model.Type{Kind: model.Named, Pos: at, Go: &model.GoType{Pos: at}}
		if rest, ok := strings.CutPrefix(text, "json "); ok {
			typ.Kind, text = model.JSON, rest
		}
		if dot := strings.LastIndexByte(text, '.'); dot >= 0 {
			typ.Go.Path, text = text[:dot], text[dot+1:]
		}
		typ.Go.Name = text
		p.Secrets = append(p.Secrets, &model.Secret{Type: typ, Pos: at})
	}
	return p
}

// document makes a secret of a package read a struct of its own, field by field.
func document(p *model.Package, name, source string) *model.Secret {
	at := diag.Pos{File: p.Dir + "/config.go", Line: len(p.Secrets) + 1, Col: 3}
	s := &model.Secret{Pos: at, Type: model.Type{Kind: model.Document, Pos: at, Go: &model.GoType{Name: name, Pos: at}}}
	s.Fields = []model.Field{{Name: model.Name{Text: "User"}, Type: model.Type{Kind: model.String}}}
	p.Secrets = append(p.Secrets, s)
	p.Structs = append(p.Structs, &model.Struct{Name: name, Source: source})
	return s
}

// resolve returns how each type is read and what was found, a line each.
func resolve(t testing.TB, cfg gotypes.Config, packages ...*model.Package) (reads, found []string) {
	t.Helper()
	var diags diag.List
	if err := gotypes.Resolve(t.Context(), cfg, packages, &diags); err != nil {
		t.Fatal(err)
	}
	for _, p := range packages {
		for _, s := range p.Secrets {
			reads = append(reads, fmt.Sprintf("%s %s%s", s.Type.Go.Name, s.Type.Kind, by(s.Type.Go.Reads)))
		}
	}
	return reads, lines(&diags)
}

func by(r model.Reading) string {
	if r == "" {
		return ""
	}
	return " by " + string(r)
}

func lines(diags *diag.List) []string {
	var shown []string
	for _, d := range diags.Sorted() {
		shown = append(shown, fmt.Sprintf("%s: %s [%s] (%s)", d.Pos, d.Message, d.Code, d.Hint))
	}
	return shown
}
