package readtags

import (
	"fmt"
	"go/ast"
	"slices"

	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/model"
)

// A member is what one name of a declaration or group declares, wherever the
// group is used: a secret, whose path depends on the place, or a group.
type member struct {
	name   model.Name // without text: the members of an embedded struct
	pos    diag.Pos
	secret *model.Secret // nil for a group
	group  *structure
}

// at returns the secret at a place. The first one is that of the member, which
// spares most secrets a copy; others share its literals with it, whose values are
// the same for all.
func (m member) at(root *model.Root, path []model.Name) *model.Secret {
	s := m.secret
	if s.Root != nil {
		s = another(s)
	}
	s.Root, s.Path = root, path
	return s
}

// another returns a copy of a secret for what check fills in.
func another(s *model.Secret) *model.Secret {
	other := *s
	other.Profiles = slices.Clone(s.Profiles)
	return &other
}

// membersOf returns the members of a struct. It reads and reports each field
// once.
func (r *reader) membersOf(in *structure) []member {
	if members, read := r.members[in.typ]; read {
		return members
	}
	members := make([]member, 0, in.typ.Fields.NumFields())
	for _, field := range in.typ.Fields.List {
		members = r.member(members, in.file, field)
	}
	r.files[in.file] = true
	r.members[in.typ] = members
	return members
}

// member reads one field, and adds what it declares to members; several names may
// share it.
func (r *reader) member(members []member, f *file, field *ast.Field) []member {
	if len(field.Names) == 0 {
		return r.embedded(members, f, field)
	}
	names := r.names(f, field)
	if len(names) == 0 {
		return members
	}
	t, ok := r.secretTag(f, field)
	if !ok {
		return members
	}
	group, pointer := r.groupOf(f, field)
	if group != nil && group.named == nil && len(names) > 1 {
		// Each level of it would double what is declared.
		r.diags.Add(diag.Diagnostic{
			Pos:     names[1].Pos,
			Code:    diag.InvalidName,
			Message: fmt.Sprintf("fields %s and %s share one anonymous struct", names[0].Text, names[1].Text),
			Hint:    "declare each by itself",
		})
		return members
	}
	if t.reference != nil {
		return r.secret(members, f, field, names, t)
	}
	if group != nil && pointer {
		r.diags.Add(diag.Diagnostic{
			Pos:     f.pos(field.Type.Pos()),
			Code:    diag.WrongType,
			Message: "a group is not a pointer: it is always there",
			Hint:    "write T for *T",
		})
		return members
	}
	for _, name := range names {
		if group != nil && t.options == nil {
			members = append(members, member{name: name, pos: name.Pos, group: group})
			continue
		}
		d := diag.Diagnostic{
			Pos:     name.Pos,
			Code:    diag.MissingURI,
			Message: fmt.Sprintf("field %s has no secret tag", name.Text),
			Hint:    "add one, as `secret:\"openbao+kv2://mount/path#key\"`, or move the field out of the declaration",
		}
		if group != nil {
			d.Message = fmt.Sprintf("field %s has options and no secret tag: a group of secrets has none", name.Text)
			d.Hint = "write the options in each of its secrets, or, if it is a document, add its secret tag"
		}
		r.diags.Add(d)
	}
	return members
}

// groupOf returns the struct that makes a group of a field without a secret tag:
// an anonymous one, or one of the package that has references.
func (r *reader) groupOf(f *file, field *ast.Field) (group *structure, pointer bool) {
	at, pointer := r.scope.pointed(site{f, field.Type})
	in := r.scope.structure(at)
	if in == nil || in.named != nil && !r.structs[in.named].tagged {
		return nil, pointer
	}
	return in, pointer
}

// embedded reads a field without a name of its own. One without a secret tag
// stands for its members, and one with it is a secret by the name of its type.
func (r *reader) embedded(members []member, f *file, field *ast.Field) []member {
	t, ok := r.secretTag(f, field)
	if !ok {
		return members
	}
	pos := f.pos(field.Type.Pos())
	ident, _ := ast.Unparen(field.Type).(*ast.Ident)
	if ident == nil || r.scope.byName[ident.Name] == nil {
		r.diags.Add(diag.Diagnostic{
			Pos:     pos,
			Code:    diag.InvalidName,
			Message: "an embedded field is neither a pointer nor of another package",
			Hint:    "embed a struct of this package, or give the field a name",
		})
		return members
	}
	if t.reference != nil {
		name := r.name(f, ident)
		if name == nil {
			return members
		}
		return r.secret(members, f, field, []model.Name{*name}, t)
	}
	group, pointer := r.groupOf(f, field)
	if group == nil || pointer || t.options != nil {
		r.diags.Add(diag.Diagnostic{
			Pos:     pos,
			Code:    diag.MissingURI,
			Message: fmt.Sprintf("the embedded %s has no secret tag, and is no struct with secrets", ident.Name),
			Hint:    "add one, as `secret:\"openbao+kv2://mount/path\"`, or move the field out of the declaration",
		})
		return members
	}
	return append(members, member{pos: pos, group: group})
}

// names returns the names of a field that generated code can have, and reports
// the others.
func (r *reader) names(f *file, field *ast.Field) []model.Name {
	var names []model.Name
	for _, ident := range field.Names {
		if name := r.name(f, ident); name != nil {
			names = append(names, *name)
		}
	}
	return names
}

func (r *reader) name(f *file, ident *ast.Ident) *model.Name {
	if ident.IsExported() {
		return &model.Name{Text: ident.Name, Pos: f.pos(ident.Pos())}
	}
	r.diags.Add(diag.Diagnostic{
		Pos:     f.pos(ident.Pos()),
		Code:    diag.InvalidName,
		Message: fmt.Sprintf("field %s is not exported", ident.Name),
		Hint:    "start its name with an upper-case letter",
	})
	return nil
}

// secret reads a field that has a reference.
func (r *reader) secret(members []member, f *file, field *ast.Field, names []model.Name, t secretTag) []member {
	o := r.options(f, t, secretOptions)
	typ, document := r.typed(f, field.Type, o, false)
	reference := t.reference
	s := &model.Secret{
		Pos:         names[0].Pos,
		Description: description(field),
		Type:        typ,
		Ref: model.Reference{
			Text:  reference.value,
			Pos:   f.tagPos(t.tag, reference.valueAt),
			Exact: reference.plain && t.contiguous(reference.valueAt, len(reference.value)),
		},
		Profiles:     o.references(),
		Cache:        o.literal(optionCache),
		ResponseWrap: o.literal(optionWrap),
	}
	if reference.value == "" {
		r.diags.Add(diag.Diagnostic{
			Pos:     s.Ref.Pos,
			Code:    diag.MissingURI,
			Message: fmt.Sprintf("the secret tag of field %s is empty", names[0].Text),
			Hint:    "write a reference, as openbao+kv2://mount/path#key",
		})
	}
	if document != nil {
		s.Fields = r.document(document)
		r.files[document.file] = true
		if document.named != nil {
			r.use(document.named)
		}
	}
	for i, name := range names {
		if i > 0 {
			s = another(s)
			s.Pos = name.Pos
		}
		members = append(members, member{name: name, pos: name.Pos, secret: s})
	}
	return members
}
