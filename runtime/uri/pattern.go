package uri

import "strings"

// A Pattern is an entry of an allow-list: it matches one URI, or all below a
// mount or path. It can't be read, which is why it is not a [URI]. Patterns are
// comparable; the zero Pattern matches nothing.
type Pattern struct{ canonical string }

// ParsePattern reads a pattern, which is a reference, or a reference's scheme,
// mount and path ending in "/*", without key and query. Anything else, a
// wildcard in another place included, is an [*Error].
func ParsePattern(s string, scope Scope) (Pattern, error) {
	u, err := parse(s, scope, true)
	return Pattern{u.canonical}, err
}

// String returns the canonical form, or "" for the zero Pattern.
func (p Pattern) String() string { return p.canonical }

// Match reports whether the pattern allows u. One that ends in "/*" matches every
// key and version of every path below, at any depth, and not the path itself.
// Another matches the URI that it spells and no other: without a key it matches
// none of the secret's keys. The zero URI is never matched.
func (p Pattern) Match(u URI) bool {
	if u.IsZero() {
		return false
	}
	if above, ok := strings.CutSuffix(p.canonical, "*"); ok {
		return strings.HasPrefix(u.canonical[:u.path], above)
	}
	return p.canonical == u.canonical
}
