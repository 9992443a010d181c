package emit

import (
	"go/ast"
	"go/token"
)

// shapes checks every node of the file against those that generated code
// consists of: no loops, goroutines or function literals, strings as the only
// literals, and identifiers in ASCII.
func (v *verifier) shapes() {
	ast.Inspect(v.file, func(n ast.Node) bool {
		if n == nil || v.err != nil {
			return false
		}
		if !allowedShape(n) {
			v.report(n.Pos(), "the code has a shape that generated code never has")
		}
		return true
	})
}

func allowedShape(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.File, *ast.CommentGroup, *ast.Comment,
		*ast.GenDecl, *ast.ImportSpec, *ast.TypeSpec, *ast.ValueSpec,
		*ast.FuncType, *ast.StructType, *ast.FieldList, *ast.Field,
		*ast.SelectorExpr, *ast.StarExpr, *ast.IndexExpr, *ast.Ellipsis,
		*ast.CallExpr, *ast.CompositeLit, *ast.KeyValueExpr,
		*ast.BlockStmt, *ast.IfStmt, *ast.ReturnStmt:
		return true
	case *ast.Ident:
		return isIdentifier(n.Name)
	case *ast.BasicLit:
		return n.Kind == token.STRING
	case *ast.ArrayType:
		return n.Len == nil
	case *ast.UnaryExpr:
		return n.Op == token.AND
	case *ast.BinaryExpr:
		return n.Op == token.NEQ
	case *ast.AssignStmt:
		return n.Tok == token.DEFINE
	case *ast.FuncDecl:
		return n.Body != nil
	}
	return false
}
