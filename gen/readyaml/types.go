package readyaml

import (
	"slices"
	"strings"

	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/model"
	"github.com/secretsgen/secretsgen/gen/nearest"
	"github.com/secretsgen/secretsgen/internal/yamltree"
)

// typed is what a secret or field says of its type; what it does not say is nil.
type typed struct {
	kind, encoding *yamltree.Node
	fields         *yamltree.Node // the key
}

func (t *typed) setType(_, value *yamltree.Node)     { t.kind = value }
func (t *typed) setEncoding(_, value *yamltree.Node) { t.encoding = value }

// scalarTypes are the types of a field, and of a secret without fields.
func scalarTypes() []string { return []string{"string", "bytes", "int", "bool", "duration", "json"} }

func encodings() []string { return []string{"raw", "base64", "base64url", "hex"} }

// secretType is the type of a secret, which may be a document. A type that is
// not said stands at the name.
func (f *file) secretType(t typed, name diag.Pos) model.Type {
	if t.fields == nil {
		return f.scalarType(t, name)
	}
	if t.kind != nil && (t.kind.Kind != yamltree.Scalar || t.kind.Value != string(model.Document)) {
		f.diags.Add(diag.Diagnostic{
			Pos:     f.pos(t.kind),
			Code:    diag.WrongType,
			Message: "a secret with fields is a struct and has no other type",
			Hint:    "remove the type or the fields",
			Related: []diag.Related{{Pos: f.pos(t.fields), Message: "the fields"}},
		})
	}
	typ := model.Type{Kind: model.Document, Pos: f.pos(t.fields)}
	f.encoding(t, &typ)
	return typ
}

// scalarType is the type of a field, or of a secret without fields. It has no
// kind if the type is not known, which is reported.
func (f *file) scalarType(t typed, name diag.Pos) model.Type {
	typ := model.Type{Kind: model.String, Pos: name}
	if t.kind != nil {
		typ.Pos = f.pos(t.kind)
		typ.Kind = model.Kind(f.oneOf(t.kind, "type", diag.UnknownType, scalarTypes()))
	}
	f.encoding(t, &typ)
	return typ
}

func (f *file) encoding(t typed, typ *model.Type) {
	if t.encoding != nil {
		typ.Pos = f.pos(t.encoding)
		typ.Encoding = model.Encoding(f.oneOf(t.encoding, "encoding", diag.InvalidValue, encodings()))
	}
}

// oneOf returns a scalar that is one of the known words. Another is reported as
// an unknown what, and "" returned.
func (f *file) oneOf(n *yamltree.Node, what string, code diag.Code, known []string) string {
	if n.Kind == yamltree.Scalar && slices.Contains(known, n.Value) {
		return n.Value
	}
	d := diag.Diagnostic{
		Pos:     f.pos(n),
		Code:    code,
		Message: "unknown " + what + ": known are " + strings.Join(known, ", "),
	}
	if near := nearest.Word(n.Value, known); near != "" {
		d.Hint = "did you mean " + near + "?"
	} else if n.Value == string(model.Document) {
		d.Hint = "a struct is a secret with fields"
	}
	f.diags.Add(d)
	return ""
}
