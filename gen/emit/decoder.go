package emit

import (
	"strconv"
	"time"

	"github.com/dave/jennifer/jen"

	"github.com/secretsgen/secretsgen/gen/model"
)

// decoder is the function that makes the T of a declaration.
func (s *secret) decoder() *jen.Statement {
	if s.isDocument() {
		return absent(s.Type, jen.Id(s.decode))
	}
	return decoderOf(s.Type, patternRule(s.Type))
}

// decoderOf composes a decoder from the inside out: what a value is, what it may
// be, and what it means that there is none. The rule of a pattern is passed, for
// a document keeps those in variables.
func decoderOf(t model.Type, pattern jen.Code) *jen.Statement {
	d := bareDecoder(t)
	if t.Empty.On && t.Kind != model.Map {
		d = inDecode("AllowEmpty").Call(d)
	}
	if rules := rulesOf(t, pattern); len(rules) > 0 {
		d = inDecode("Check").Call(append([]jen.Code{d}, rules...)...)
	}
	return absent(t, d)
}

func absent(t model.Type, d *jen.Statement) *jen.Statement {
	if t.Default != nil {
		if literal := goLiteral(t.Default.Value); literal != nil {
			d = inDecode("Default").Call(d, literal)
		} else {
			d = inDecode("DefaultText").Call(d, jen.Lit(t.Default.Text))
		}
	}
	switch {
	case t.Optional.On && t.Nullable.On:
		return inDecode("OptionalOrNull").Call(d)
	case t.Optional.On:
		return inDecode("Optional").Call(d)
	case t.Nullable.On:
		return inDecode("Nullable").Call(d)
	}
	return d
}

// bareDecoder makes a value that is there.
func bareDecoder(t model.Type) *jen.Statement {
	switch _, name := scalarType(t.Kind); {
	case t.Kind == model.Named && t.Go.Reads == model.ByText:
		return inDecode("Text").Types(bareType(t, ""))
	case t.Go != nil:
		return inDecode("JSONInto").Types(bareType(t, ""))
	case t.Kind == model.TLSKeyPair:
		return inDecode(name).Call(jen.Lit(t.Certificate.Text), jen.Lit(t.PrivateKey.Text))
	case t.Kind == model.Bytes:
		return inDecode(bytesDecoder(t.Encoding))
	case t.Kind == model.Map && t.Empty.On:
		return inDecode("MapAllowEmpty")
	default:
		return inDecode(name)
	}
}

func bytesDecoder(e model.Encoding) string {
	switch e {
	case "", model.Raw:
		return "Bytes"
	case model.Base64:
		return "Base64"
	case model.Base64URL:
		return "Base64URL"
	case model.Hex:
		return "Hex"
	}
	return ""
}

// rulesOf are the constraints of a type, in the order in which they are checked.
func rulesOf(t model.Type, pattern jen.Code) []jen.Code {
	var rules []jen.Code
	l := t.Limits
	for _, bound := range []struct {
		name    string
		literal *model.Literal
	}{{"Min", l.Min}, {"Max", l.Max}} {
		if bound.literal != nil {
			rule := inConstraint(bound.name)
			if t.Kind == model.Uint {
				rule.Types(jen.Uint())
			}
			rules = append(rules, rule.Call(goLiteral(bound.literal.Value)))
		}
	}
	for _, bound := range []struct {
		name    string
		literal *model.Literal
	}{{"MinLength", l.MinLength}, {"MaxLength", l.MaxLength}} {
		if bound.literal != nil {
			rules = append(rules, inConstraint(bound.name).Types(bareType(t, "")).Call(goLiteral(bound.literal.Value)))
		}
	}
	if pattern != nil {
		rules = append(rules, pattern)
	}
	if len(l.OneOf) > 0 {
		rule := inConstraint("OneOf")
		if t.Kind == model.Uint {
			rule.Types(jen.Uint())
		}
		allowed := make([]jen.Code, len(l.OneOf))
		for i, literal := range l.OneOf {
			allowed[i] = goLiteral(literal.Value)
		}
		rules = append(rules, rule.Call(allowed...))
	}
	return rules
}

func patternRule(t model.Type) jen.Code {
	if t.Limits.Pattern == nil {
		return nil
	}
	return inConstraint("Pattern").Call(jen.Lit(t.Limits.Pattern.Text))
}

// goLiteral is a value as Go writes it, or nil where its text says it better. A
// float always has a point or an exponent, so that it is none of an int.
func goLiteral(value any) jen.Code {
	switch v := value.(type) {
	case string, bool, float64:
		return jen.Lit(v)
	case int:
		return jen.Op(strconv.Itoa(v))
	case uint:
		return jen.Op(strconv.FormatUint(uint64(v), 10))
	case time.Duration:
		return duration(v)
	}
	return nil
}

// duration is a number of the largest unit that divides it.
func duration(d time.Duration) jen.Code {
	units := []struct {
		size time.Duration
		name string
	}{
		{time.Hour, "Hour"},
		{time.Minute, "Minute"},
		{time.Second, "Second"},
		{time.Millisecond, "Millisecond"},
		{time.Microsecond, "Microsecond"},
		{time.Nanosecond, "Nanosecond"},
	}
	unit := units[0]
	for _, smaller := range units[1:] {
		if d%unit.size == 0 {
			break
		}
		unit = smaller
	}
	name := jen.Qual(timePath, unit.name)
	if d == unit.size {
		return name
	}
	return jen.Op(strconv.FormatInt(int64(d/unit.size), 10)).Op("*").Add(name)
}

func inDecode(name string) *jen.Statement     { return jen.Qual(decodePath, name) }
func inConstraint(name string) *jen.Statement { return jen.Qual(constraintPath, name) }
