package gotypes

import (
	"errors"
	"go/token"
	"go/types"

	"github.com/secretsgen/secretsgen/gen/model"
)

// errNotLoaded keeps an import that no type depends on from being looked for.
var errNotLoaded = errors.New("not loaded")

// byTypes says what checking the package's types tells of one.
func (o *ownPackage) byTypes(u *use) verdict {
	if o.checked == nil {
		o.check()
	}
	t := u.typ.Go
	obj := o.checked.Scope().Lookup(t.Name)
	if obj == nil {
		return o.tempered(u, verdict{fault: o.absence(t)})
	}
	v := judge(obj, u.typ)
	if v.fault != nil && v.fault.neither && partial(obj.Type(), map[types.Type]bool{}) {
		v.fault = faultOfErrors(t.Name, "")
	}
	return o.tempered(u, v)
}

// check checks the package's types, function bodies left out. Errors are no
// matter: what is needed of a type may be whole all the same.
func (o *ownPackage) check() {
	config := types.Config{
		Importer:         importer{o.in.module},
		IgnoreFuncBodies: true,
		FakeImportC:      true,
		Error:            func(error) {},
	}
	path := o.in.importPath
	if path == "" {
		path = o.in.model.Name
	}
	o.checked, _ = config.Check(path, o.set, o.files, nil)
}

// An importer gives what the go command loaded.
type importer struct{ module *moduleLoad }

// Import returns an error for all that was not asked for.
func (i importer) Import(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	if i.module == nil {
		return nil, errNotLoaded
	}
	if p := i.module.packages[path]; p != nil && p.Types != nil && p.Types.Complete() {
		return p.Types, nil
	}
	return nil, errNotLoaded
}

// partial reports whether the methods of a type can't all be known, because what
// it is defined by or embeds is not.
func partial(t types.Type, seen map[types.Type]bool) bool {
	if seen[t] {
		return false
	}
	seen[t] = true
	if pointer, ok := types.Unalias(t).(*types.Pointer); ok {
		t = pointer.Elem()
	}
	switch u := t.Underlying().(type) {
	case *types.Basic:
		return u.Kind() == types.Invalid
	case *types.Struct:
		for field := range u.Fields() {
			if field.Embedded() && partial(field.Type(), seen) {
				return true
			}
		}
	}
	return false
}

// judge says how a value becomes one of a declared type.
func judge(obj types.Object, t *model.Type) verdict {
	name := spelled(t.Go)
	if _, ok := obj.(*types.TypeName); !ok {
		return verdict{fault: faultOfKind(name)}
	}
	typ := obj.Type()
	if alias, ok := typ.(*types.Alias); ok && alias.TypeParams().Len() > 0 && alias.TypeArgs().Len() == 0 {
		return verdict{fault: faultOfGeneric(name)}
	}
	typ = types.Unalias(typ)
	if named, ok := typ.(*types.Named); ok && named.TypeParams().Len() > 0 && named.TypeArgs().Len() == 0 {
		return verdict{fault: faultOfGeneric(name)}
	}
	if basic, ok := typ.(*types.Basic); ok && basic.Kind() == types.Invalid {
		return verdict{fault: faultOfErrors(name, t.Go.Path)}
	}
	if types.IsInterface(typ) {
		return verdict{fault: faultOfInterface(name)}
	}
	if t.Kind == model.JSON {
		if f := undecodable(typ, name); f != nil {
			return verdict{fault: f}
		}
	}
	for _, m := range []struct {
		name  string
		reads model.Reading
	}{{unmarshalText, model.ByText}, {unmarshalJSON, model.ByJSON}} {
		path := find(typ, m.name)
		if path == nil {
			continue
		}
		if embedded := throughNil(typ, path); embedded != "" {
			return verdict{fault: faultOfNil(name, m.name, embedded)}
		}
		if t.Kind != model.JSON {
			return verdict{reads: m.reads}
		}
	}
	if t.Kind == model.JSON {
		return verdict{}
	}
	return verdict{fault: faultOfNeither(name)}
}

// unmarshaler is the signature of both methods.
var unmarshaler = types.NewSignatureType(nil, nil, nil,
	types.NewTuple(types.NewParam(token.NoPos, nil, "", types.NewSlice(types.Typ[types.Byte]))),
	types.NewTuple(types.NewParam(token.NoPos, nil, "", types.Universe.Lookup("error").Type())), false)

// find returns the way to the method of that name which a pointer to t has, field
// by field, if it is an unmarshaler.
func find(t types.Type, name string) []int {
	obj, path, _ := types.LookupFieldOrMethod(types.NewPointer(t), false, nil, name)
	method, ok := obj.(*types.Func)
	if !ok || !types.Identical(method.Signature(), unmarshaler) {
		return nil
	}
	return path
}

// throughNil says what a method is promoted from that is nil in a new value, or
// nothing.
func throughNil(t types.Type, path []int) string {
	for _, i := range path[:len(path)-1] {
		s, ok := t.Underlying().(*types.Struct)
		if !ok {
			return ""
		}
		t = s.Field(i).Type()
		switch t.Underlying().(type) {
		case *types.Pointer:
			return "an embedded pointer"
		case *types.Interface:
			return "an embedded interface"
		}
	}
	return ""
}
