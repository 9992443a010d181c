package readtags

import (
	"go/ast"
	"go/token"

	"github.com/secretsgen/secretsgen/gen/diag"
)

// A declaredType is a type declaration of a package and the file it is in.
type declaredType struct {
	file       *file
	spec       *ast.TypeSpec
	structType *ast.StructType // nil for any other type
	decodes    bool            // it has a method UnmarshalText or UnmarshalJSON
	target     *site           // what an alias stands for, once that was asked
}

func (t *declaredType) name() string  { return t.spec.Name.Name }
func (t *declaredType) pos() diag.Pos { return t.file.pos(t.spec.Name.Pos()) }
func (t *declaredType) alias() bool   { return t.spec.Assign.IsValid() }
func (t *declaredType) generic() bool { return t.spec.TypeParams != nil }

// A site is the expression of a type and the file that it stands in, whose
// imports it uses.
type site struct {
	file *file
	expr ast.Expr
}

// A structure is a struct type: a named one of the package, or an anonymous one.
type structure struct {
	file  *file
	typ   *ast.StructType
	named *declaredType // nil for an anonymous one
}

// A scope is what a package declares that types are made of.
type scope struct {
	files  []*file
	types  []*declaredType // in order of their places
	byName map[string]*declaredType
}

// scopeOf returns the scope of files, which are a whole package.
func scopeOf(files []*file) *scope {
	s := &scope{files: files, byName: map[string]*declaredType{}}
	for _, f := range files {
		for _, decl := range f.syntax.Decls {
			group, ok := decl.(*ast.GenDecl)
			if !ok || group.Tok != token.TYPE {
				continue
			}
			for _, spec := range group.Specs {
				t := &declaredType{file: f, spec: spec.(*ast.TypeSpec)}
				t.structType, _ = ast.Unparen(t.spec.Type).(*ast.StructType)
				s.types = append(s.types, t)
				s.byName[t.name()] = t
			}
		}
	}
	for _, f := range files {
		for _, decl := range f.syntax.Decls {
			if method, ok := decl.(*ast.FuncDecl); ok && method.Recv != nil {
				s.method(method)
			}
		}
	}
	return s
}

// method notes the methods by which a type reads itself.
func (s *scope) method(m *ast.FuncDecl) {
	if name := m.Name.Name; name != "UnmarshalText" && name != "UnmarshalJSON" || len(m.Recv.List) != 1 {
		return
	}
	receiver, _ := dereference(m.Recv.List[0].Type)
	if ident, ok := receiver.(*ast.Ident); ok && s.byName[ident.Name] != nil {
		s.byName[ident.Name].decodes = true
	}
}

// dereference removes parentheses and one star.
func dereference(expr ast.Expr) (ast.Expr, bool) {
	expr = ast.Unparen(expr)
	if star, ok := expr.(*ast.StarExpr); ok {
		return ast.Unparen(star.X), true
	}
	return expr, false
}

// follow returns what a type is where it is an alias of this package, or several
// behind each other. One that stands for itself is nothing. An alias of a struct
// type stays, because the name is one that generated code can use.
func (s *scope) follow(at site) site {
	at.expr = ast.Unparen(at.expr)
	var passed []*declaredType
	for {
		t := s.declared(at.expr)
		if t == nil || !t.alias() || t.generic() || t.structType != nil {
			break
		}
		if t.target != nil {
			at = *t.target
			break
		}
		t.target = &site{t.file, &ast.BadExpr{From: t.spec.Pos(), To: t.spec.End()}} // as long as it is not known
		passed = append(passed, t)
		at = site{t.file, ast.Unparen(t.spec.Type)}
	}
	for _, t := range passed {
		*t.target = at
	}
	return at
}

// pointed is follow, and what a pointer points to in place of the pointer.
func (s *scope) pointed(at site) (to site, pointer bool) {
	at = s.follow(at)
	at.expr, pointer = dereference(at.expr)
	return s.follow(at), pointer
}

// declared returns the type of this package that an expression names, or nil.
func (s *scope) declared(expr ast.Expr) *declaredType {
	if ident, ok := expr.(*ast.Ident); ok {
		return s.byName[ident.Name]
	}
	return nil
}

// structure returns the struct that a type is which was followed, or nil.
func (s *scope) structure(at site) *structure {
	if anonymous, ok := at.expr.(*ast.StructType); ok {
		return &structure{file: at.file, typ: anonymous}
	}
	if t := s.declared(at.expr); t != nil && t.structType != nil && !t.generic() {
		return &structure{file: t.file, typ: t.structType, named: t}
	}
	return nil
}
