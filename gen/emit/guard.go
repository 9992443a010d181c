package emit

import (
	"go/ast"
	"go/parser"

	"github.com/dave/jennifer/jen"
)

// driftGuards make a change of the declaring struct, after the file was
// written, a compile error (DESIGN section 3). The YAML form has none: there
// "generate --check" tells.
func (l *plan) driftGuards() ([]jen.Code, error) {
	declared := l.pkg.Struct
	if declared == nil {
		return nil, nil
	}
	copied, err := l.typeOf(declared.Source)
	if err != nil {
		return nil, err
	}
	if !isIdentifier(declared.Name) {
		return nil, fault(0, "the declaring struct has a name that is not a Go identifier")
	}
	doc := comment("This is " + declared.Name + " as it was when this file was written, tags included. If the next lines " +
		`do not compile, it has changed since: run "go generate" again.`)
	guards := []jen.Code{block(doc, jen.Var().Id("_").Add(copied).Op("=").Id(declared.Name).Values())}
	for _, s := range l.namedTypes() {
		guards = append(guards, s.fieldGuard())
	}
	return guards, nil
}

// fieldGuard does the same for the named type of a document. Its tags are not in
// the model, and a conversion does not compare them.
func (s *secret) fieldGuard() jen.Code {
	fields := make([]jen.Code, len(s.Fields))
	for i, f := range s.Fields {
		fields[i] = jen.Id(s.fieldName(f)).Add(goType(f.Type))
	}
	doc := comment("The same for the fields of " + s.GoType + ".")
	return block(doc, jen.Var().Id("_").Op("=").Struct(fields...).Parens(jen.Id(s.GoType).Values()))
}

// namedTypes are the first documents of each type that is the user's own.
func (l *plan) namedTypes() []*secret {
	var first []*secret
	seen := map[string]bool{}
	for _, s := range l.secrets {
		if s.GoType != "" && !seen[s.GoType] {
			seen[s.GoType] = true
			first = append(first, s)
		}
	}
	return first
}

// typeOf rebuilds a type from its source, which is the author's, so that
// nothing but types gets into the output and package names are the output's
// own.
func (l *plan) typeOf(source string) (*jen.Statement, error) {
	expr, err := parser.ParseExpr(source)
	if err != nil {
		return nil, fault(0, "the declaring struct does not parse")
	}
	return l.typeExpr(expr)
}

func (l *plan) typeExpr(expr ast.Expr) (*jen.Statement, error) {
	switch e := ast.Unparen(expr).(type) {
	case *ast.Ident:
		return jen.Id(e.Name), nil
	case *ast.SelectorExpr:
		pkg, _ := e.X.(*ast.Ident)
		if pkg == nil || l.pkg.Struct.Imports[pkg.Name] == "" {
			break
		}
		return jen.Qual(l.pkg.Struct.Imports[pkg.Name], e.Sel.Name), nil
	case *ast.ArrayType:
		if e.Len != nil {
			break
		}
		element, err := l.typeExpr(e.Elt)
		return jen.Index().Add(element), err
	case *ast.StructType:
		return l.structType(e)
	}
	return nil, fault(0, "the declaring struct has a type that can't be copied")
}

func (l *plan) structType(e *ast.StructType) (*jen.Statement, error) {
	var fields []jen.Code
	for _, field := range e.Fields.List {
		line := jen.List(identifiers(field.Names)...)
		t, err := l.typeExpr(field.Type)
		if err != nil {
			return nil, err
		}
		line.Add(t)
		if field.Tag != nil {
			line.Op(field.Tag.Value) // a string literal, which the parser has seen
		}
		fields = append(fields, line)
	}
	return jen.Struct(fields...), nil
}

func identifiers(names []*ast.Ident) []jen.Code {
	codes := make([]jen.Code, len(names))
	for i, name := range names {
		codes[i] = jen.Id(name.Name)
	}
	return codes
}
