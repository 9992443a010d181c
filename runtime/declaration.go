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
	// Profiles are the canonical references that take the place of URI, by the
	// profile that chooses them (SECRETS_PROFILE). Under a profile that is not
	// among them the declaration keeps URI.
	Profiles map[string]string
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
// the profile, and then the providers, their settings and the mounts of the
// references that it chooses. It may be passed once a package.
func Declared(declarations []Declaration) Extension { return declared(declarations) }

type declared []Declaration

// ExtensionName implements [Extension].
func (declared) ExtensionName() string { return "declarations" }
