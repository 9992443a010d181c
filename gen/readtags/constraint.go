package readtags

import (
	"fmt"
	"go/build"
	"go/build/constraint"
	"io"
	"strconv"
	"strings"

	"github.com/secretsgen/secretsgen/gen/diag"
)

// A buildLine is the constraint of a file.
type buildLine struct {
	expr string // normalized
	pos  diag.Pos
	cgo  bool // nothing is built by it without cgo
}

// buildLine returns what stands behind //go:build in a file, or nil.
func (f *file) buildLine(diags *diag.List) *buildLine {
	for _, group := range f.syntax.Comments {
		for _, comment := range group.List {
			switch {
			case comment.Pos() > f.syntax.Package:
				return nil
			case !constraint.IsGoBuild(comment.Text):
				continue
			}
			pos := f.pos(comment.Pos())
			expr, err := constraint.Parse(comment.Text)
			if err != nil {
				diags.Add(diag.Diagnostic{
					Pos:     pos,
					Code:    diag.BuildConstraint,
					Message: "the build constraint does not parse",
					Hint:    "write it as in: //go:build linux && !cgo",
				})
				return nil
			}
			return &buildLine{expr.String(), pos, needsCgo(expr)}
		}
	}
	return nil
}

// constraint is the one that generated code needs, which names the structs that
// are used: that of the declarations. A struct that is not there when a
// declaration is would leave the generated file without it, and a declaration
// that is there when another is not would have no generated file.
func (r *reader) constraint(declaring []*declaredType) string {
	var first *buildLine
	unbound := map[*file]bool{} // with a declaration, and without a constraint
	declares := map[*file]bool{}
	for _, t := range declaring {
		declares[t.file] = true
	}
	for _, f := range r.scope.files {
		if !r.files[f] {
			continue
		}
		r.fileName(f)
		line := f.buildLine(r.diags)
		r.cgo(f, line)
		switch {
		case line == nil:
			unbound[f] = declares[f]
		case first == nil:
			first = line
		case first.expr != line.expr:
			r.diags.Add(diag.Diagnostic{
				Pos:     line.pos,
				Code:    diag.BuildConstraint,
				Message: "the files that declare have different build constraints, and what is generated from them can have but one",
				Hint:    "give them the same //go:build line, or move what is declared for one build to a package of its own",
				Related: []diag.Related{{Pos: first.pos, Message: "the other one"}},
			})
		}
	}
	if first == nil {
		return ""
	}
	for _, t := range declaring {
		if unbound[t.file] {
			delete(unbound, t.file)
			r.diags.Add(diag.Diagnostic{
				Pos:     t.pos(),
				Code:    diag.BuildConstraint,
				Message: fmt.Sprintf("the declaration %s has no build constraint, but a file that it is generated with has", t.name()),
				Hint:    "give its file the same //go:build line, or remove that of the other",
				Related: []diag.Related{{Pos: first.pos, Message: "the build constraint"}},
			})
		}
	}
	return first.expr
}

// fileName reports a file that the go command builds for one system alone because
// of its name.
func (r *reader) fileName(f *file) {
	nowhere := build.Context{
		GOOS:     "none",
		GOARCH:   "none",
		Compiler: "gc",
		OpenFile: func(string) (io.ReadCloser, error) {
			return io.NopCloser(strings.NewReader("package p\n")), nil
		},
	}
	if anywhere, err := nowhere.MatchFile("", f.base()); anywhere || err != nil {
		return
	}
	pos := f.pos(f.syntax.Package)
	for _, t := range r.scope.types {
		if t.file == f && r.used[t] != nil {
			pos = t.pos()
			break
		}
	}
	r.diags.Add(diag.Diagnostic{
		Pos:     pos,
		Code:    diag.BuildConstraint,
		Message: "the name of this file binds it to one system, and what is generated from it would have to be as well",
		Hint:    "rename the file, and write //go:build with what its name said",
	})
}

// cgo reports a file that is built with cgo alone, because it imports "C", and
// does not say so.
func (r *reader) cgo(f *file, line *buildLine) {
	if line != nil && line.cgo {
		return
	}
	for _, spec := range f.syntax.Imports {
		if imported, _ := strconv.Unquote(spec.Path.Value); imported == "C" {
			r.diags.Add(diag.Diagnostic{
				Pos:     f.pos(spec.Path.Pos()),
				Code:    diag.BuildConstraint,
				Message: "this file is built with cgo alone, and what is generated from it would have to be as well",
				Hint:    "move its declarations to a file that does not import \"C\", or write //go:build cgo",
			})
			return
		}
	}
}

// needsCgo reports whether a constraint can't hold where there is no cgo.
func needsCgo(expr constraint.Expr) bool {
	switch e := expr.(type) {
	case *constraint.TagExpr:
		return e.Tag == "cgo"
	case *constraint.AndExpr:
		return needsCgo(e.X) || needsCgo(e.Y)
	case *constraint.OrExpr:
		return needsCgo(e.X) && needsCgo(e.Y)
	}
	return false
}
