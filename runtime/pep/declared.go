package pep

import (
	"strconv"
	"unique"

	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/uri"
)

// Declaration is one secret as the enforcement point sees it. It is
// comparable; with the caller's identity it is the key of a grant.
type Declaration struct {
	Ref      uri.URI
	Accessor string // "db.replica.password"; empty for a reference learned at run time
	CanWrap  bool   // the provider can meet a response_wrap obligation
}

// Declared is a [Declaration] made ready to be authorized, so that no use hashes
// or compares its texts. Make it once, with [Declare], and keep it. It is
// immutable, and good for any enforcer.
type Declared struct {
	declaration Declaration
	handle      unique.Handle[Declaration]
	digest      caller.Digest
}

// Declare makes a declaration ready.
func Declare(d Declaration) *Declared {
	digest := caller.DigestOf("declaration", d.Ref.String(), d.Accessor, strconv.FormatBool(d.CanWrap))
	return &Declared{d, unique.Make(d), digest}
}

// Declaration returns what was declared.
func (d *Declared) Declaration() Declaration {
	if d == nil {
		return Declaration{}
	}
	return d.declaration
}
