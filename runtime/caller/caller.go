// Package caller says on whose behalf a secret is read.
//
// Middleware puts a verified [Caller] into the context of each inbound request,
// and every read under that context is judged as that caller's:
//
//	ctx := caller.NewContext(r.Context(), caller.Caller{Issuer: iss, Subject: sub})
//	token, err := secrets.API.Token(ctx)
//
// The outermost [NewContext] is the inbound request. A one-time proof belongs to
// it: every read under that context may use the proof, no other request may
// (DESIGN section 5, step 5). A [NewContext] further in acts for somebody else
// within the same request, and [AsWorkload] for the process itself.
//
// This room verifies nothing. Whoever fills a Caller vouches for it: a token
// verifier, or, with [FromTrustedHeaders], a service mesh. The enforcement point
// takes the caller out again with [Lookup]. No secret value passes through here,
// and what does pass (token and proof ids) is in no error.
package caller

import (
	"slices"
	"time"
)

// Type tells a machine from a person.
type Type string

// The types of a subject, as the PDP sees them (DESIGN section 5).
const (
	Workload Type = "workload" // also the meaning of the empty Type
	User     Type = "user"
)

// Caller is the verified party behind a read. It is a plain value: whoever
// fills it vouches for it (a verifier, a service mesh, the process itself).
//
// TokenID, ProofID, JKT, X5T and Audience come from a token: a caller that
// carries any of them must have the audience the client asks for.
//
// Every text is UTF-8 of at most 2,048 bytes, TokenID and ProofID of at most
// 256; JKT and X5T are base64url. A caller that breaks this is refused with an
// [Error] when it reads.
type Caller struct {
	Issuer   string // iss; a subject is unique per issuer only (RFC 7519 section 4.1.2)
	Subject  string // sub; required
	Type     Type
	Actor    string   // act.sub, the current actor only (RFC 8693 section 4.1)
	Tenant   string   // empty: the client's own tenant
	Audience []string // aud
	TokenID  string   // jti of the access token
	ProofID  string   // jti of the DPoP proof (RFC 9449 section 4.2)
	JKT      string   // thumbprint of the DPoP key (RFC 9449 section 6.1)
	X5T      string   // thumbprint of the client certificate (RFC 8705 section 3.1)

	ExpiresAt time.Time // exp; the zero time means no expiry
	ClientID  string

	// What the PDP may look at and no grant depends on.
	CorrelationID string
	WorkflowRunID string
	NodeID        string
	SystemID      string
}

// Credentialed reports whether c came from a token, and so must carry the
// audience that the client asks for (DESIGN section 5, step 2).
func (c *Caller) Credentialed() bool {
	return c.TokenID != "" || c.ProofID != "" || c.JKT != "" || c.X5T != "" || len(c.Audience) > 0
}

// clone returns a copy that shares no memory which its holder could write to.
func (c *Caller) clone() Caller {
	copied := *c
	copied.Audience = slices.Clone(c.Audience)
	return copied
}
