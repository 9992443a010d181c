package caller

// Identity is the part of a caller that a grant depends on (DESIGN section 5).
// It is comparable, so that no two identities ever meet through a separator in
// one of their names. Ids that change per request are not part of it.
type Identity struct {
	Issuer   string
	Subject  string
	Actor    string
	ClientID string
	Tenant   string // never empty once the enforcement point has filled it in
	Type     Type   // never empty
	Binding  Binding
}

// Digest stands for the identity where it must be told from others and need not
// be known: no field of one can pass for another's.
func (i Identity) Digest() Digest {
	return DigestOf("identity", i.Issuer, i.Subject, i.Actor, i.ClientID, i.Tenant, string(i.Type), i.Binding.JKT, i.Binding.X5T)
}

// Binding is the key that a credential is bound to: a DPoP key, a client
// certificate, both, or none. With both, both must match (DESIGN section 5,
// step 3).
type Binding struct {
	JKT string
	X5T string
}

// IsZero reports whether there is no binding.
func (b Binding) IsZero() bool { return b == Binding{} }

// String returns the canonical form that a PDP sees: "jkt:…", "x5t:…",
// "jkt:…+x5t:…", or "" for none. It is unambiguous for thumbprints in base64url,
// which a [Bound] has checked.
func (b Binding) String() string {
	switch {
	case b.JKT == "" && b.X5T == "":
		return ""
	case b.X5T == "":
		return "jkt:" + b.JKT
	case b.JKT == "":
		return "x5t:" + b.X5T
	}
	return "jkt:" + b.JKT + "+x5t:" + b.X5T
}
