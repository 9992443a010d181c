package readtags

import (
	"bytes"
	"go/ast"
	"go/printer"
	"go/token"
)

// literal returns the source of the struct for the drift guard of the generated
// file, and the imports that it needs.
func (t *declaredType) literal() (text string, imports map[string]string) {
	imports = map[string]string{}
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
	return source.String(), imports
}

// withoutComments returns a copy of a struct type, down to anonymous structs.
func withoutComments(s *ast.StructType) *ast.StructType {
	fields := &ast.FieldList{Opening: s.Fields.Opening, Closing: s.Fields.Closing}
	for _, field := range s.Fields.List {
		bare := &ast.Field{Names: field.Names, Type: field.Type, Tag: field.Tag}
		switch inner := ast.Unparen(field.Type).(type) {
		case *ast.StructType:
			bare.Type = withoutComments(inner)
		case *ast.StarExpr:
			if pointed, ok := ast.Unparen(inner.X).(*ast.StructType); ok {
				bare.Type = &ast.StarExpr{Star: inner.Star, X: withoutComments(pointed)}
			}
		}
		fields.List = append(fields.List, bare)
	}
	return &ast.StructType{Struct: s.Struct, Fields: fields}
}
