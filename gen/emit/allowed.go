package emit

import (
	"go/ast"
	"go/token"
	"strings"
)

// expected says how often the file declares what, each name as [declared]
// spells it.
func (l *plan) expected() map[string]int {
	expected := map[string]int{"const _": 1}
	for _, r := range l.roots {
		r.expect(expected)
	}
	if len(l.pkg.Structs) > 0 {
		expected["var _"] = len(l.pkg.Structs)
	}
	return expected
}

func (r *root) expect(expected map[string]int) {
	for _, name := range []string{
		"func " + r.openName,
		"func " + r.newName,
		"func " + r.declarationsName,
		"func (*" + r.typeName + ") Preflight",
		"func (*" + r.typeName + ") Load",
		"func (*" + r.typeName + ") Close",
	} {
		expected[name] = 1
	}
	for _, g := range r.groups {
		expected["type "+g.typeName] = 1
		expected["type "+g.values] = 1
	}
	for _, s := range r.secrets {
		receiver := s.group.typeName
		if s.group.isRoot() {
			receiver = "*" + receiver
		}
		expected["func ("+receiver+") "+s.goName] = 1
		if s.generatesType() {
			expected["type "+s.typeName] = 1
		}
	}
	for _, s := range r.documents {
		expected["func "+s.decode] = 1
		for _, f := range s.Fields {
			if f.Type.Limits.Pattern != nil {
				expected["var "+s.patternName(f)] = 1
			}
		}
	}
}

// identifierIn is the identifier at package level that an expected declaration
// declares; of a method it is none of those.
func identifierIn(expected string) string {
	_, name, _ := strings.Cut(expected, " ")
	return name
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
