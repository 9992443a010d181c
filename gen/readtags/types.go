package readtags

import (
	"go/ast"
	"path"
	"strings"

	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/model"
	"github.com/secretsgen/secretsgen/gen/nearest"
)

// The Go types with a kind of their own are these and []byte, map[string]string
// and []*x509.Certificate, which are no names. Any other named type is one that
// reads itself.

// predeclared are those without a package.
func predeclared(name string) model.Kind {
	switch name {
	case "string":
		return model.String
	case "int":
		return model.Int
	case "uint":
		return model.Uint
	case "float64":
		return model.Float
	case "bool":
		return model.Bool
	}
	return ""
}

// imported are those of the standard library, by import path and name.
func imported(qualified string) model.Kind {
	switch qualified {
	case "time.Duration":
		return model.Duration
	case "time.Time":
		return model.Time
	case "net/url.URL":
		return model.URL
	case "encoding/json.RawMessage":
		return model.JSON
	case "crypto/tls.Certificate":
		return model.TLSKeyPair
	case "crypto.Signer":
		return model.PrivateKey
	}
	return ""
}

const certificate = "crypto/x509.Certificate"

// meant is the type to write in place of one that no secret can have.
func meant(name string) string {
	switch name {
	case "int8", "int16", "int32", "int64", "rune":
		return "int"
	case "uint8", "uint16", "uint32", "uint64", "uintptr", "byte":
		return "uint"
	case "float32":
		return "float64"
	case "any":
		return "json.RawMessage"
	case "crypto.PrivateKey", "crypto/ecdsa.PrivateKey", "crypto/ed25519.PrivateKey", "crypto/rsa.PrivateKey":
		return "crypto.Signer"
	case certificate:
		return "[]*x509.Certificate"
	}
	return ""
}

// knownTypes is the remedy for a type that is not among them and like none.
const knownTypes = "use string, []byte, int, uint, float64, bool, time.Duration, time.Time, url.URL, json.RawMessage, " +
	"map[string]string, []*x509.Certificate, tls.Certificate, crypto.Signer, or a named type that reads itself"

// A goType is what a Go type is to a secret.
type goType struct {
	kind      model.Kind // empty: no secret can have the type
	name      *model.GoType
	structure *structure // of a Document
	hint      string     // what to do about a type without a kind
}

func none(hint string) goType { return goType{hint: hint} }

// didYouMean is none with a type that is known.
func didYouMean(known string) goType {
	if known == "" {
		return none(knownTypes)
	}
	return none("did you mean " + known + "?")
}

// goType returns what a type is that was followed, and is no pointer.
func (s *scope) goType(at site) goType {
	if in := s.structure(at); in != nil {
		t := goType{kind: model.Document, structure: in}
		if in.named != nil {
			t.name = &model.GoType{Name: in.named.name()}
			if in.named.decodes {
				t.kind = model.Named
			}
		}
		return t
	}
	switch e := at.expr.(type) {
	case *ast.Ident:
		return s.identifier(at.file, e.Name)
	case *ast.SelectorExpr:
		return at.file.selector(e)
	case *ast.ArrayType:
		return s.list(at.file, e)
	case *ast.MapType:
		if s.isPredeclared(at.file, e.Key, "string") && s.isPredeclared(at.file, e.Value, "string") {
			return goType{kind: model.Map}
		}
		return didYouMean("map[string]string")
	case *ast.InterfaceType:
		return didYouMean("json.RawMessage")
	case *ast.StarExpr:
		return none("write *T for one that may be absent, with one star")
	case *ast.IndexExpr, *ast.IndexListExpr:
		return none("declare a type without type parameters for it: type T struct { … }")
	}
	return none(knownTypes)
}

func (s *scope) identifier(f *file, name string) goType {
	if t := s.byName[name]; t != nil {
		if t.generic() {
			return none("use a type without type parameters")
		}
		return goType{kind: model.Named, name: &model.GoType{Name: name}}
	}
	if kind := predeclared(name); kind != "" {
		return goType{kind: kind}
	}
	if known := meant(name); known != "" {
		return didYouMean(known)
	}
	if f.dotImports() {
		return none("import the package of this type under a name, without the dot")
	}
	return didYouMean(nearest.Word(name, []string{"string", "int", "uint", "float64", "bool"}))
}

func (f *file) selector(e *ast.SelectorExpr) goType {
	pkg, ok := e.X.(*ast.Ident)
	if !ok {
		return none(knownTypes)
	}
	imports := f.importPath(pkg.Name)
	switch imports {
	case "":
		return none("import its package, and under the name that is used here")
	case "C", "unsafe":
		return none(knownTypes)
	}
	qualified := imports + "." + e.Sel.Name
	if kind := imported(qualified); kind != "" {
		return goType{kind: kind}
	}
	if known := meant(qualified); known != "" {
		return didYouMean(known)
	}
	if near := nearest.Word(e.Sel.Name, namesIn(imports)); near != "" {
		return didYouMean(path.Base(imports) + "." + near)
	}
	return goType{kind: model.Named, name: &model.GoType{Path: imports, Name: e.Sel.Name}}
}

// namesIn returns the types of a package that have a kind of their own.
func namesIn(imports string) []string {
	switch imports {
	case "time":
		return []string{"Duration", "Time"}
	case "net/url":
		return []string{"URL"}
	case "encoding/json":
		return []string{"RawMessage"}
	case "crypto/tls":
		return []string{"Certificate"}
	case "crypto":
		return []string{"Signer"}
	}
	return nil
}

