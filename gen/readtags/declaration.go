package readtags

import (
	"fmt"
	"go/ast"
	"go/token"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/secretsgen/secretsgen/gen/diag"
)

// A declaredType is a type declaration of a package and the file it is in.
type declaredType struct {
	file       *file
	spec       *ast.TypeSpec
	structType *ast.StructType // nil for any other type
}

func (t *declaredType) name() string  { return t.spec.Name.Name }
func (t *declaredType) pos() diag.Pos { return t.file.pos(t.spec.Name.Pos()) }

// typesOf returns the types that files declare at package level, in order.
func typesOf(files []*file) []*declaredType {
	var types []*declaredType
	for _, f := range files {
		for _, decl := range f.syntax.Decls {
			group, ok := decl.(*ast.GenDecl)
			if !ok || group.Tok != token.TYPE {
				continue
			}
			for _, spec := range group.Specs {
				t := &declaredType{file: f, spec: spec.(*ast.TypeSpec)}
				t.structType, _ = t.spec.Type.(*ast.StructType)
				types = append(types, t)
			}
		}
	}
	return types
}

// declarationOf returns the one declaration among the types of a package, or nil.
// An exported struct counts as a misplaced one only if it has a whole reference:
// other libraries have a secret tag, too, and types of documents have #key.
func declarationOf(types []*declaredType, diags *diag.List) *declaredType {
	var found *declaredType
	for _, t := range types {
		exported := ast.IsExported(t.name())
		switch {
		case t.structType == nil || !hasReference(t, t.structType, exported):
		case exported:
			diags.Add(diag.Diagnostic{
				Pos:     t.pos(),
				Code:    diag.InvalidName,
				Message: fmt.Sprintf("the declaration %s is exported, but that name is for what is generated from it", t.name()),
				Hint:    "start its name with a lower-case letter",
			})
		case t.spec.Assign.IsValid() || t.spec.TypeParams != nil:
			diags.Add(diag.Diagnostic{
				Pos:     t.pos(),
				Code:    diag.InvalidValue,
				Message: fmt.Sprintf("the declaration %s is an alias or has type parameters", t.name()),
				Hint:    fmt.Sprintf("write: type %s struct { … }", t.name()),
			})
		case found != nil:
			diags.Add(diag.Diagnostic{
				Pos:     t.pos(),
				Code:    diag.DuplicateName,
				Message: fmt.Sprintf("the package declares secrets in %s and again in %s", found.name(), t.name()),
				Hint:    `keep one declaration in a package; the tag of a document's field is its key: secret:"#key"`,
				Related: []diag.Related{{Pos: found.pos(), Message: "the first declaration"}},
			})
		default:
			found = t
		}
	}
	return found
}

// hasReference says whether a struct, or an anonymous one inside it, has a secret
// tag that is not the #key of a document's field. With whole, only "://" makes a
// reference. A tag that can't be split counts by its text, so that it is reported.
func hasReference(t *declaredType, s *ast.StructType, whole bool) bool {
	for _, field := range s.Fields.List {
		tag := t.file.tag(field)
		pairs, fault := tag.pairs()
		text, tagged := "", false
		for _, p := range pairs {
			if p.key == keySecret {
				text, tagged = p.value, !strings.HasPrefix(p.value, "#")
			}
		}
		if fault != nil && !tagged {
			text, tagged = tag.text, strings.Contains(tag.text, keySecret+":")
		}
		if tagged && (!whole || strings.Contains(text, "://")) {
			return true
		}
		if inner, ok := ast.Unparen(field.Type).(*ast.StructType); ok && hasReference(t, inner, whole) {
			return true
		}
	}
	return false
}

// rootName is the exported spelling of the declaration's name.
func rootName(name string) string {
	first, size := utf8.DecodeRuneInString(name)
	return string(unicode.ToUpper(first)) + name[size:]
}
