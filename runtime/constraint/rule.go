package constraint

// Rule is one constraint on values of type T. The zero Rule is broken by
// nothing.
type Rule[T any] struct{ broken func(T) string }

// Broken returns what v breaks, "is below its minimum, 1", or "" if nothing. It
// never shows v.
func (r Rule[T]) Broken(v T) string {
	if r.broken == nil {
		return ""
	}
	return r.broken(v)
}

// unless is the rule that holds where fits does.
func unless[T any](text string, fits func(T) bool) Rule[T] {
	return Rule[T]{broken: func(v T) string {
		if fits(v) {
			return ""
		}
		return text
	}}
}
