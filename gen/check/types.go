package check

import (
	"fmt"

	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/model"
)

// typ judges what a declaration says of its type by itself: how a value is
// stored, what it may be, and what an absent one means.
func (c *checker) typ(t *model.Type) {
	if t.Kind == "" {
		return // its reader has reported it
	}
	if t.Encoding != "" && t.Kind != model.Bytes {
		c.diags.Add(diag.Diagnostic{
			Pos:     t.Pos,
			Code:    diag.WrongType,
			Message: fmt.Sprintf("an encoding is for the type bytes, but the type is %s", t.Kind),
			Hint:    "set the type to bytes, or remove the encoding",
		})
	}
	c.pair(t)
	c.limits(t)
	c.emptiness(t)
	c.absence(t)
}

// field judges the type of a document's field, which is one key.
func (c *checker) field(f *model.Field) {
	if f.Type.Kind == model.TLSKeyPair {
		c.diags.Add(diag.Diagnostic{
			Pos:     f.Type.Pos,
			Code:    diag.WrongType,
			Message: "a tls-keypair is read from two keys, but a field is one",
			Hint:    "declare it as a secret of its own, or its keys as certificates and private-key",
		})
		return
	}
	c.typ(&f.Type)
}

// pair fills the keys of a pair as Kubernetes names them.
func (c *checker) pair(t *model.Type) {
	said := t.Certificate
	if said.Text == "" {
		said = t.PrivateKey
	}
	switch {
	case t.Kind == model.TLSKeyPair:
		if t.Certificate.Text == "" {
			t.Certificate.Text = "tls.crt"
		}
		if t.PrivateKey.Text == "" {
			t.PrivateKey.Text = "tls.key"
		}
		if t.Certificate.Text == t.PrivateKey.Text {
			pos := t.PrivateKey.Pos
			if pos == (diag.Pos{}) {
				pos = t.Certificate.Pos // names the default of the other
			}
			c.constraint(pos, "the certificate and the private key are read from one key", "name two keys of the document", nil)
		}
	case said.Text != "":
		c.constraint(said.Pos, fmt.Sprintf("the keys of a certificate and its private key are for the type tls-keypair, but the type is %s", t.Kind),
			"set the type to tls-keypair, or remove them", nil)
	}
}

// emptiness judges whether the type has an empty value.
func (c *checker) emptiness(t *model.Type) {
	if t.Empty.On && !hasLength(t.Kind) {
		c.constraint(t.Empty.Pos, fmt.Sprintf("a value of the type %s is never empty", t.Kind), "remove allow_empty", nil)
		return
	}
	if n, ok := valueOf[int](t.Limits.MinLength); t.Empty.On && ok && n > 0 {
		c.constraint(t.Limits.MinLength.Pos, "min_length refuses the empty value that is allowed", "remove one of the two",
			[]diag.Related{{Pos: t.Empty.Pos, Message: "allow_empty"}})
	}
}

// hasLength reports whether values of a kind have a length, and may be empty.
func hasLength(k model.Kind) bool {
	return k == model.String || k == model.Bytes || k == model.Map
}

// constraint reports a rule of values that makes no sense, beside the place of
// another that it contradicts, if there is one.
func (c *checker) constraint(pos diag.Pos, message, hint string, other []diag.Related) {
	c.diags.Add(diag.Diagnostic{Pos: c.place(pos), Code: diag.InvalidConstraint, Message: message, Hint: hint, Related: other})
}
