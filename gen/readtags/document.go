package readtags

import (
	"errors"
	"fmt"
	"go/ast"
	"strings"

	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/model"
	"github.com/secretsgen/secretsgen/runtime/uri"
)

// document returns the fields of a document's struct, which is read once.
func (r *reader) document(in *structure) []model.Field {
	if fields, read := r.documents[in.typ]; read {
		return fields
	}
	var fields []model.Field
	for _, field := range in.typ.Fields.List {
		fields = append(fields, r.fields(in.file, field)...)
	}
	if len(in.typ.Fields.List) == 0 {
		r.diags.Add(diag.Diagnostic{
			Pos:     in.file.pos(in.typ.Pos()),
			Code:    diag.InvalidValue,
			Message: "a document without fields reads nothing",
			Hint:    "give it a field for each key of the document",
		})
	}
	r.documents[in.typ] = fields
	return fields
}

// fields reads one field of a document's struct; several names may share it.
func (r *reader) fields(f *file, field *ast.Field) []model.Field {
	if len(field.Names) == 0 {
		r.diags.Add(diag.Diagnostic{
			Pos:     f.pos(field.Type.Pos()),
			Code:    diag.InvalidName,
			Message: "an embedded field has no name of its own, and documents have no groups",
			Hint:    "give it a name, or write its fields out",
		})
		return nil
	}
	names := r.names(f, field)
	t, ok := r.secretTag(f, field)
	if !ok || len(names) == 0 {
		return nil
	}
	o := r.options(f, t, fieldOptions)
	typ, _ := r.typed(f, field.Type, o, true)
	key := r.key(f, t)
	if typ.Kind == "" {
		return nil
	}
	var fields []model.Field
	for _, name := range names {
		fields = append(fields, model.Field{
			Name:        name,
			Key:         key,
			Type:        typ,
			Description: description(field),
			Pos:         name.Pos,
		})
	}
	return fields
}

// key returns the key that a document's field is tagged with, or "". It is that of a
// reference, so the parser of references reads it, behind a reference that takes
// nothing else.
func (r *reader) key(f *file, t secretTag) string {
	const document = "file://mount/document"
	p := t.reference
	if p == nil {
		return ""
	}
	if !strings.HasPrefix(p.value, "#") {
		r.diags.Add(diag.Diagnostic{
			Pos:     f.tagPos(t.tag, p.valueAt),
			Code:    diag.InvalidValue,
			Message: "the tag of a document's field is not a key",
			Hint:    `write secret:"#key"; the reference stands on the document itself`,
		})
		return ""
	}
	parsed, err := uri.Parse(document+p.value, uri.Scope{AnyMount: true})
	var fault *uri.Error
	if errors.As(err, &fault) {
		r.diags.Add(diag.Diagnostic{
			Pos:     f.tagPos(t.tag, p.at(fault.Faults[0].Offset-len(document))),
			Code:    diag.Code(fault.Codes[0]),
			Message: fmt.Sprintf("the key is not legal: %s", fault.Faults[0].Reason),
		})
	}
	return parsed.Key()
}
