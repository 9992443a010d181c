package readyaml

import (
	"slices"
	"strings"

	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/model"
	"github.com/secretsgen/secretsgen/gen/names"
	"github.com/secretsgen/secretsgen/gen/nearest"
	"github.com/secretsgen/secretsgen/internal/yamltree"
)

// typed is what a secret or field says of its type; what it does not say is nil.
type typed struct {
	kind, into, encoding *yamltree.Node
	fields               *yamltree.Node // the key
}

func (t *typed) setType(_, value *yamltree.Node)     { t.kind = value }
func (t *typed) setInto(_, value *yamltree.Node)     { t.into = value }
func (t *typed) setEncoding(_, value *yamltree.Node) { t.encoding = value }

// words are named strings, as those that a type or encoding can be.
func words[T ~string](all []T) []string {
	texts := make([]string, len(all))
	for i, word := range all {
		texts[i] = string(word)
	}
	return texts
}

// secretType fills the type of a secret, which may be a document. A type that is
// not said stands at the name.
func (f *file) secretType(t typed, name diag.Pos, typ *model.Type) {
	if t.fields == nil {
		f.scalarType(t, name, typ)
		return
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
	typ.Kind, typ.Pos = model.Document, f.pos(t.fields)
	f.decoding(t, typ)
}

// scalarType fills the type of a field, or of a secret without fields. It has no
// kind if the type is not known, which is reported.
func (f *file) scalarType(t typed, name diag.Pos, typ *model.Type) {
	typ.Kind, typ.Pos = model.String, name
	if t.kind != nil {
		typ.Pos = f.pos(t.kind)
		typ.Kind, typ.Go = f.kind(t.kind)
	}
	f.decoding(t, typ)
}

// kind reads a type: one of those that have a name, or a Go type of the
// author's.
func (f *file) kind(n *yamltree.Node) (model.Kind, *model.GoType) {
	kinds := words(model.Kinds())
	if n.Kind == yamltree.Scalar {
		if slices.Contains(kinds, n.Value) {
			return model.Kind(n.Value), nil
		}
		if g := f.goType(n); g != nil && synonym(n.Value) == "" {
			return model.Named, g
		}
	}
	d := diag.Diagnostic{
		Pos:     f.pos(n),
		Code:    diag.UnknownType,
		Message: "unknown type: known are " + strings.Join(kinds, ", ") + ", and Go types as net/netip.AddrPort",
	}
	switch near := nearest.Word(n.Value, kinds); {
	case n.Value == string(model.Document):
		d.Hint = "a struct is a secret with fields"
	case synonym(n.Value) != "":
		d.Hint = "did you mean " + string(synonym(n.Value)) + "?"
	case near != "":
		d.Hint = "did you mean " + near + "?"
	}
	f.diags.Add(d)
	return "", nil
}

// goType reads the name of a Go type: Level, of the declaring package, or
// net/netip.AddrPort. It returns nil for anything else.
func (f *file) goType(n *yamltree.Node) *model.GoType {
	path, name := "", n.Value
	if dot := strings.LastIndexByte(n.Value, '.'); dot >= 0 {
		path, name = n.Value[:dot], n.Value[dot+1:]
		if !names.ValidImport(path) {
			return nil
		}
	}
	if !names.Exported(name) {
		return nil
	}
	return &model.GoType{Path: path, Name: name, Pos: f.pos(n)}
}

// synonym is the kind that is meant by a word of other languages, or by the name
// of its Go type; or "".
func synonym(word string) model.Kind {
	switch word {
	case "text", "str":
		return model.String
	case "[]byte", "binary", "byte", "blob":
		return model.Bytes
	case "integer", "int8", "int16", "int32", "int64", "number":
		return model.Int
	case "unsigned", "uint8", "uint16", "uint32", "uint64":
		return model.Uint
	case "float32", "float64", "double", "decimal":
		return model.Float
	case "boolean":
		return model.Bool
	case "time.Duration":
		return model.Duration
	case "time.Time", "timestamp", "date", "datetime":
		return model.Time
	case "uri", "net/url.URL", "url.URL":
		return model.URL
	case "object", "encoding/json.RawMessage", "json.RawMessage":
		return model.JSON
	case "map[string]string", "dict":
		return model.Map
	case "certificate", "cert", "x509":
		return model.Certificates
	case "tls", "crypto/tls.Certificate", "tls.Certificate", "keypair":
		return model.TLSKeyPair
	case "key", "privatekey", "private_key", "crypto.Signer":
		return model.PrivateKey
	}
	return ""
}

// decoding reads what is said about how the type is stored.
func (f *file) decoding(t typed, typ *model.Type) {
	if t.encoding != nil {
		typ.Pos = f.pos(t.encoding)
		typ.Encoding = f.encoding(t.encoding)
	}
	if t.into == nil {
		return
	}
	into, isType := f.text(t.into, "the name of a Go type")
	switch g := f.goType(t.into); {
	case into == "" && !isType:
	case g == nil:
		f.invalid(t.into, "this is not the name of a Go type", "write Name for one of this package, or import/path.Name")
	case typ.Kind != model.JSON && typ.Kind != "":
		f.diags.Add(diag.Diagnostic{
			Pos:     f.pos(t.into),
			Code:    diag.WrongType,
			Message: "only JSON is decoded into a Go type",
			Hint:    "write type: json, or the Go type behind type where it reads itself",
		})
	default:
		typ.Go = g
	}
}

// encoding returns "" for a word that is no encoding, which is reported.
func (f *file) encoding(n *yamltree.Node) model.Encoding {
	known := words(model.Encodings())
	if n.Kind == yamltree.Scalar && slices.Contains(known, n.Value) {
		return model.Encoding(n.Value)
	}
	d := diag.Diagnostic{
		Pos:     f.pos(n),
		Code:    diag.InvalidValue,
		Message: "unknown encoding: known are " + strings.Join(known, ", "),
	}
	if near := nearest.Word(n.Value, known); near != "" {
		d.Hint = "did you mean " + near + "?"
	}
	f.diags.Add(d)
	return ""
}
