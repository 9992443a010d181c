package check

import (
	"cmp"
	"fmt"
	"regexp/syntax"
	"time"

	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/model"
	"github.com/secretsgen/secretsgen/runtime/constraint"
)

// limits judges the constraints of a type by themselves and with each other, and
// fills the values of their literals.
func (c *checker) limits(t *model.Type) {
	l := &t.Limits
	c.bounds(t, "min", l.Min, "max", l.Max, isOrdered(t.Kind), "int, uint, float and duration")
	c.bounds(t, "min_length", l.MinLength, "max_length", l.MaxLength, hasLength(t.Kind), "string, bytes and map")
	c.pattern(t)
	c.oneOf(t)
}

// isOrdered reports whether values of a kind have a minimum.
func isOrdered(k model.Kind) bool {
	switch k {
	case model.Int, model.Uint, model.Float, model.Duration:
		return true
	}
	return false
}

// bounds judges a lower and an upper bound. Those of a length are lengths, the
// others values of the type.
func (c *checker) bounds(t *model.Type, lowName string, low *model.Literal, highName string, high *model.Literal, fit bool, kinds string) {
	for _, bound := range []struct {
		name    string
		literal *model.Literal
	}{{lowName, low}, {highName, high}} {
		switch {
		case bound.literal == nil:
		case !fit:
			c.constraint(bound.literal.Pos, fmt.Sprintf("%s is for the types %s, but the type is %s", bound.name, kinds, t.Kind), "remove it", nil)
		case hasLength(t.Kind):
			n, rule := constraint.ParseInt(bound.literal.Text)
			if rule != "" || n < 0 || n == 0 && bound.name == highName {
				c.constraint(bound.literal.Pos, bound.name+" is not a length", "write a whole number; a value that may be empty has allow_empty", nil)
				continue
			}
			bound.literal.Value = n
		default:
			c.value(t, bound.name, bound.literal)
		}
	}
	if low != nil && high != nil && order(low.Value, high.Value) > 0 {
		c.constraint(high.Pos, highName+" is below "+lowName, "exchange or mend them",
			[]diag.Related{{Pos: low.Pos, Message: lowName}})
	}
}

// value fills a literal with the value that the type reads it as, and reports one
// that is none.
func (c *checker) value(t *model.Type, what string, l *model.Literal) bool {
	value, rule := parse(t, l.Text)
	if rule != "" {
		c.constraint(l.Pos, fmt.Sprintf("%s %s", what, rule), "write it as the store would hold it: "+example(t.Kind), nil)
		return false
	}
	l.Value = value
	return true
}

// order compares two values of one kind; those that were refused are equal.
func order(a, b any) int {
	switch a := a.(type) {
	case int:
		b, _ := b.(int)
		return cmp.Compare(a, b)
	case uint:
		b, _ := b.(uint)
		return cmp.Compare(a, b)
	case float64:
		b, _ := b.(float64)
		return cmp.Compare(a, b)
	case time.Duration:
		b, _ := b.(time.Duration)
		return cmp.Compare(a, b)
	}
	return 0
}

const (
	// maxPattern bounds a pattern, in bytes.
	maxPattern = 1000
	// maxStates bounds what it is compiled to: a{1000}{1000} is short.
	maxStates = 10_000
)

func (c *checker) pattern(t *model.Type) {
	p := t.Limits.Pattern
	if p == nil {
		return
	}
	if t.Kind != model.String {
		c.constraint(p.Pos, fmt.Sprintf("a pattern is for the type string, but the type is %s", t.Kind), "remove it", nil)
		return
	}
	report := func(message, hint string) {
		c.diags.Add(diag.Diagnostic{Pos: p.Pos, Code: diag.InvalidPattern, Message: message, Hint: hint})
	}
	if len(p.Text) > maxPattern || p.Text == "" {
		report(fmt.Sprintf("a pattern has 1 to %d bytes", maxPattern), "write a shorter one, or remove it")
		return
	}
	parsed, err := syntax.Parse(p.Text, syntax.Perl)
	switch {
	case err != nil:
		report("this is not a regular expression", "write it in the syntax of RE2: https://github.com/google/re2/wiki/Syntax")
	case states(parsed) > maxStates:
		report("the pattern is too large once its repetitions are written out", "repeat less, or use max_length")
	default:
		p.Value = p.Text
	}
}

