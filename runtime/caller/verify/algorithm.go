package verify

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
)

// fits maps each algorithm to whether a public key is one of it. What is not here
// is not taken: none, and every algorithm with a shared secret.
var fits = map[string]func(public any) bool{
	"RS256": isRSA, "RS384": isRSA, "RS512": isRSA,
	"PS256": isRSA, "PS384": isRSA, "PS512": isRSA,
	"ES256": isOn(elliptic.P256()), "ES384": isOn(elliptic.P384()), "ES512": isOn(elliptic.P521()),
	"EdDSA": isEd25519,
}

// Algorithms returns the signature algorithms that can be taken, all of them
// asymmetric (RFC 7518, RFC 8037).
func Algorithms() []string {
	return []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
}

// minRSA is the least size of an RSA key (RFC 7518 section 3.3). The library
// refuses those beyond 4096 bits, which are slow to verify.
const minRSA = 2048

func isRSA(public any) bool {
	key, ok := public.(*rsa.PublicKey)
	return ok && key.N.BitLen() >= minRSA && key.E >= 3 && key.E&1 == 1
}

func isOn(curve elliptic.Curve) func(any) bool {
	return func(public any) bool {
		key, ok := public.(*ecdsa.PublicKey)
		return ok && key.Curve == curve
	}
}

func isEd25519(public any) bool {
	_, ok := public.(ed25519.PublicKey)
	return ok
}
