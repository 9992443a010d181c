package gotypes

import (
	"go/ast"
	"go/types"
	"path"
	"slices"
	"strconv"

	"github.com/secretsgen/secretsgen/gen/model"
)

// bySyntax says what the syntax alone tells of a type, if it is enough.
func (o *ownPackage) bySyntax(u *use) (v verdict, decided bool) {
	v, decided = o.syntaxOf(u)
	return o.tempered(u, v), decided
}

// tempered takes back what a file that can't be read as Go may still have.
func (o *ownPackage) tempered(u *use, v verdict) verdict {
	if v.fault != nil && (v.fault.absent || v.fault.neither) && len(o.broken) > 0 {
		v.fault = faultOfErrors(u.typ.Go.Name, "")
		v.fault.shadow = true
	}
	return v
}

func (o *ownPackage) syntaxOf(u *use) (v verdict, decided bool) {
	name := u.typ.Go.Name
	t := o.types[name]
	switch {
	case t == nil:
		return verdict{fault: o.absence(u.typ.Go)}, true
	case t.spec.TypeParams != nil:
		return verdict{fault: faultOfGeneric(name)}, true
	case u.typ.Kind == model.JSON:
		return o.jsonBySyntax(name)
	}
	if _, ok := ast.Unparen(t.spec.Type).(*ast.InterfaceType); ok {
		return verdict{fault: faultOfInterface(name)}, true
	}
	text, json := o.own(t, unmarshalText), o.own(t, unmarshalJSON)
	switch {
	case text == yes:
		return verdict{reads: model.ByText}, true
	case text == no && json == yes:
		return verdict{reads: model.ByJSON}, true
	case text == no && json == no:
		return verdict{fault: faultOfNeither(name)}, true
	}
	return verdict{}, false
}

// absence says why the package has no type of a name.
func (o *ownPackage) absence(t *model.GoType) *fault {
	if o.others[t.Name] {
		return faultOfKind(t.Name)
	}
	return faultOfAbsence(t, o.in.model.Name, o.hints.word(t.Name, o.names))
}

// An answer is what syntax knows.
type answer int

const (
	unsure answer = iota
	yes
	no
)

// own says whether a type has a method.
func (o *ownPackage) own(t *ownType, name string) answer {
	if m, ok := t.methods[name]; ok && !t.spec.Assign.IsValid() {
		if o.unmarshals(m.typ) {
			return yes
		}
		return unsure // it may be spelled by other names for the same types
	}
	if t.spec.Assign.IsValid() {
		return unsure
	}
	switch e := ast.Unparen(t.spec.Type).(type) {
	case *ast.StructType:
		if embeds(e) {
			return unsure // what is embedded may have it
		}
		return no
	case *ast.ArrayType, *ast.MapType, *ast.ChanType, *ast.FuncType, *ast.StarExpr:
		return no
	case *ast.Ident:
		if o.predeclared(e) && !types.IsInterface(types.Universe.Lookup(e.Name).Type()) {
			return no
		}
	}
	return unsure
}

// embeds reports whether a struct has an embedded field.
func embeds(s *ast.StructType) bool {
	return slices.ContainsFunc(s.Fields.List, func(f *ast.Field) bool { return len(f.Names) == 0 })
}

// unmarshals reports whether a method has the parameters and results of both
// UnmarshalText and UnmarshalJSON, spelled as everybody does.
func (o *ownPackage) unmarshals(f *ast.FuncType) bool {
	if f.TypeParams != nil || f.Params == nil || len(f.Params.List) != 1 || len(f.Params.List[0].Names) > 1 ||
		f.Results == nil || len(f.Results.List) != 1 || len(f.Results.List[0].Names) > 1 {
		return false
	}
	slice, ok := f.Params.List[0].Type.(*ast.ArrayType)
	if !ok || slice.Len != nil {
		return false
	}
	element, ok := slice.Elt.(*ast.Ident)
	if !ok || element.Name != "byte" && element.Name != "uint8" || !o.predeclared(element) {
		return false
	}
	result, ok := f.Results.List[0].Type.(*ast.Ident)
	return ok && result.Name == "error" && o.predeclared(result)
}

