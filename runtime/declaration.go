package runtime

import "strings"

// Declaration is one secret that a package declares. Generated code lists them
// in Declarations; a program can look at the list, for an inventory say. It
// names a secret and holds no value.
type Declaration struct {
	// Accessor is the stable id of the declaration, "db.replica.password": it
	// goes to the PDP and into the audit trail.
	Accessor string
	// URI is the canonical reference.
	URI string
}

// scheme is the scheme of the reference, which is canonical.
func (d Declaration) scheme() (string, bool) {
	scheme, _, ok := strings.Cut(d.URI, "://")
	return scheme, ok
}

// Generation1 is what files generated for this runtime refer to. It goes away,
// and another takes its place, when the runtime no longer fits generated code
// of that form, so that the mismatch is a compile error (DESIGN section 3).
const Generation1 = true

// Declared tells [New] what a program declares. Generated Open functions pass
// it, and with it everything that the declarations need is checked at start:
// providers, their settings, mounts.
func Declared(declarations []Declaration) Extension { return declared(declarations) }

type declared []Declaration

// ExtensionName implements [Extension].
func (declared) ExtensionName() string { return "declarations" }
