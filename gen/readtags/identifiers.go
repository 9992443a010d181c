package readtags

import (
	"go/ast"

	"github.com/secretsgen/secretsgen/gen/model"
)

// identifiers returns what files declare at package level, in order. Methods,
// blank identifiers and init functions can't collide with anything.
func identifiers(files []*file) []model.Identifier {
	var all []model.Identifier
	for _, f := range files {
		for _, decl := range f.syntax.Decls {
			for _, name := range declares(decl) {
				if name.Name != "_" && name.Name != "init" {
					all = append(all, model.Identifier{Name: name.Name, Pos: f.pos(name.Pos())})
				}
			}
		}
	}
	return all
}

func declares(decl ast.Decl) []*ast.Ident {
	var names []*ast.Ident
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			names = append(names, d.Name)
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				names = append(names, s.Name)
			case *ast.ValueSpec:
				names = append(names, s.Names...)
			}
		}
	}
	return names
}
