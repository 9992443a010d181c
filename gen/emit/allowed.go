package emit

import (
	"go/ast"
	"go/token"

	"github.com/secretsgen/secretsgen/gen/model"
)

// imports are the paths that the file may import, each with its alias, which is
// empty for our own and the standard library's.
func (l *plan) imports() map[string]string {
	allowed := map[string]string{}
	for _, p := range l.providers {
		allowed[p.path] = p.name
		if p.own {
			allowed[p.path] = ""
		}
	}
	for _, path := range []string{contextPath, errorsPath, runtimePath, decodePath} {
		allowed[path] = ""
	}
	allow := func(t model.Type) {
		switch t.Kind {
		case model.Duration:
			allowed[timePath] = ""
		case model.JSON:
			allowed[jsonPath] = ""
		default:
		}
	}
	for _, s := range l.secrets {
		allow(s.Type)
		for _, f := range s.Fields {
			allow(f.Type)
		}
	}
	return allowed
}

// expected says how often the file declares what, each name as [declared]
// spells it.
func (l *plan) expected() map[string]int {
	root := l.root.typeName
	expected := map[string]int{
		"const _":                        1,
		"func " + l.openName:             1,
		"func " + l.newName:              1,
		"func " + l.declarationsName:     1,
		"func (*" + root + ") Preflight": 1,
		"func (*" + root + ") Load":      1,
		"func (*" + root + ") Close":     1,
	}
	for _, g := range l.groups {
		expected["type "+g.typeName] = 1
		expected["type "+g.values] = 1
	}
	for _, s := range l.secrets {
		receiver := s.group.typeName
		if s.group.isRoot() {
			receiver = "*" + receiver
		}
		expected["func ("+receiver+") "+s.goName] = 1
		if s.generatesType() {
			expected["type "+s.typeName] = 1
		}
		if s.isDocument() {
			expected["func "+s.decode] = 1
		}
	}
	if l.pkg.Struct != nil {
		expected["var _"] = 1 + len(l.namedTypes())
	}
	return expected
}

// declared names what a declaration declares, or what it is where it declares
// something that generated code never does. Imports have a check of their own.
func declared(decl ast.Decl) []string {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		return []string{"func " + receiver(d) + d.Name.Name}
	case *ast.GenDecl:
		var names []string
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				names = append(names, "type "+s.Name.Name+kindOf(s))
			case *ast.ValueSpec:
				for _, name := range s.Names {
					names = append(names, d.Tok.String()+" "+name.Name)
				}
			}
		}
		return names
	}
	return []string{"unknown"}
}

// receiver spells the receiver of a method, "(*Secrets) ".
func receiver(d *ast.FuncDecl) string {
	if d.Recv == nil {
		return ""
	}
	if len(d.Recv.List) != 1 {
		return "(unknown) "
	}
	switch t := d.Recv.List[0].Type.(type) {
	case *ast.StarExpr:
		if name, ok := t.X.(*ast.Ident); ok {
			return "(*" + name.Name + ") "
		}
	case *ast.Ident:
		return "(" + t.Name + ") "
	}
	return "(unknown) "
}

// kindOf is empty for the struct types that generated code declares.
func kindOf(s *ast.TypeSpec) string {
	if _, ok := s.Type.(*ast.StructType); ok && s.Assign == token.NoPos && s.TypeParams == nil {
		return ""
	}
	return " of another kind"
}
