package readyaml

import (
	"fmt"
	"slices"
	"strings"

	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/model"
	"github.com/secretsgen/secretsgen/internal/yamltree"
	"github.com/secretsgen/secretsgen/runtime/uri"
)

func (f *file) secrets(key, value *yamltree.Node) {
	f.declares = true
	f.pkg.Sources = append(f.pkg.Sources, f.base)
	switch {
	case value.Kind == yamltree.Mapping && len(value.Pairs) > 0:
		f.group(value, nil)
	case value.Kind == yamltree.Mapping, value.Type == yamltree.Null:
		f.diags.Add(diag.Diagnostic{
			Pos:     f.pos(key),
			Code:    diag.NoDeclarations,
			Message: "no secrets are declared here",
			Hint:    "declare one, or remove the key",
		})
	default:
		f.invalid(value, "secrets must be a mapping of groups and secrets", "write secrets: {token: {uri: …}}")
	}
}

// group reads the members of a mapping that is no secret.
func (f *file) group(n *yamltree.Node, path []model.Name) {
	for _, pair := range n.Pairs {
		path := append(slices.Clip(path), model.Name{Text: pair.Key.Value, Pos: f.pos(pair.Key)})
		switch value := pair.Value; {
		case value.Kind != yamltree.Mapping || len(value.Pairs) == 0:
			f.invalid(pair.Key, fmt.Sprintf("the entry%s is neither a secret nor a group", quoted(pair.Key.Value)),
				"make it a mapping: a secret has a uri, a group has secrets")
		case isSecret(value):
			f.secret(value, path)
		default:
			f.group(value, path)
		}
	}
}

// isSecret tells a secret from a group: its uri is a scalar. A mapping that holds
// no mappings, but for fields, can't be a group, so its uri is missing.
func isSecret(n *yamltree.Node) bool {
	members := false
	for _, pair := range n.Pairs {
		if pair.Value.Kind == yamltree.Mapping {
			members = members || pair.Key.Value != "fields"
		} else if pair.Key.Value == "uri" && pair.Value.Kind == yamltree.Scalar {
			return true
		}
	}
	return !members
}

func (f *file) secret(n *yamltree.Node, path []model.Name) {
	last := path[len(path)-1]
	s := &model.Secret{Path: path, Pos: last.Pos}
	var reference *yamltree.Node
	var t typed
	f.mapping(n, "a secret", []entry{
		{"uri", func(_, value *yamltree.Node) { reference = value }},
		{"type", t.setType},
		{"encoding", t.setEncoding},
		{"description", func(_, value *yamltree.Node) { s.Description = f.description(value) }},
		{"fields", func(key, value *yamltree.Node) {
			t.fields = key
			s.Fields = f.fields(value)
		}},
	})
	s.Type = f.secretType(t, last.Pos)
	f.pkg.Secrets = append(f.pkg.Secrets, s)
	switch {
	case reference == nil, reference.Type == yamltree.Null, reference.Kind == yamltree.Scalar && reference.Value == "":
		f.diags.Add(diag.Diagnostic{
			Pos:     last.Pos,
			Code:    diag.MissingURI,
			Message: fmt.Sprintf("the secret%s has no uri", quoted(last.Text)),
			Hint:    "add uri: openbao+kv2://mount/path#key",
		})
	default:
		s.Ref.Text, _ = f.text(reference, "a reference")
	}
	if reference != nil {
		s.Ref.Pos = diag.Pos{File: f.name, Line: reference.Line, Col: reference.ValueCol}
		s.Ref.Exact = reference.Exact
	}
}

// description puts a text of several lines on one.
func (f *file) description(n *yamltree.Node) string {
	text, _ := f.text(n, "a description")
	return strings.Join(strings.Fields(text), " ")
}

func (f *file) fields(n *yamltree.Node) []model.Field {
	if n.Kind != yamltree.Mapping || len(n.Pairs) == 0 {
		f.invalid(n, "fields must be a mapping of names to types", "write fields: {username: string}")
	}
	var fields []model.Field
	for _, pair := range n.Pairs {
		fields = append(fields, f.field(pair.Key, pair.Value))
	}
	return fields
}

// field reads a field: its type, or a mapping.
func (f *file) field(name, value *yamltree.Node) model.Field {
	field := model.Field{Name: model.Name{Text: name.Value, Pos: f.pos(name)}, Key: name.Value, Pos: f.pos(name)}
	var t typed
	if value.Kind == yamltree.Mapping {
		f.mapping(value, "a field", []entry{
			{"type", t.setType},
			{"encoding", t.setEncoding},
			{"key", func(_, key *yamltree.Node) { field.Key = f.key(key) }},
			{"description", func(_, text *yamltree.Node) { field.Description = f.description(text) }},
		})
	} else {
		t.kind = value
	}
	field.Type = f.scalarType(t, field.Pos)
	return field
}

// key reads the name of a key in the store. It has the grammar of a key in a
// reference, so that either can name it.
func (f *file) key(n *yamltree.Node) string {
	key, ok := f.text(n, "the name of a key")
	if !ok {
		return ""
	}
	if u, err := uri.Parse("file://mount/path#"+key, uri.Scope{AnyMount: true}); err != nil || u.Key() != key {
		f.invalid(n, "this is not the name of a key", "use A-Z a-z 0-9 . _ ~ @ : + = , - only")
	}
	return key
}
