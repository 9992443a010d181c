package runtime

import (
	"strings"
	"time"

	"github.com/secretsgen/secretsgen/runtime/constraint"
)

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
	// Cache is for how long the document may be kept and read again without
	// asking its store, from 1 s to 1 h; 0: every read asks. Each read is
	// authorized as if nothing were kept.
	Cache time.Duration
	// ResponseWrap is for how long the value may wait in its wrapping on the way
	// from the store, from 1 s to 1 h in whole seconds; 0: it is wrapped where the
	// PDP says so. It holds for every reference whose store is asked over a
	// network. The shorter of the two times counts.
	ResponseWrap time.Duration
}

// problem says what is wrong with the times of a declaration, or is empty.
func (d Declaration) problem() string {
	if rule := constraint.CacheTime().Broken(d.Cache); d.Cache != 0 && rule != "" {
		return "has a cache time that " + rule
	}
	if rule := constraint.WrapTime().Broken(d.ResponseWrap); d.ResponseWrap != 0 && rule != "" {
		return "has a response_wrap that " + rule
	}
	if d.Cache != 0 && d.ResponseWrap != 0 {
		return "is to be kept and to be wrapped, which can't both be"
	}
	return ""
}

// wrapsBy reports whether a store can do what the declaration asks for. One that
// nothing travels from has nothing to do.
func (d Declaration) wrapsBy(s *store) bool {
	return d.ResponseWrap == 0 || s.local || s.readWrapped != nil
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
