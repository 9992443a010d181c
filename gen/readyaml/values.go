package readyaml

import (
	"github.com/secretsgen/secretsgen/gen/model"
	"github.com/secretsgen/secretsgen/internal/yamltree"
)

// valueEntries are the keys that secrets and fields have alike: how a value is
// stored, and what it may be. They fill typ, and t with what is settled once all
// keys are read.
func (f *file) valueEntries(t *typed, typ *model.Type) []entry {
	limits := &typ.Limits
	return []entry{
		{"into", t.setInto},
		{"encoding", t.setEncoding},
		{"required", func(_, value *yamltree.Node) {
			typ.Optional = f.flag(value)
			typ.Optional.On = !typ.Optional.On && typ.Optional.Pos.Line > 0
		}},
		{"default", f.literal(&typ.Default, "a default")},
		{"insecure_default", func(_, value *yamltree.Node) { typ.Insecure = f.flag(value) }},
		{"min", f.literal(&limits.Min, "a number or duration")},
		{"max", f.literal(&limits.Max, "a number or duration")},
		{"min_length", f.literal(&limits.MinLength, "a length")},
		{"max_length", f.literal(&limits.MaxLength, "a length")},
		{"pattern", f.literal(&limits.Pattern, "a regular expression")},
		{"one_of", func(_, value *yamltree.Node) { limits.OneOf = f.literals(value) }},
		{"allow_null", func(_, value *yamltree.Node) { typ.Nullable = f.flag(value) }},
		{"allow_empty", func(_, value *yamltree.Node) { typ.Empty = f.flag(value) }},
	}
}

// flag reads a boolean. Anything else is reported, and then nothing was said.
func (f *file) flag(n *yamltree.Node) model.Flag {
	on := n.Value == "true" || n.Value == "True" || n.Value == "TRUE"
	if n.Kind != yamltree.Scalar || n.Type != yamltree.Bool {
		f.invalid(n, "this must be true or false", "write true or false, without quotes")
		return model.Flag{}
	}
	return model.Flag{On: on, Pos: f.pos(n)}
}

// literal reads a scalar's text into place.
func (f *file) literal(place **model.Literal, what string) func(_, value *yamltree.Node) {
	return func(_, value *yamltree.Node) {
		if text, ok := f.text(value, what); ok {
			*place = &model.Literal{Text: text, Pos: f.pos(value)}
		}
	}
}

// literals reads a list of scalars.
func (f *file) literals(n *yamltree.Node) []*model.Literal {
	if n.Kind != yamltree.Sequence || len(n.Items) == 0 {
		f.invalid(n, "one_of must be a list of values", "write one_of: [debug, info]")
		return nil
	}
	var all []*model.Literal
	for _, item := range n.Items {
		if text, ok := f.text(item, "a value"); ok {
			all = append(all, &model.Literal{Text: text, Pos: f.pos(item)})
		}
	}
	return all
}
