package verify

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"net/http"

	"github.com/secretsgen/secretsgen/runtime/caller"
)

// confirmation is the claim cnf (RFC 7800): the keys that a token is bound to.
// With both, both must be shown.
type confirmation struct {
	jkt string // RFC 9449 section 6.1
	x5t string // RFC 8705 section 3.1
}

// confirmationOf reads cnf. RFC 7800 section 3.1 lets an application require that
// all of it is understood, and this one does: a token that is bound to a key of
// another kind is not an unbound one.
func confirmationOf(claims map[string]any) (confirmation, bool) {
	if !has(claims, "cnf") {
		return confirmation{}, true
	}
	cnf, _ := claims["cnf"].(map[string]any)
	var c confirmation
	for name, value := range cnf {
		text, ok := value.(string)
		switch {
		case !ok || !isThumbprint(text):
			return confirmation{}, false
		case name == "jkt":
			c.jkt = text
		case name == "x5t#S256":
			c.x5t = text
		default:
			return confirmation{}, false
		}
	}
	return c, c != confirmation{}
}

// isThumbprint reports whether text is a SHA-256 in its one base64url form.
func isThumbprint(text string) bool {
	sum, err := strictBase64.DecodeString(text)
	return err == nil && len(sum) == sha256.Size && len(text) == base64.RawURLEncoding.EncodedLen(sha256.Size)
}

// bind makes sure that what a token is bound to and what was presented with it
// agree, and puts what was verified into the caller.
//
//	token bound to     scheme, and what has to be presented
//	nothing            Bearer
//	a certificate      Bearer, and this certificate
//	a DPoP key         DPoP, and a proof of this key
//	both               DPoP, a proof of this key, and this certificate
//
// Everything else is refused. A DPoP-bound token as a bearer token would take the
// binding off (RFC 9449 section 7.2), and an unbound one under the DPoP scheme
// has nothing that a proof could prove (section 7.1). A certificate that the
// token says nothing about is the connection's business, and no part of the
// caller.
func (v *Verifier) bind(r *http.Request, scheme string, t token) (caller.Caller, *Error) {
	c := t.caller
	switch {
	case scheme == bearer && t.confirmation.jkt != "":
		return c, refuse(BoundTokenAsBearer)
	case scheme == bearer && len(r.Header[proofHeader]) > 0:
		return c, refuse(ProofBesideBearer)
	case scheme == dpop && t.confirmation.jkt == "":
		return c, refuse(UnboundTokenAsDPoP)
	case v.cfg.RequireBinding && t.confirmation == confirmation{}:
		return c, refuse(TokenUnbound)
	}
	if want := t.confirmation.x5t; want != "" {
		certificate := clientCertificate(r.TLS)
		switch {
		case certificate == nil:
			return c, refuse(CertificateMissing)
		case thumbprint(certificate) != want:
			return c, refuse(CertificateMismatch)
		case v.cfg.Now().After(certificate.NotAfter):
			return c, refuse(CertificateExpired)
		}
		c.X5T = want
		if certificate.NotAfter.Before(c.ExpiresAt) {
			c.ExpiresAt = certificate.NotAfter
		}
	}
	if t.confirmation.jkt != "" {
		id, failure := v.proof(r, t)
		if failure != nil {
			return c, failure
		}
		c.JKT, c.ProofID = t.confirmation.jkt, id
	}
	return c, nil
}

// thumbprint is x5t#S256 (RFC 8705 section 3.1).
func thumbprint(certificate *x509.Certificate) string {
	sum := sha256.Sum256(certificate.Raw)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
