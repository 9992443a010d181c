package uri

import "slices"

// A Scope says what a reference may name. The zero Scope allows no mount and
// knows the built-in schemes only, so nothing parses under it.
type Scope struct {
	// Tenant names the tenant in errors. It takes no part in a decision.
	Tenant string

	// Mounts are the mounts that the tenant may use, compared byte by byte. An
	// empty list allows none.
	Mounts []string

	// Schemes are the declared instances and third-party schemes, in lower case,
	// beside the built-in ones. An entry that [ValidScheme] refuses has no effect.
	Schemes []string

	// AnyMount allows every mount, whatever Mounts says. It is for tools that look
	// at a reference and read nothing.
	AnyMount bool
}

// allows reports whether the tenant may use mount, which must be legal.
func (s Scope) allows(mount string) bool {
	return s.AnyMount || slices.Contains(s.Mounts, mount)
}

// scheme returns the canonical form of a scheme that was written in any case, or
// "" if it is not known.
func (s Scope) scheme(written string) string {
	for _, known := range builtinSchemes {
		if equalLower(written, known) {
			return known
		}
	}
	for _, known := range s.Schemes {
		if equalLower(written, known) && ValidScheme(known) {
			return known
		}
	}
	return ""
}

// equalLower reports whether written is lower once its ASCII letters, and no
// others, are lowercased: U+212A, the Kelvin sign, is not k.
func equalLower(written, lower string) bool {
	if len(written) != len(lower) {
		return false
	}
	for i := range len(written) {
		c := written[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}
