package caller

import "unicode/utf8"

const (
	maxText = 2048 // bytes of any text of a caller
	maxID   = 256  // bytes of a jti (RFC 9449 section 11.1)
)

// check returns what is wrong with c by itself, or nil. Time, audience and
// tenant depend on the client and are judged there.
func check(c *Caller) *Error {
	if c.Subject == "" {
		return &Error{Code: MissingSubject}
	}
	if c.Type != "" && c.Type != Workload && c.Type != User {
		return &Error{Code: UnknownType}
	}
	for _, f := range [...]struct {
		name, text string
		sound      func(string) bool
	}{
		{"Issuer", c.Issuer, soundText},
		{"Subject", c.Subject, soundText},
		{"Actor", c.Actor, soundText},
		{"Tenant", c.Tenant, soundText},
		{"ClientID", c.ClientID, soundText},
		{"CorrelationID", c.CorrelationID, soundText},
		{"WorkflowRunID", c.WorkflowRunID, soundText},
		{"NodeID", c.NodeID, soundText},
		{"SystemID", c.SystemID, soundText},
		{"TokenID", c.TokenID, soundID},
		{"ProofID", c.ProofID, soundID},
		{"JKT", c.JKT, soundThumbprint},
		{"X5T", c.X5T, soundThumbprint},
	} {
		if !f.sound(f.text) {
			return &Error{Code: Malformed, Field: f.name}
		}
	}
	for _, audience := range c.Audience {
		if !soundText(audience) {
			return &Error{Code: Malformed, Field: "Audience"}
		}
	}
	return nil
}

// soundText refuses what is not UTF-8, since a PDP's JSON would carry two
// different texts as the same one.
func soundText(s string) bool { return len(s) <= maxText && utf8.ValidString(s) }

func soundID(s string) bool { return len(s) <= maxID && utf8.ValidString(s) }

// soundThumbprint accepts base64url (RFC 7638, RFC 8705), in which the signs
// that separate the parts of a binding's canonical form do not occur.
func soundThumbprint(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_':
		default:
			return false
		}
	}
	return len(s) <= maxID
}
