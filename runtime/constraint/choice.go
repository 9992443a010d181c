package constraint

import (
	"regexp"
	"slices"
	"sync"
)

// Pattern refuses text in which expr, a regular expression of package regexp
// (RE2), matches nothing. It matches anywhere: anchor it with ^ and $ to match
// the whole text. It is compiled once, at first use; one that does not compile
// refuses everything.
func Pattern(expr string) Rule[string] {
	compiled := sync.OnceValue(func() *regexp.Regexp {
		re, err := regexp.Compile(expr)
		if err != nil {
			return nil
		}
		return re
	})
	return Rule[string]{broken: func(v string) string {
		switch re := compiled(); {
		case re == nil:
			return "has a pattern that is no regular expression"
		case !re.MatchString(v):
			return "does not match its pattern"
		}
		return ""
	}}
}

// OneOf refuses what is equal to none of the allowed values. With none allowed
// it refuses everything.
func OneOf[T comparable](allowed ...T) Rule[T] {
	allowed = slices.Clone(allowed)
	return unless("is none of the values that are allowed", func(v T) bool { return slices.Contains(allowed, v) })
}
