package readyaml

import (
	"fmt"
	"slices"
	"strings"

	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/names"
	"github.com/secretsgen/secretsgen/gen/nearest"
	"github.com/secretsgen/secretsgen/internal/yamltree"
)

// An entry is a known key of a mapping and what reads its value.
type entry struct {
	key  string
	read func(key, value *yamltree.Node)
}

// mapping reads a mapping whose keys are known, and reports the others. The
// mapping is called what: "a secret".
func (f *file) mapping(n *yamltree.Node, what string, known []entry) {
	for _, pair := range n.Pairs {
		if e := find(known, pair.Key.Value); e != nil {
			e.read(pair.Key, pair.Value)
			continue
		}
		keys := make([]string, len(known))
		for i, e := range known {
			keys[i] = e.key
		}
		d := diag.Diagnostic{
			Pos:     f.pos(pair.Key),
			Code:    diag.UnknownKey,
			Message: fmt.Sprintf("unknown key%s of %s: known are %s", quoted(pair.Key.Value), what, strings.Join(keys, ", ")),
		}
		switch near := nearest.Word(pair.Key.Value, keys); {
		case what == aField && slices.Contains(documentKeys(), pair.Key.Value):
			d.Hint = "it is said of a whole document: write it beside fields"
		case near != "":
			d.Hint = fmt.Sprintf("did you mean %s?", near)
		}
		f.diags.Add(d)
	}
}

func find(known []entry, key string) *entry {
	for i := range known {
		if known[i].key == key {
			return &known[i]
		}
	}
	return nil
}

// text returns a scalar's text. Anything else, a null included, is reported as
// not being what: "a description".
func (f *file) text(n *yamltree.Node, what string) (string, bool) {
	if n.Kind != yamltree.Scalar || n.Type == yamltree.Null {
		f.invalid(n, "this must be "+what, "write it as text behind the key")
		return "", false
	}
	return n.Value, true
}

func (f *file) invalid(n *yamltree.Node, message, hint string) {
	f.diags.Add(diag.Diagnostic{Pos: f.pos(n), Code: diag.InvalidValue, Message: message, Hint: hint})
}

// quoted is a key behind a space, in quotes, for a message; or nothing if the
// key does not look like a name, because then it may be anything.
func quoted(key string) string {
	if !names.Valid(key) {
		return ""
	}
	return fmt.Sprintf(" %q", key)
}
