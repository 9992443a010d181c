package readtags

import (
	"bytes"
	"go/ast"
	"go/printer"
	"go/token"

	"github.com/secretsgen/secretsgen/gen/model"
)

// literal describes the struct for the drift guard of the generated file.
func (t *declaredType) literal() *model.Struct {
	imports := map[string]string{}
	ast.Inspect(t.structType, func(n ast.Node) bool {
		if selector, ok := n.(*ast.SelectorExpr); ok {
			if name, ok := selector.X.(*ast.Ident); ok {
				if imported := t.file.importPath(name.Name); imported != "" {
					imports[name.Name] = imported
				}
			}
		}
		return true
	})
	// Positions that the file set does not know let the printer set out the
	// fields by itself: however the author spaces them, the guard is the same.
	var source bytes.Buffer
	config := printer.Config{Mode: printer.UseSpaces | printer.TabIndent, Tabwidth: 8}
	_ = config.Fprint(&source, token.NewFileSet(), withoutComments(t.structType)) // a buffer takes everything
	return &model.Struct{Name: t.name(), Pos: t.pos(), Source: source.String(), Imports: imports}
}

// withoutComments returns a copy of a struct type, down to anonymous structs.
func withoutComments(s *ast.StructType) *ast.StructType {
	fields := &ast.FieldList{Opening: s.Fields.Opening, Closing: s.Fields.Closing}
	for _, field := range s.Fields.List {
		bare := &ast.Field{Names: field.Names, Type: field.Type, Tag: field.Tag}
		if inner, ok := ast.Unparen(field.Type).(*ast.StructType); ok {
			bare.Type = withoutComments(inner)
		}
		fields.List = append(fields.List, bare)
	}
	return &ast.StructType{Struct: s.Struct, Fields: fields}
}
