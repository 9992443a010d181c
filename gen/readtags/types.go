package readtags

import (
	"go/ast"

	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/model"
)

// knownTypes is the remedy for a type that is not among them.
const knownTypes = "use string, []byte, int, bool, time.Duration or json.RawMessage"

// scalar returns the kind of a Go type, or "".
func (r *reader) scalar(f *file, expr ast.Expr) model.Kind {
	switch e := ast.Unparen(expr).(type) {
	case *ast.Ident:
		if r.types[e.Name] != nil {
			return "" // the package has a type of that name
		}
		switch e.Name {
		case "string":
			return model.String
		case "int":
			return model.Int
		case "bool":
			return model.Bool
		}
	case *ast.ArrayType:
		element, ok := e.Elt.(*ast.Ident)
		if ok && e.Len == nil && element.Name == "byte" && r.types["byte"] == nil {
			return model.Bytes
		}
	case *ast.SelectorExpr:
		switch f.qualified(e) {
		case "time.Duration":
			return model.Duration
		case "encoding/json.RawMessage":
			return model.JSON
		}
	}
	return ""
}

// document returns the struct that a Go type is, in this package, with its name,
// which is empty for an anonymous one; or nil.
func (r *reader) document(f *file, expr ast.Expr) (in *file, s *ast.StructType, name string) {
	switch e := ast.Unparen(expr).(type) {
	case *ast.StructType:
		return f, e, ""
	case *ast.Ident:
		if t := r.types[e.Name]; t != nil && t.structType != nil && t.spec.TypeParams == nil {
			return t.file, t.structType, e.Name
		}
	}
	return nil, nil, ""
}

func (r *reader) unknownType(pos diag.Pos, hint string) {
	r.diags.Add(diag.Diagnostic{
		Pos:     pos,
		Code:    diag.UnknownType,
		Message: "the type of this field is none that a secret can have",
		Hint:    hint,
	})
}
