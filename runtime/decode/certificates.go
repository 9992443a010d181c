package decode

import (
	"crypto/x509"
)

// Certificates decodes a chain of certificates in PEM, in the order in which it
// is stored: one CERTIFICATE block or more, with comments or white space between
// them, and no block of another type. Each must be a certificate that
// crypto/x509 can parse. Nothing is verified: neither signatures nor dates, nor
// that one certificate was issued by the next.
func Certificates(doc Document) ([]*x509.Certificate, error) {
	blocks, err := blocksOf(doc)
	if err != nil {
		return nil, err
	}
	chain := make([]*x509.Certificate, len(blocks))
	for i, block := range blocks {
		if block.Type != "CERTIFICATE" || len(block.Headers) > 0 {
			return nil, fail("holds a PEM block that is not a certificate")
		}
		chain[i], err = x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fail("holds a certificate that cannot be parsed")
		}
	}
	return chain, nil
}
