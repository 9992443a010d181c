package verify

import (
	"crypto/tls"
	"crypto/x509"
	"slices"
	"strings"

	"github.com/secretsgen/secretsgen/runtime/caller"
)

// clientCertificate returns the client's certificate of this very connection, if
// the handshake has verified a chain for it. A certificate that a header tells of
// is none.
func clientCertificate(state *tls.ConnectionState) *x509.Certificate {
	if state == nil || !state.HandshakeComplete || len(state.PeerCertificates) == 0 || len(state.VerifiedChains) == 0 {
		return nil
	}
	return state.PeerCertificates[0]
}

// fromCertificate is the caller of a request without a token: the workload that
// the connection's X.509-SVID names. It carries no X5T, which would pin it to one
// certificate of the many that a workload goes through in a day.
func (v *Verifier) fromCertificate(state *tls.ConnectionState) (caller.Caller, *Error) {
	certificate := clientCertificate(state)
	if certificate == nil || len(v.cfg.TrustDomains) == 0 || len(certificate.URIs) == 0 {
		return caller.Caller{}, refuse(NoCredentials)
	}
	if len(certificate.URIs) != 1 || certificate.IsCA {
		return caller.Caller{}, refuse(SPIFFEMalformed)
	}
	id := certificate.URIs[0].String()
	domain, ok := trustDomain(id)
	switch {
	case !ok:
		return caller.Caller{}, refuse(SPIFFEMalformed)
	case !slices.Contains(v.cfg.TrustDomains, domain):
		return caller.Caller{}, refuse(SPIFFETrustDomain)
	case v.cfg.Now().After(certificate.NotAfter):
		return caller.Caller{}, refuse(CertificateExpired)
	}
	return caller.Caller{Subject: id, Type: caller.Workload, ExpiresAt: certificate.NotAfter}, nil
}

// trustDomain returns the trust domain of a workload's SPIFFE ID (SPIFFE-ID
// section 2): lower case, a path, no dot segment, nothing behind it.
func trustDomain(id string) (string, bool) {
	rest, ok := strings.CutPrefix(id, "spiffe://")
	if !ok || len(id) > maxText {
		return "", false
	}
	domain, path, ok := strings.Cut(rest, "/")
	if !ok || !isTrustDomain(domain) {
		return "", false
	}
	for segment := range strings.SplitSeq(path, "/") {
		if segment == "" || segment == "." || segment == ".." || !consistsOf(segment, isPathChar) {
			return "", false
		}
	}
	return domain, true
}

func isTrustDomain(name string) bool {
	return name != "" && len(name) <= 255 && consistsOf(name, func(c byte) bool { return isPathChar(c) && (c < 'A' || c > 'Z') })
}

func isPathChar(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '.' || c == '-' || c == '_'
}

func consistsOf(text string, allowed func(byte) bool) bool {
	for i := range len(text) {
		if !allowed(text[i]) {
			return false
		}
	}
	return true
}
