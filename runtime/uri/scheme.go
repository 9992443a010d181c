package uri

import (
	"slices"
	"strings"
)

const (
	openbaoKV2   = "openbao+kv2"
	hashicorpKV2 = "hashicorp+kv2"

	engineKV2 = "kv2"

	// maxScheme bounds a declared scheme, in bytes, so that it leaves room for a
	// path in the reference.
	maxScheme = 64
)

// builtinSchemes are the schemes of DESIGN section 2. Nothing may change it.
var builtinSchemes = [...]string{openbaoKV2, hashicorpKV2, "file", "env", "yaml"}

// BuiltinSchemes returns the schemes that need no declaration, in a slice of the
// caller's own.
func BuiltinSchemes() []string { return slices.Clone(builtinSchemes[:]) }

// ValidScheme reports whether s may be declared as the scheme of a named
// instance, such as "openbao-eu+kv2", or of a third party's provider, such as
// "aws+sm". A valid scheme
//
//   - is a name, or a provider's name and an engine's joined by "+"; a name is
//     lower-case letters, digits and single dashes, starting with a letter and not
//     ending in a dash;
//   - is at most 64 bytes long;
//   - does not have a built-in provider's name: file+x is not a third party's to
//     define, and the built-in schemes themselves need no declaration;
//   - has the engine kv2 if its provider starts with "openbao-" or "hashicorp-".
func ValidScheme(s string) bool {
	provider, engine, hasEngine := strings.Cut(s, "+")
	switch {
	case len(s) > maxScheme, !validName(provider), hasEngine && !validName(engine):
		return false
	case isBuiltinProvider(provider):
		return false
	case instanceOf(provider) != "":
		return engine == engineKV2
	}
	return true
}

// BaseScheme returns the built-in scheme that serves scheme, which must be in
// lower case: that of a named instance ("openbao+kv2" for "openbao-eu+kv2") or a
// built-in scheme itself. For any other, a third party's included, it returns
// "", false.
func BaseScheme(scheme string) (base string, ok bool) {
	if slices.Contains(builtinSchemes[:], scheme) {
		return scheme, true
	}
	if !ValidScheme(scheme) {
		return "", false
	}
	base = instanceOf(scheme)
	return base, base != ""
}

// instanceOf returns the built-in scheme whose named instance a provider or
// scheme would be by its prefix, or "".
func instanceOf(name string) string {
	switch {
	case strings.HasPrefix(name, "openbao-"):
		return openbaoKV2
	case strings.HasPrefix(name, "hashicorp-"):
		return hashicorpKV2
	}
	return ""
}

func isBuiltinProvider(name string) bool {
	for _, scheme := range builtinSchemes {
		if provider, _, _ := strings.Cut(scheme, "+"); provider == name {
			return true
		}
	}
	return false
}

// validName reports whether s is [a-z][a-z0-9]*(-[a-z0-9]+)*. The name of an
// instance becomes the prefix of its environment variables, which is why it has
// no dots and no two dashes in a row.
func validName(s string) bool {
	dash := true // a name can't start with a dash either
	for i := range len(s) {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9' && i > 0:
			dash = false
		case c == '-' && !dash:
			dash = true
		default:
			return false
		}
	}
	return !dash
}
