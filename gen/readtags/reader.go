package readtags

import (
	"fmt"
	"go/ast"
	"slices"
	"strings"

	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/model"
)

// maxDepth bounds groups within groups, as it does in YAML (DESIGN section 3).
const maxDepth = 32

// A reader collects the secrets of one package.
type reader struct {
	diags   *diag.List
	types   map[string]*declaredType
	sources []string
	secrets []*model.Secret
}

// group reads the fields of the declaration, or of a group inside it.
func (r *reader) group(f *file, s *ast.StructType, path []model.Name) {
	for _, field := range s.Fields.List {
		names := r.names(f, field)
		if len(names) == 0 {
			continue
		}
		t, ok := r.secretTag(f, field)
		if !ok {
			continue
		}
		inner, anonymous := ast.Unparen(field.Type).(*ast.StructType)
		if anonymous && len(names) > 1 {
			// Each level of it would double what is declared.
			r.diags.Add(diag.Diagnostic{
				Pos:     names[1].Pos,
				Code:    diag.InvalidName,
				Message: fmt.Sprintf("fields %s and %s share one anonymous struct", names[0].Text, names[1].Text),
				Hint:    "declare each by itself",
			})
			continue
		}
		for _, name := range names {
			path := append(slices.Clip(path), name)
			switch {
			case t.reference != nil:
				r.secret(f, field, path, t)
			case anonymous && len(path) == maxDepth:
				r.diags.Add(diag.Diagnostic{
					Pos:     name.Pos,
					Code:    diag.Limit,
					Message: fmt.Sprintf("groups are nested deeper than %d", maxDepth),
					Hint:    "flatten them",
				})
			case anonymous && t.options == nil:
				r.group(f, inner, path)
			default:
				r.diags.Add(diag.Diagnostic{
					Pos:     name.Pos,
					Code:    diag.MissingURI,
					Message: fmt.Sprintf("field %s has no secret tag", name.Text),
					Hint:    "add one, as `secret:\"openbao+kv2://mount/path#key\"`, or move the field out of the declaration",
				})
			}
		}
	}
}

// names returns the names of a field that generated code can have, and reports
// the others.
func (r *reader) names(f *file, field *ast.Field) []model.Name {
	if len(field.Names) == 0 {
		r.diags.Add(diag.Diagnostic{
			Pos:     f.pos(field.Type.Pos()),
			Code:    diag.InvalidName,
			Message: "an embedded field has no name of its own",
			Hint:    "give it a name",
		})
	}
	var names []model.Name
	for _, ident := range field.Names {
		if !ident.IsExported() {
			r.diags.Add(diag.Diagnostic{
				Pos:     f.pos(ident.Pos()),
				Code:    diag.InvalidName,
				Message: fmt.Sprintf("field %s is not exported", ident.Name),
				Hint:    "start its name with an upper-case letter",
			})
			continue
		}
		names = append(names, model.Name{Text: ident.Name, Pos: f.pos(ident.Pos())})
	}
	return names
}

// secret reads a field that has a reference.
func (r *reader) secret(f *file, field *ast.Field, path []model.Name, t secretTag) {
	last, reference := path[len(path)-1], t.reference
	s := &model.Secret{
		Path:        path,
		Pos:         last.Pos,
		Description: description(field),
		Type:        model.Type{Kind: r.scalar(f, field.Type), Pos: f.pos(field.Type.Pos())},
		Ref: model.Reference{
			Text:  reference.value,
			Pos:   f.tagPos(t.tag, reference.valueAt),
			Exact: reference.plain && t.contiguous(reference.valueAt, len(reference.value)),
		},
	}
	if reference.value == "" {
		r.diags.Add(diag.Diagnostic{
			Pos:     s.Ref.Pos,
			Code:    diag.MissingURI,
			Message: fmt.Sprintf("the secret tag of field %s is empty", last.Text),
			Hint:    "write a reference, as openbao+kv2://mount/path#key",
		})
	}
	if s.Type.Kind == "" {
		r.documentType(f, field, s)
	}
	r.options(f, t, &s.Type)
	r.secrets = append(r.secrets, s)
}

// documentType makes s a document, if the field's type is a struct.
func (r *reader) documentType(f *file, field *ast.Field, s *model.Secret) {
	in, structType, name := r.document(f, field.Type)
	if structType == nil {
		r.unknownType(s.Type.Pos, knownTypes+", or a struct of these that this package declares")
		return
	}
	s.Type.Kind = model.Document
	s.GoType = name
	r.sources = append(r.sources, in.base())
	for _, field := range structType.Fields.List {
		s.Fields = append(s.Fields, r.fields(in, field)...)
	}
	if len(structType.Fields.List) == 0 {
		r.diags.Add(diag.Diagnostic{
			Pos:     s.Type.Pos,
			Code:    diag.InvalidValue,
			Message: "a document without fields reads nothing",
			Hint:    "give it a field for each key of the document",
		})
	}
}

// description is the comment above a field, or else behind it, on one line.
func description(field *ast.Field) string {
	text := field.Doc.Text()
	if text == "" {
		text = field.Comment.Text()
	}
	return strings.Join(strings.Fields(text), " ")
}
