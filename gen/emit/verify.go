package emit

import (
	"errors"
	"go/ast"
	"go/build/constraint"
	"go/parser"
	"go/scanner"
	"go/token"
	"maps"
	"strings"

	"github.com/secretsgen/secretsgen/gen/model"
)

// Verify parses a generated file anew and checks it against what the
// declarations of p allow: our header, the imports that they need, each
// declaration that they lead to exactly once and no other, code of the few
// shapes that generated code consists of, and comments that are nothing but
// comments (DESIGN section 3, "The generator is a security boundary"). It is
// pure. The error is an [*Error] and names the line.
func Verify(src []byte, p *model.Package) error {
	l, err := newPlan(p)
	if err != nil {
		return err
	}
	return l.unit().verify(src)
}

// VerifyFake checks a fake as Verify does the accessors. A package that has none
// allows nothing.
func VerifyFake(src []byte, p *model.Package) error {
	if !hasFake(p) {
		return fault(0, "the package has no fake")
	}
	l, err := newPlan(p)
	if err != nil {
		return err
	}
	return l.fake().unit.verify(src)
}

func (u *unit) verify(src []byte) error {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, "", src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return unparsable(err)
	}
	v := &verifier{files: files, file: file}
	v.header(u.sourceLine())
	v.comments(u.constraint)
	v.shapes(u.fake)
	v.pkg(u.pkg)
	v.imports(u.imports)
	v.declarations(maps.Clone(u.expected))
	return v.err
}

// verifier keeps the first thing that is wrong.
type verifier struct {
	files *token.FileSet
	file  *ast.File
	err   error
}

func (v *verifier) report(at token.Pos, problem string) {
	if v.err == nil {
		v.err = fault(v.files.PositionFor(at, false).Line, problem)
	}
}

// header checks the first two lines, by which the file is known as ours.
func (v *verifier) header(source string) {
	var first []*ast.Comment
	if len(v.file.Comments) > 0 {
		first = v.file.Comments[0].List
	}
	if len(first) != 2 || first[0].Text != header || first[1].Text != source || v.files.Position(first[0].Pos()).Offset != 0 {
		v.report(v.file.FileStart, "the header is not the generator's")
	}
}

// comments checks that no comment means anything to a tool, but for the build
// constraint, which stands once, before the package clause.
func (v *verifier) comments(allowed string) {
	for _, group := range v.file.Comments {
		for _, c := range group.List {
			if allowed != "" && c.Text == buildLine+allowed && c.Pos() < v.file.Package {
				allowed = ""
				continue
			}
			if !strings.HasPrefix(c.Text, "// ") || constraint.IsPlusBuild(c.Text) {
				v.report(c.Pos(), "a comment could be read as a directive")
			}
		}
	}
	if allowed != "" {
		v.report(v.file.FileStart, "the build constraint is missing")
	}
}

func (v *verifier) pkg(name string) {
	if v.file.Name.Name != name {
		v.report(v.file.Name.Pos(), "the package is not the declared one")
	}
}

// imports checks that only allowed paths are imported, each under its name.
func (v *verifier) imports(allowed map[string]imported) {
	for _, spec := range v.file.Imports {
		as, ok := allowed[strings.Trim(spec.Path.Value, `"`)]
		name := ""
		if as.alias {
			name = as.name
		}
		got := ""
		if spec.Name != nil {
			got = spec.Name.Name
		}
		switch {
		case !ok:
			v.report(spec.Pos(), "an import is none that the declarations need")
		case got != name:
			v.report(spec.Pos(), "an import has another name than it should")
		}
	}
}

// declarations checks that exactly what is expected is declared.
func (v *verifier) declarations(expected map[string]int) {
	for _, decl := range v.file.Decls {
		for _, name := range declared(decl) {
			if expected[name] == 0 {
				v.report(decl.Pos(), "a declaration is none that was asked for, or is there twice")
				return
			}
			expected[name]--
		}
	}
	for _, left := range expected {
		if left > 0 {
			v.report(token.NoPos, "a declaration that was asked for is missing")
		}
	}
}

// unparsable is the error for output that is not Go. The parser's own quotes
// what it found.
func unparsable(err error) error {
	line := 0
	var list scanner.ErrorList
	if errors.As(err, &list) && len(list) > 0 {
		line = list[0].Pos.Line
	}
	return fault(line, "the output is not Go")
}