// states is about how many states a pattern has once it is compiled.
func states(re *syntax.Regexp) int {
	n := 1 + len(re.Rune)
	for _, sub := range re.Sub {
		n += states(sub)
	}
	if re.Op == syntax.OpRepeat {
		n *= max(re.Min, re.Max, 1)
	}
	return min(n, maxStates+1)
}

func (c *checker) oneOf(t *model.Type) {
	all := t.Limits.OneOf
	if len(all) == 0 {
		return
	}
	switch t.Kind {
	case model.String, model.Int, model.Uint, model.Duration:
	default:
		c.constraint(all[0].Pos, fmt.Sprintf("one_of is for the types string, int, uint and duration, but the type is %s", t.Kind), "remove it", nil)
		return
	}
	first := map[any]*model.Literal{}
	for _, l := range all {
		if !c.value(t, "this value of one_of", l) {
			continue
		}
		if other, twice := first[l.Value]; twice {
			c.constraint(l.Pos, "one_of lists a value twice", "remove one", []diag.Related{{Pos: other.Pos, Message: "the first one"}})
			continue
		}
		first[l.Value] = l
		if rule := c.broken(t, l.Value, false); rule != "" {
			c.constraint(l.Pos, "a value of one_of "+rule, "remove it, or mend the other constraint", nil)
		}
	}
}

// broken says which of the type's constraints a value breaks, with one_of or
// without; or "". Constraints that were refused break nothing.
func (c *checker) broken(t *model.Type, value any, oneOf bool) string {
	l := t.Limits
	switch v := value.(type) {
	case int:
		return brokenOrdered(l, v, oneOf)
	case uint:
		return brokenOrdered(l, v, oneOf)
	case float64:
		return brokenOrdered(l, v, oneOf)
	case time.Duration:
		return brokenOrdered(l, v, oneOf)
	case string:
		return brokenText(l, v, oneOf)
	case []byte:
		return brokenLength(l, v)
	}
	return ""
}

func brokenOrdered[T cmp.Ordered](l model.Limits, v T, oneOf bool) string {
	var rules []constraint.Rule[T]
	if bound, ok := valueOf[T](l.Min); ok {
		rules = append(rules, constraint.Min(bound))
	}
	if bound, ok := valueOf[T](l.Max); ok {
		rules = append(rules, constraint.Max(bound))
	}
	return first(append(rules, listed[T](l, oneOf)...), v)
}

func brokenText(l model.Limits, v string, oneOf bool) string {
	var rules []constraint.Rule[string]
	if pattern, ok := valueOf[string](l.Pattern); ok {
		rules = append(rules, constraint.Pattern(pattern))
	}
	if rule := first(append(rules, listed[string](l, oneOf)...), v); rule != "" {
		return rule
	}
	return brokenLength(l, v)
}

func brokenLength[T ~string | ~[]byte](l model.Limits, v T) string {
	var rules []constraint.Rule[T]
	if n, ok := valueOf[int](l.MinLength); ok {
		rules = append(rules, constraint.MinLength[T](n))
	}
	if n, ok := valueOf[int](l.MaxLength); ok {
		rules = append(rules, constraint.MaxLength[T](n))
	}
	return first(rules, v)
}

// listed is the rule of one_of, if it counts.
func listed[T comparable](l model.Limits, oneOf bool) []constraint.Rule[T] {
	var allowed []T
	for _, literal := range l.OneOf {
		if v, ok := valueOf[T](literal); ok {
			allowed = append(allowed, v)
		}
	}
	if !oneOf || len(allowed) == 0 {
		return nil
	}
	return []constraint.Rule[T]{constraint.OneOf(allowed...)}
}

func first[T any](rules []constraint.Rule[T], v T) string {
	for _, rule := range rules {
		if broken := rule.Broken(v); broken != "" {
			return broken
		}
	}
	return ""
}

func valueOf[T any](l *model.Literal) (value T, ok bool) {
	if l == nil {
		return value, false
	}
	value, ok = l.Value.(T)
	return value, ok
}
