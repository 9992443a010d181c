package emit

import (
	"go/ast"
	"go/parser"
	"strconv"

	"github.com/dave/jennifer/jen"

	"github.com/secretsgen/secretsgen/gen/model"
)

// driftGuards make a change of the author's structs, after the file was written,
// a compile error (DESIGN section 3). The YAML form has none: there "generate
// --check" tells.
func (l *plan) driftGuards() ([]jen.Code, error) {
	var guards []jen.Code
	for i, declared := range l.pkg.Structs {
		copied, err := l.typeOf(declared)
		if err != nil {
			return nil, err
		}
		if !isIdentifier(declared.Name) {
			return nil, fault(0, "a declaring struct has a name that is not a Go identifier")
		}
		doc := comment("This is " + declared.Name + " as it was when this file was written, tags included. If the next lines " +
			`do not compile, it has changed since: run "go generate" again.`)
		if i > 0 {
			doc = comment("The same for " + declared.Name + ".")
		}
		guards = append(guards, block(doc, jen.Var().Id("_").Add(copied).Op("=").Id(declared.Name).Values()))
	}
	return guards, nil
}

// typeOf rebuilds a type from its source, which is the author's, so that
// nothing but types gets into the output and package names are the output's
// own.
func (l *plan) typeOf(declared *model.Struct) (*jen.Statement, error) {
	expr, err := parser.ParseExpr(declared.Source)
	if err != nil {
		return nil, fault(0, "a declaring struct does not parse")
	}
	c := copier{imports: declared.Imports, allowed: l.imports}
	return c.typeExpr(expr)
}

// A copier copies the type of one struct.
type copier struct {
	imports map[string]string   // paths by the names that the author's file gives them
	allowed map[string]imported // those that the output may import
}

func (c copier) typeExpr(expr ast.Expr) (*jen.Statement, error) {
	switch e := ast.Unparen(expr).(type) {
	case *ast.Ident:
		return jen.Id(e.Name), nil
	case *ast.SelectorExpr:
		pkg, _ := e.X.(*ast.Ident)
		if pkg == nil {
			break
		}
		path := c.imports[pkg.Name]
		if _, ok := c.allowed[path]; !ok {
			break
		}
		return jen.Qual(path, e.Sel.Name), nil
	case *ast.StarExpr:
		element, err := c.typeExpr(e.X)
		return jen.Op("*").Add(element), err
	case *ast.MapType:
		key, err := c.typeExpr(e.Key)
		if err != nil {
			return nil, err
		}
		element, err := c.typeExpr(e.Value)
		return jen.Map(key).Add(element), err
	case *ast.ArrayType:
		if e.Len != nil {
			break
		}
		element, err := c.typeExpr(e.Elt)
		return jen.Index().Add(element), err
	case *ast.StructType:
		return c.structType(e)
	}
	return nil, fault(0, "a declaring struct has a type that can't be copied")
}

func (c copier) structType(e *ast.StructType) (*jen.Statement, error) {
	var fields []jen.Code
	for _, field := range e.Fields.List {
		line := jen.List(identifiers(field.Names)...)
		t, err := c.typeExpr(field.Type)
		if err != nil {
			return nil, err
		}
		line.Add(t)
		if field.Tag != nil {
			line.Op(tagLiteral(field.Tag.Value))
		}
		fields = append(fields, line)
	}
	return jen.Struct(fields...), nil
}

// tagLiteral is the literal of a tag, which the parser has seen, as the author
// spelled it unless it has characters that don't show, bidirectional overrides
// among them.
func tagLiteral(literal string) string {
	tag, err := strconv.Unquote(literal)
	if err != nil || printable(literal) == literal {
		return literal
	}
	return strconv.Quote(tag)
}

func identifiers(names []*ast.Ident) []jen.Code {
	codes := make([]jen.Code, len(names))
	for i, name := range names {
		codes[i] = jen.Id(name.Name)
	}
	return codes
}
