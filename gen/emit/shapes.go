package emit

import (
	"go/ast"
	"go/token"
	"strings"
)

// shapes checks every node of the file against those that generated code
// consists of: no loops, goroutines or function literals, strings as the only
// literals beside the numbers of rules and times, and identifiers in ASCII. Calls of the
// test's methods are statements of a fake alone.
func (v *verifier) shapes(fake bool) {
	numbers := map[ast.Node]bool{}
	ast.Inspect(v.file, func(n ast.Node) bool {
		if n == nil || v.err != nil {
			return false
		}
		if call, ok := n.(*ast.CallExpr); ok && isRule(call) {
			for _, arg := range call.Args {
				allowNumber(arg, numbers)
			}
		}
		if pair, ok := n.(*ast.KeyValueExpr); ok && isTime(pair) {
			allowNumber(pair.Value, numbers)
		}
		if statement, ok := n.(*ast.ExprStmt); ok && fake && isTestCall(statement.X) {
			return true
		}
		if !numbers[n] && !allowedShape(n) {
			v.report(n.Pos(), "the code has a shape that generated code never has")
		}
		return true
	})
}

// isRule reports whether a call makes a rule or a default, constraint.Min[uint]
// or decode.Default, or is the duration that one takes.
func isRule(call *ast.CallExpr) bool {
	f := call.Fun
	if instance, ok := f.(*ast.IndexExpr); ok {
		f = instance.X
	}
	selector, ok := f.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	pkg, ok := selector.X.(*ast.Ident)
	return ok && (strings.HasPrefix(pkg.Name, "constraint") || pkg.Name == "decode" && selector.Sel.Name == "Default")
}

// isTime reports whether an element of a literal is a time of a declaration.
func isTime(pair *ast.KeyValueExpr) bool {
	key, ok := pair.Key.(*ast.Ident)
	return ok && (key.Name == "Cache" || key.Name == "ResponseWrap")
}

// allowNumber adds a number to those that are allowed: with a sign, or as so many
// of a unit of time.
func allowNumber(n ast.Expr, numbers map[ast.Node]bool) {
	switch e := n.(type) {
	case *ast.BasicLit:
		numbers[e] = e.Kind == token.INT || e.Kind == token.FLOAT
	case *ast.UnaryExpr:
		if e.Op == token.SUB {
			numbers[e] = true
			allowNumber(e.X, numbers)
		}
	case *ast.BinaryExpr:
		if _, unit := e.Y.(*ast.SelectorExpr); unit && e.Op == token.MUL {
			numbers[e] = true
			allowNumber(e.X, numbers)
		}
	}
}

func allowedShape(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.File, *ast.CommentGroup, *ast.Comment,
		*ast.GenDecl, *ast.ImportSpec, *ast.TypeSpec, *ast.ValueSpec,
		*ast.FuncType, *ast.StructType, *ast.MapType, *ast.FieldList, *ast.Field,
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

// isTestCall reports whether a statement calls a method of the test that a fake is
// made for.
func isTestCall(n ast.Expr) bool {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return false
	}
	selector, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	tb, ok := selector.X.(*ast.Ident)
	return ok && tb.Name == "tb"
}
