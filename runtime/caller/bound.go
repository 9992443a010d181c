package caller

import (
	"cmp"
	"sync/atomic"
	"unique"
)

// Bound is a caller as the enforcement point works with it: checked, its
// identity interned and its ids hashed, all once per context, so that a read
// costs neither an allocation nor a hash. It is immutable to its users and safe
// for concurrent use.
type Bound struct {
	caller  Caller
	request RequestID
	fault   *Error
	token   Digest
	proof   Digest
	names   atomic.Pointer[names]
	notes   atomic.Pointer[note]
}

// note is what one enforcement point keeps with the caller, and those of the
// other clients of the same process.
type note struct {
	owner, text any
	next        *note
}

// names are the interned identities of a caller within one tenant: worked out
// when the context is made, or, for a caller that leaves its tenant to the
// client, when the first client reads.
type names struct {
	tenant  string
	whole   unique.Handle[Identity]
	unbound unique.Handle[Identity]
}

// Bind returns c as the enforcement point works with it, outside any request:
// for the fixed identity of a process.
func Bind(c Caller) *Bound { return newBound(c.clone(), RequestID{}) }

func newBound(c Caller, request RequestID) *Bound {
	b := &Bound{caller: c, request: request, fault: check(&c)}
	if c.TokenID != "" {
		b.token = DigestOf("token", c.Issuer, c.TokenID)
	}
	if c.ProofID != "" {
		b.proof = DigestOf("proof", c.JKT, c.ProofID)
	}
	if b.fault == nil && c.Tenant != "" {
		b.names.Store(intern(&b.caller, c.Tenant))
	}
	return b
}

// Caller returns the caller itself. It is shared: read it, don't write to it.
func (b *Bound) Caller() *Caller { return &b.caller }

// Request returns the inbound request the caller came with.
func (b *Bound) Request() RequestID { return b.request }

// Fault returns what is wrong with the caller by itself, or nil: no subject, an
// unknown type, a text that is too long or malformed. The accessor is left to
// whoever reports it.
func (b *Bound) Fault() *Error { return b.fault }

// Token is the digest of issuer and token id. It is zero without a token id.
func (b *Bound) Token() Digest { return b.token }

// Proof is the digest of the DPoP key and the proof id. It is zero without a
// proof id.
func (b *Bound) Proof() Digest { return b.proof }

// Identity returns the interned identity. A caller without a tenant is of the
// given one, so that naming the client's tenant or leaving it out is the same.
func (b *Bound) Identity(tenant string) unique.Handle[Identity] {
	return b.namesIn(tenant).whole
}

// Unbound returns the interned identity with its binding taken off: what a
// binding is pinned to where there is no token id.
func (b *Bound) Unbound(tenant string) unique.Handle[Identity] {
	return b.namesIn(tenant).unbound
}

func (b *Bound) namesIn(tenant string) *names {
	tenant = cmp.Or(b.caller.Tenant, tenant)
	if n := b.names.Load(); n != nil && n.tenant == tenant {
		return n
	}
	n := intern(&b.caller, tenant)
	b.names.Store(n)
	return n
}

func intern(c *Caller, tenant string) *names {
	identity := Identity{
		Issuer:   c.Issuer,
		Subject:  c.Subject,
		Actor:    c.Actor,
		ClientID: c.ClientID,
		Tenant:   tenant,
		Type:     cmp.Or(c.Type, Workload),
		Binding:  Binding{JKT: c.JKT, X5T: c.X5T},
	}
	n := &names{tenant: tenant, whole: unique.Make(identity)}
	n.unbound = n.whole
	if !identity.Binding.IsZero() {
		identity.Binding = Binding{}
		n.unbound = unique.Make(identity)
	}
	return n
}

// Noted returns what owner has noted about the caller, or nil. Notes are for
// enforcement points: what each works out once, and needs on every read. It does
// not allocate.
func (b *Bound) Noted(owner any) any {
	for n := b.notes.Load(); n != nil; n = n.next {
		if n.owner == owner {
			return n.text
		}
	}
	return nil
}

// Note notes text for owner, unless owner has noted something already, and
// returns what is noted then. The note lives as long as the caller.
func (b *Bound) Note(owner, text any) any {
	for {
		head := b.notes.Load()
		if noted := b.Noted(owner); noted != nil {
			return noted
		}
		if b.notes.CompareAndSwap(head, &note{owner, text, head}) {
			return text
		}
	}
}
