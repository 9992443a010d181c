package readtags

import (
	"bytes"
	"go/ast"
	"go/parser"
	"slices"
	"testing"

	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/model"
)

// FuzzRead reads any Go file. Every position it gives lies in the file, an exact
// reference stands where it is said to, each secret has a root, and the source of
// each struct is a struct.
func FuzzRead(f *testing.F) {
	f.Add("type secrets struct {\n\tA, B string `secret:\"file://m/a\"` // Doc.\n\tC struct {\n\t\tD []byte \"secret:\\\"file://m/d\\\" secretopt:\\\"encoding=hex\\\"\"\n\t}\n}")
	f.Add("type secrets struct {\n\tA struct {\n\t\tB int `secret:\"#b\"`\n\t} `secret:\"file://m/a\"`\n\tC login `secret:\"file://m/c\"`\n}\ntype login struct{ User string }")
	f.Add("//line x:9\ntype secrets (struct {\n\tA (struct{ B time.Duration `secret:\"file://m\\a\"` })\n\tC uint `secret:x`\n})")
	f.Add("type secrets = struct { A string `secret:\"\r\n\"` }")
	f.Add("type (\n\tsecrets struct { secrets; A *string `secret:\"#\" secret:\"\"`; _ int }\n\tothers struct { A string `secret:\"://\"` }\n)")
	f.Add("type secrets struct { G, H g; *g; g; url.URL }\ntype g struct { A *int `secret:\"file://m/a\" secretopt:\"min=1,one_of=1|2,profile.ci='file://m/''b'\"` }")
	f.Add("import \"net/netip\"\ntype A = *B\ntype B = C\ntype C = A\ntype secrets struct { X A; Y *netip.Addr `secret:\"file://m/y\" secretopt:\"type=json,pattern='\\x27'\"`; Z D `secret:\"file://m/z\"` }\ntype D struct { V map[string]string; W []*x509.Certificate }")
	f.Add("//go:build x &&\ntype a struct { B b; T string `secret:\"file://m/t\"` }\ntype b struct { A a; C *struct { D int } `secret:\"file://m/c\" secretopt:\"required=x,'\"` }")
	f.Fuzz(func(t *testing.T, body string) {
		source := "package config\n" + body
		lines := bytes.Split([]byte(source), []byte("\n"))
		inside := func(what string, pos diag.Pos) {
			if pos.File != "config.go" || pos.Line < 1 || pos.Line > len(lines) || pos.Col < 1 || pos.Col > len(lines[pos.Line-1])+1 {
				t.Fatalf("%s: %s is outside of the file", pos, what)
			}
		}
		reference := func(ref model.Reference) {
			inside("a reference", ref.Pos)
			if ref.Exact && !bytes.HasPrefix(lines[ref.Pos.Line-1][ref.Pos.Col-1:], []byte(ref.Text)) {
				t.Fatalf("%s: reference %q is not there", ref.Pos, ref.Text)
			}
		}
		p, found := readSource(t, map[string]string{"config.go": source})
		for _, d := range found {
			inside(d.Message, d.Pos)
			for _, r := range d.Related {
				inside(r.Message, r.Pos)
			}
		}
		if p == nil {
			return
		}
		for _, s := range p.Secrets {
			if !slices.Contains(p.Roots, s.Root) || len(s.Path) == 0 {
				t.Fatalf("%s: the secret has no place in a root", s.Pos)
			}
			reference(s.Ref)
			for _, profile := range s.Profiles {
				inside("a profile", profile.Pos)
				reference(profile.Ref)
			}
			types := []model.Type{s.Type}
			for _, field := range s.Fields {
				inside("a field", field.Pos)
				types = append(types, field.Type)
			}
			for _, typ := range types {
				for _, pos := range places(typ) {
					inside("a type", pos)
				}
			}
		}
		for _, s := range p.Structs {
			expr, err := parser.ParseExpr(s.Source)
			if _, ok := expr.(*ast.StructType); err != nil || !ok {
				t.Fatalf("source of the struct %s is %q: %v", s.Name, s.Source, err)
			}
		}
	})
}

// places are those that a type says something stands at.
func places(t model.Type) []diag.Pos {
	all := []diag.Pos{t.Pos}
	if t.Go != nil {
		all = append(all, t.Go.Pos)
	}
	literals := append([]*model.Literal{
		t.Default, t.Limits.Min, t.Limits.Max, t.Limits.MinLength, t.Limits.MaxLength, t.Limits.Pattern, &t.Certificate, &t.PrivateKey,
	}, t.Limits.OneOf...)
	for _, l := range literals {
		if l != nil && *l != (model.Literal{}) {
			all = append(all, l.Pos)
		}
	}
	for _, flag := range []model.Flag{t.Optional, t.Nullable, t.Empty, t.Insecure} {
		if flag != (model.Flag{}) {
			all = append(all, flag.Pos)
		}
	}
	return all
}
