package readtags

import (
	"bytes"
	"go/ast"
	"go/parser"
	"testing"
)

// FuzzRead reads any Go file. Every position it gives lies in the file, an exact
// reference stands where it is said to, and the struct's source is a struct.
func FuzzRead(f *testing.F) {
	f.Add("type secrets struct {\n\tA, B string `secret:\"file://m/a\"` // Doc.\n\tC struct {\n\t\tD []byte \"secret:\\\"file://m/d\\\" secretopt:\\\"encoding=hex\\\"\"\n\t}\n}")
	f.Add("type secrets struct {\n\tA struct {\n\t\tB int `secret:\"#b\"`\n\t} `secret:\"file://m/a\"`\n\tC login `secret:\"file://m/c\"`\n}\ntype login struct{ User string }")
	f.Add("//line x:9\ntype secrets (struct {\n\tA (struct{ B time.Duration `secret:\"file://m\\a\"` })\n\tC uint `secret:x`\n})")
	f.Add("type secrets = struct { A string `secret:\"\r\n\"` }")
	f.Add("type (\n\tsecrets struct { secrets; A *string `secret:\"#\" secret:\"\"`; _ int }\n\tothers struct { A string `secret:\"://\"` }\n)")
	f.Fuzz(func(t *testing.T, body string) {
		source := "package config\n" + body
		lines := bytes.Split([]byte(source), []byte("\n"))
		p, found := readSource(t, map[string]string{"config.go": source})
		for _, d := range found {
			if d.Pos.File != "config.go" || d.Pos.Line < 1 || d.Pos.Line > len(lines) || d.Pos.Col < 1 || d.Pos.Col > len(lines[d.Pos.Line-1])+1 {
				t.Fatalf("%s: %s is outside of the file", d.Pos, d.Message)
			}
		}
		if p == nil {
			return
		}
		for _, s := range p.Secrets {
			at := s.Ref.Pos
			if s.Ref.Exact && !bytes.HasPrefix(lines[at.Line-1][at.Col-1:], []byte(s.Ref.Text)) {
				t.Fatalf("%s: reference %q is not there", at, s.Ref.Text)
			}
		}
		expr, err := parser.ParseExpr(p.Struct.Source)
		if _, ok := expr.(*ast.StructType); err != nil || !ok {
			t.Fatalf("source of the struct is %q: %v", p.Struct.Source, err)
		}
	})
}
