package decode

import "github.com/secretsgen/secretsgen/runtime/constraint"

// Check decodes with d and refuses what breaks one of the rules, told by the
// first that it breaks. What d returns for an absent document, its default, is
// not judged: the build has done that.
func Check[T any](d Decoder[T], rules ...constraint.Rule[T]) Decoder[T] {
	return func(doc Document) (T, error) {
		value, err := d(doc)
		if err != nil || doc.IsAbsent() {
			return value, err
		}
		for _, rule := range rules {
			if broken := rule.Broken(value); broken != "" {
				var zero T
				return zero, fail(broken)
			}
		}
		return value, nil
	}
}