// predeclared reports whether a name means the type that Go gives it.
func (o *ownPackage) predeclared(e *ast.Ident) bool {
	if o.types[e.Name] != nil || o.others[e.Name] {
		return false
	}
	_, ok := types.Universe.Lookup(e.Name).(*types.TypeName)
	return ok
}

// jsonBySyntax says whether JSON can be decoded into a type.
func (o *ownPackage) jsonBySyntax(name string) (v verdict, decided bool) {
	seen := map[string]bool{}
	for t := o.types[name]; t != nil && !seen[t.spec.Name.Name]; {
		seen[t.spec.Name.Name] = true
		if t.spec.TypeParams != nil {
			return verdict{}, false
		}
		switch e := ast.Unparen(t.spec.Type).(type) {
		case *ast.StructType:
			return verdict{}, !embeds(e)
		case *ast.ArrayType, *ast.MapType, *ast.StarExpr:
			return verdict{}, true
		case *ast.InterfaceType:
			return verdict{fault: faultOfInterface(name)}, true
		case *ast.FuncType:
			return verdict{fault: faultOfJSON(name, "function")}, true
		case *ast.ChanType:
			return verdict{fault: faultOfJSON(name, "channel")}, true
		case *ast.Ident:
			if o.predeclared(e) {
				f := undecodable(types.Universe.Lookup(e.Name).Type(), name)
				return verdict{fault: f}, true
			}
			t = o.types[e.Name]
		default:
			return verdict{}, false
		}
	}
	return verdict{}, false
}

// undecodable says why JSON can't be decoded into a type, or nil.
func undecodable(t types.Type, name string) *fault {
	switch u := t.Underlying().(type) {
	case *types.Interface:
		return faultOfInterface(name)
	case *types.Signature:
		return faultOfJSON(name, "function")
	case *types.Chan:
		return faultOfJSON(name, "channel")
	case *types.Basic:
		if u.Info()&types.IsComplex != 0 {
			return faultOfJSON(name, "complex number")
		}
		if u.Kind() == types.UnsafePointer {
			return faultOfJSON(name, "pointer of package unsafe")
		}
	}
	return nil
}

// needs are the import paths of the packages that the methods of a type depend
// on: those of what it is an alias of, is defined by or embeds, and of the
// parameters of its methods.
func (o *ownPackage) needs(name string) []string {
	if paths, ok := o.needed[name]; ok {
		return paths
	}
	var paths []string
	seen := map[string]bool{}
	var visit func(name string)
	look := func(file *ast.File, node ast.Node) {
		ast.Inspect(node, func(n ast.Node) bool {
			switch e := n.(type) {
			case *ast.SelectorExpr:
				if x, ok := e.X.(*ast.Ident); ok {
					paths = append(paths, imported(file, x.Name)...)
				}
				return false
			case *ast.Ident:
				if o.types[e.Name] == nil && !o.predeclared(e) {
					paths = append(paths, imported(file, ".")...)
				}
				visit(e.Name)
			}
			return true
		})
	}
	visit = func(name string) {
		t := o.types[name]
		if t == nil || seen[name] {
			return
		}
		seen[name] = true
		if s, ok := ast.Unparen(t.spec.Type).(*ast.StructType); ok {
			for _, field := range s.Fields.List {
				if len(field.Names) == 0 {
					look(t.file, field.Type)
				}
			}
		} else {
			look(t.file, t.spec.Type)
		}
		for _, m := range t.methods {
			for _, field := range m.typ.Params.List {
				look(m.file, field.Type)
			}
		}
	}
	visit(name)
	slices.Sort(paths)
	o.needed[name] = slices.Compact(paths)
	return o.needed[name]
}

// imported are the paths of the imports of a file that name may be of, which is
// "." for what a file has without one: the name of a package need not be that of
// its path.
func imported(file *ast.File, name string) []string {
	var sure, guesses []string
	for _, spec := range file.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		switch {
		case err != nil:
		case spec.Name != nil:
			if spec.Name.Name == name {
				sure = append(sure, p)
			}
		case path.Base(p) == name:
			sure = append(sure, p)
		case name != ".":
			guesses = append(guesses, p)
		}
	}
	if len(sure) > 0 {
		return sure
	}
	return guesses
}
