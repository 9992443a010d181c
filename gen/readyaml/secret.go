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
			hint := "make it a mapping: a secret has a uri, a group has secrets"
			if ofSecrets(pair) {
				hint = "if it is said of secrets, write it in each of them"
			}
			f.invalid(pair.Key, fmt.Sprintf("the entry%s is neither a secret nor a group", quoted(pair.Key.Value)), hint)
		case isSecret(value):
			f.secret(value, path)
		default:
			f.group(value, path)
		}
	}
}

// documentKeys are what is said of a document, and not of its fields.
func documentKeys() []string {
	return []string{"uri", "fields", "profiles", "certificate", "private_key", "cache", "response_wrap"}
}

// ofSecrets reports whether an entry of a group looks like one of a secret: by its
// key, and not by a reference, which a secret of that name would have.
func ofSecrets(pair yamltree.Pair) bool {
	key := pair.Key.Value
	return (key == "type" || key == "required" || key == "description" || slices.Contains(documentKeys(), key)) &&
		!strings.Contains(pair.Value.Value, "://")
}

// isSecret tells a secret from a group: its uri is a scalar. A mapping that holds
// no mappings, but for the fields and profiles of a secret, can't be a group, so
// its uri is missing.
func isSecret(n *yamltree.Node) bool {
	members := false
	for _, pair := range n.Pairs {
		if pair.Value.Kind == yamltree.Mapping {
			members = members || pair.Key.Value != "fields" && pair.Key.Value != "profiles" || hasMembers(pair.Value)
		} else if pair.Key.Value == "uri" && pair.Value.Kind == yamltree.Scalar {
			return true
		}
	}
	return !members
}

// hasMembers reports whether a mapping is a group by what it holds: a secret or
// group, and not what a field can be, whose keys have no mappings.
func hasMembers(n *yamltree.Node) bool {
	for _, pair := range n.Pairs {
		for _, inner := range pair.Value.Pairs {
			if inner.Key.Value == "uri" || inner.Value.Kind == yamltree.Mapping {
				return true
			}
		}
	}
	return false
}

func (f *file) secret(n *yamltree.Node, path []model.Name) {
	last := path[len(path)-1]
	s := &model.Secret{Root: f.into, Path: path, Pos: last.Pos}
	var reference *yamltree.Node
	var t typed
	f.mapping(n, "a secret", append([]entry{
		{"uri", func(_, value *yamltree.Node) { reference = value }},
		{"type", t.setType},
		{"description", func(_, value *yamltree.Node) { s.Description = f.description(value) }},
		{"fields", func(key, value *yamltree.Node) {
			t.fields = key
			s.Fields = f.fields(value)
		}},
		{"profiles", func(_, value *yamltree.Node) { s.Profiles = f.profiles(value) }},
		{"certificate", func(_, value *yamltree.Node) { s.Type.Certificate = f.keyLiteral(value) }},
		{"private_key", func(_, value *yamltree.Node) { s.Type.PrivateKey = f.keyLiteral(value) }},
		{"cache", f.literal(&s.Cache, "a duration")},
		{"response_wrap", f.literal(&s.ResponseWrap, "a duration")},
	}, f.valueEntries(&t, &s.Type)...))
	f.secretType(t, last.Pos, &s.Type)
	f.pkg.Secrets = append(f.pkg.Secrets, s)
	switch {
	case reference == nil, reference.Type == yamltree.Null, reference.Kind == yamltree.Scalar && reference.Value == "":
		f.diags.Add(diag.Diagnostic{
			Pos:     last.Pos,
			Code:    diag.MissingURI,
			Message: fmt.Sprintf("the secret%s has no uri", quoted(last.Text)),
			Hint:    "add uri: openbao+kv2://mount/path#key",
		})
		if reference != nil {
			s.Ref.Pos = f.pos(reference)
		}
	default:
		s.Ref = f.reference(reference)
	}
}

// reference reads a reference where it stands. One that is no text is reported.
func (f *file) reference(n *yamltree.Node) model.Reference {
	text, _ := f.text(n, "a reference")
	return model.Reference{
		Text:  text,
		Pos:   diag.Pos{File: f.name, Line: n.Line, Col: n.ValueCol},
		Exact: n.Exact,
	}
}

// profiles reads the references that take the place of a secret's own.
func (f *file) profiles(n *yamltree.Node) []model.Profile {
	if n.Kind != yamltree.Mapping || len(n.Pairs) == 0 {
		f.invalid(n, "profiles must be a mapping of names to references", `write profiles: {ci: "env://mount/NAME"}`)
	}
	var profiles []model.Profile
	for _, pair := range n.Pairs {
		profile := model.Profile{Name: pair.Key.Value, Pos: f.pos(pair.Key), Ref: f.reference(pair.Value)}
		if profile.Ref.Text == "" && pair.Value.Kind == yamltree.Scalar && pair.Value.Type != yamltree.Null {
			f.invalid(pair.Value, "the profile has no reference", "write one, or remove the profile")
		}
		profiles = append(profiles, profile)
	}
	return profiles
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
	fields := slices.Grow([]model.Field(nil), len(n.Pairs))
	for _, pair := range n.Pairs {
		fields = append(fields, f.field(pair.Key, pair.Value))
	}
	return fields
}

const aField = "a field"

// field reads a field: its type, or a mapping.
func (f *file) field(name, value *yamltree.Node) model.Field {
	field := model.Field{Name: model.Name{Text: name.Value, Pos: f.pos(name)}, Key: name.Value, Pos: f.pos(name)}
	var t typed
	if value.Kind == yamltree.Mapping {
		f.mapping(value, aField, append([]entry{
			{"type", t.setType},
			{"key", func(_, key *yamltree.Node) { field.Key = f.key(key) }},
			{"description", func(_, text *yamltree.Node) { field.Description = f.description(text) }},
		}, f.valueEntries(&t, &field.Type)...))
	} else {
		t.kind = value
	}
	f.scalarType(t, field.Pos, &field.Type)
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

func (f *file) keyLiteral(n *yamltree.Node) model.Literal {
	return model.Literal{Text: f.key(n), Pos: f.pos(n)}
}
