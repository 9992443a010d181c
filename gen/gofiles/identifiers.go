package gofiles

import "go/ast"

// Identifiers returns what a file declares at package level, in order. Methods,
// blank identifiers and init functions are left out: they can't collide with
// anything.
func Identifiers(file *ast.File) []*ast.Ident {
	var all []*ast.Ident
	for _, decl := range file.Decls {
		for _, name := range declares(decl) {
			if name.Name != "_" && name.Name != "init" {
				all = append(all, name)
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
