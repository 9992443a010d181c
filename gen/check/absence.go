package check

import (
	"fmt"

	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/model"
)

// absence judges what a declaration says of a value that is not there.
func (c *checker) absence(t *model.Type) {
	d := t.Default
	if d == nil {
		if t.Insecure.On {
			c.defaulted(diag.InvalidDefault, t.Insecure.Pos, "insecure_default is set, and there is no default", "remove it", nil)
		}
		return
	}
	switch {
	case t.Optional.Pos != (diag.Pos{}):
		c.defaulted(diag.InvalidDefault, d.Pos, "what has a default is never missing, so it is neither required nor optional", "remove one of the two",
			[]diag.Related{{Pos: t.Optional.Pos, Message: "what says so"}})
	case !takesDefault(t):
		c.defaulted(diag.InvalidDefault, d.Pos, fmt.Sprintf("the type %s takes no default", t.Kind), "remove it, or make the secret optional with required: false", nil)
	case t.Kind.Credential() && !t.Insecure.On:
		c.defaulted(diag.InsecureDefault, d.Pos, fmt.Sprintf("a value of the type %s may be a credential, which must not stand in a declaration", t.Kind),
			"remove the default; if it is no credential, add insecure_default: true", nil)
	default:
		c.defaultValue(t)
	}
}

// takesDefault reports whether a default of the type can be checked here.
func takesDefault(t *model.Type) bool {
	switch t.Kind {
	case model.Map, model.Certificates, model.TLSKeyPair, model.PrivateKey, model.Document, model.Named:
		return false
	}
	return t.Go == nil
}

// defaultValue judges a default by the rules that hold for a stored value.
func (c *checker) defaultValue(t *model.Type) {
	d := t.Default
	value, rule := parse(t, d.Text)
	if rule == "" && d.Text == "" && !t.Empty.On {
		rule = "is empty"
	}
	if rule != "" {
		c.defaulted(diag.InvalidDefault, d.Pos, "the default "+rule, "write it as the store would hold it: "+example(t.Kind), nil)
		return
	}
	if rule := c.broken(t, value, true); rule != "" {
		c.defaulted(diag.InvalidDefault, d.Pos, "the default "+rule, "mend the default or the constraint", nil)
		return
	}
	d.Value = value
}

func (c *checker) defaulted(code diag.Code, pos diag.Pos, message, hint string, related []diag.Related) {
	c.diags.Add(diag.Diagnostic{Pos: pos, Code: code, Message: message, Hint: hint, Related: related})
}
