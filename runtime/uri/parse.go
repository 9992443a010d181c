package uri

const (
	// maxLength bounds a reference, in bytes (DESIGN section 2).
	maxLength = 2048

	// separator stands between the scheme and the mount.
	separator = "://"
)

// Parse reads a reference that scope must allow. The error is an [*Error] with
// every code that applies.
//
// Parse keeps ref's memory, and does not allocate, if ref is canonical already.
func Parse(ref string, scope Scope) (URI, error) { return parse(ref, scope, false) }

// MustParse is [Parse] for constants: it panics where Parse returns an error, so
// it is not for references that a program learns at run time.
func MustParse(ref string, scope Scope) URI {
	u, err := Parse(ref, scope)
	if err != nil {
		panic(err)
	}
	return u
}

// parse is Parse, and with pattern reads a final "/*" too. The URI then keeps it
// as a part of its path and must not leave the package.
func parse(ref string, scope Scope, pattern bool) (URI, error) {
	s := scanner{ref: ref, scope: scope, pattern: pattern}
	s.scan()
	if len(s.faults) > 0 {
		return URI{}, newError(s.faults, scope.Tenant)
	}
	return s.uri(), nil
}
