package gotypes

import (
	"bytes"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"maps"
	"slices"
)

// An ownPackage is the syntax of a declaring package.
type ownPackage struct {
	in     *declaring
	set    *token.FileSet
	files  []*ast.File
	types  map[string]*ownType
	others map[string]bool // what else the package declares
	broken []string        // files as shown that can't be read as Go

	reported bool // a finding tells of a broken file already

	hints   hints
	needed  map[string][]string // by type, what needs gives
	checked *types.Package      // nil until asked for
}

// An ownType is a type declaration and the methods that stand beside it.
type ownType struct {
	spec    *ast.TypeSpec
	file    *ast.File
	methods map[string]method // UnmarshalText and UnmarshalJSON alone
}

type method struct {
	typ  *ast.FuncType
	file *ast.File
}

// The methods by which a type reads itself.
const (
	unmarshalText = "UnmarshalText"
	unmarshalJSON = "UnmarshalJSON"
)

// readOwn parses the Go files that a declaring package is built from.
func readOwn(d *declaring, ctx build.Context) *ownPackage {
	o := &ownPackage{
		in:     d,
		set:    token.NewFileSet(),
		types:  map[string]*ownType{},
		others: map[string]bool{},
		needed: map[string][]string{},
	}
	for _, s := range d.sources() {
		if s.err != nil {
			o.broken = append(o.broken, s.shown)
			continue
		}
		ctx.OpenFile = func(string) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(s.text)), nil }
		built, err := ctx.MatchFile(d.dir, s.name)
		if err == nil && !built {
			continue
		}
		// What can be read of a file that is not Go counts.
		file, errSyntax := parser.ParseFile(o.set, s.name, s.text, parser.SkipObjectResolution)
		if err != nil || errSyntax != nil {
			o.broken = append(o.broken, s.shown)
		}
		if file != nil && file.Name != nil {
			o.files = append(o.files, file)
		}
	}
	// A file of another package is somebody else's finding, unless all are.
	if of := slices.DeleteFunc(slices.Clone(o.files), func(f *ast.File) bool { return f.Name.Name != d.model.Name }); len(of) > 0 {
		o.files = of
	}
	o.declare()
	return o
}

// declare takes note of what the files declare, types before methods.
func (o *ownPackage) declare() {
	for _, file := range o.files {
		for _, decl := range file.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				if d.Recv == nil {
					o.others[d.Name.Name] = true
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					switch s := spec.(type) {
					case *ast.TypeSpec:
						if o.types[s.Name.Name] == nil {
							o.types[s.Name.Name] = &ownType{spec: s, file: file, methods: map[string]method{}}
						}
					case *ast.ValueSpec:
						for _, name := range s.Names {
							o.others[name.Name] = true
						}
					}
				}
			}
		}
	}
	for _, file := range o.files {
		for _, decl := range file.Decls {
			d, ok := decl.(*ast.FuncDecl)
			if !ok || d.Recv == nil || len(d.Recv.List) != 1 || d.Name.Name != unmarshalText && d.Name.Name != unmarshalJSON {
				continue
			}
			if t := o.types[receiver(d.Recv.List[0].Type)]; t != nil {
				t.methods[d.Name.Name] = method{typ: d.Type, file: file}
			}
		}
	}
}

// receiver is the name of the type that a method is of.
func receiver(expr ast.Expr) string {
	switch e := expr.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.StarExpr:
		return receiver(e.X)
	case *ast.ParenExpr:
		return receiver(e.X)
	}
	return "" // with type parameters, or none at all
}

// names are the types of the package, for a hint.
func (o *ownPackage) names() []string { return slices.Sorted(maps.Keys(o.types)) }