// list returns what a slice or an array is.
func (s *scope) list(f *file, e *ast.ArrayType) goType {
	bytes := s.isPredeclared(f, e.Elt, "byte") || s.isPredeclared(f, e.Elt, "uint8")
	if bytes && e.Len == nil {
		return goType{kind: model.Bytes}
	}
	element, pointer := s.pointed(site{f, e.Elt})
	if sel, ok := element.expr.(*ast.SelectorExpr); ok && element.file.qualified(sel) == certificate {
		if pointer && e.Len == nil {
			return goType{kind: model.Certificates}
		}
		return didYouMean("[]*x509.Certificate")
	}
	if bytes {
		return didYouMean("[]byte")
	}
	return none(knownTypes)
}

// isPredeclared reports whether a type is one of the language's own.
func (s *scope) isPredeclared(f *file, expr ast.Expr, name string) bool {
	at := s.follow(site{f, expr})
	ident, ok := at.expr.(*ast.Ident)
	return ok && ident.Name == name && s.byName[name] == nil
}

// typed is the type of a field, with what secretopt says of it. In a document a
// field can't be one itself. The structure is that of a Document.
func (r *reader) typed(f *file, expr ast.Expr, o options, inDocument bool) (model.Type, *structure) {
	t := model.Type{Pos: f.pos(expr.Pos())}
	at, pointer := r.scope.pointed(site{f, expr})
	g := r.scope.goType(at)
	if g.kind == model.Document && inDocument && (g.name == nil || o.all[optionType].value != string(model.JSON)) {
		g = none(knownTypes)
		g.hint += `; a named struct is one with secretopt:"type=json"`
	}
	if g.kind == "" {
		r.diags.Add(diag.Diagnostic{
			Pos:     t.Pos,
			Code:    diag.UnknownType,
			Message: "the type of this field is none that a secret can have",
			Hint:    g.hint,
		})
		g.structure = nil
	} else if g.name != nil {
		t.Go = g.name
		target, _ := dereference(expr)
		t.Go.Pos = f.pos(target.Pos())
	}
	t.Kind = g.kind
	r.declaredType(o, &t)
	r.presence(o, &t, pointer)
	r.limits(o, &t)
	if t.Kind != model.Document {
		g.structure = nil
	}
	return t, g.structure
}

// declaredType applies the option type, which makes JSON of a named type, and
// else says again what the Go type does.
func (r *reader) declaredType(o options, t *model.Type) {
	said := o.literal(optionType)
	if said == nil || t.Kind == "" {
		return
	}
	is := string(t.Kind)
	if t.Go != nil {
		if said.Text == string(model.JSON) {
			t.Kind = model.JSON
			return
		}
		if t.Kind == model.Named {
			is = strings.TrimPrefix(t.Go.Path+"."+t.Go.Name, ".")
		}
	}
	if said.Text == is {
		return
	}
	hint := "remove it, or give the field the Go type"
	if said.Text == string(model.JSON) {
		hint = "type=json is for json.RawMessage, and for a named type that package encoding/json decodes into"
	}
	r.diags.Add(diag.Diagnostic{
		Pos:     said.Pos,
		Code:    diag.WrongType,
		Message: "the type in secretopt is another than that of the field, which is " + is,
		Hint:    hint,
	})
}

// presence applies what says whether a value may be absent or null. Either needs a
// pointer, which can say so, and a pointer needs one of them.
func (r *reader) presence(o options, t *model.Type, pointer bool) {
	required, null := o.flag(optionRequired), o.flag(optionAllowNull)
	wrong := func(pos diag.Pos, message, hint string) {
		r.diags.Add(diag.Diagnostic{Pos: pos, Code: diag.WrongType, Message: message, Hint: hint})
	}
	given := required != model.Flag{}
	switch {
	case pointer && required.On && !null.On:
		wrong(t.Pos, "a secret that is required and never null needs no pointer",
			"write T for *T, or add allow_null, or remove required")
	case !pointer && given && !required.On:
		wrong(required.Pos, "a secret that is not required may be absent, which this type can't say", "write *T for the type T")
		return
	case !pointer && null.On:
		wrong(null.Pos, "a secret that may be null needs a type that can say so", "write *T for the type T")
		return
	}
	switch {
	case pointer && !required.On:
		t.Optional = model.Flag{On: true, Pos: t.Pos}
	case given:
		t.Optional = model.Flag{Pos: required.Pos}
	}
	t.Nullable = null
}

// limits applies the options that are no type, for others to judge.
func (r *reader) limits(o options, t *model.Type) {
	t.Empty = o.flag(optionEmpty)
	t.Insecure = o.flag(optionInsecure)
	t.Default = o.literal(optionDefault)
	t.Limits = model.Limits{
		Min:       o.literal(optionMin),
		Max:       o.literal(optionMax),
		MinLength: o.literal(optionMinLength),
		MaxLength: o.literal(optionMaxLength),
		Pattern:   o.literal(optionPattern),
		OneOf:     o.list(optionOneOf),
	}
	if key := o.literal(optionCert); key != nil {
		t.Certificate = *key
	}
	if key := o.literal(optionKey); key != nil {
		t.PrivateKey = *key
	}
	r.encoding(o, t)
}

func (r *reader) encoding(o options, t *model.Type) {
	said := o.literal(optionEncoding)
	if said == nil {
		return
	}
	var known []string
	for _, encoding := range model.Encodings() {
		if said.Text == string(encoding) {
			t.Encoding = encoding
			t.Pos = said.Pos
			return
		}
		known = append(known, string(encoding))
	}
	d := diag.Diagnostic{
		Pos:     said.Pos,
		Code:    diag.InvalidValue,
		Message: "unknown encoding: known are " + strings.Join(known, ", "),
	}
	if near := nearest.Word(said.Text, known); near != "" {
		d.Hint = "did you mean " + near + "?"
	}
	r.diags.Add(d)
}
