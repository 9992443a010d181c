package decode

import (
	"crypto"
	"crypto/tls"
)

// TLSKeyPair returns a decoder of a document that holds a chain of certificates,
// as [Certificates] reads it, under one key, and the private key of its first
// certificate, as [PrivateKey] reads it, under another. A file or variable that
// holds a JSON object counts as a document. A key that is not there is a
// [*providers.SecretKeyNotFoundError] with its Field.
func TLSKeyPair(certificateKey, privateKeyKey string) Decoder[tls.Certificate] {
	return func(doc Document) (tls.Certificate, error) {
		f := FieldsOf(doc)
		chain := Field(f, certificateKey, Certificates)
		key := Field(f, privateKeyKey, PrivateKey)
		if err := f.Err(); err != nil {
			return tls.Certificate{}, err
		}
		if !sameKey(key.Public(), chain[0].PublicKey) {
			return tls.Certificate{}, fail("holds a private key that does not belong to its certificate")
		}
		pair := tls.Certificate{PrivateKey: key, Leaf: chain[0]}
		for _, certificate := range chain {
			pair.Certificate = append(pair.Certificate, certificate.Raw)
		}
		return pair, nil
	}
}

// sameKey compares two public keys of any kind.
func sameKey(a, b crypto.PublicKey) bool {
	key, ok := a.(interface{ Equal(crypto.PublicKey) bool })
	return ok && key.Equal(b)
}
