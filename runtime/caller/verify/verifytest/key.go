package verifytest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
)

// Key is a key pair with the algorithm it signs by: an issuer's or, for DPoP, a
// client's.
type Key struct {
	// ID is the kid of an issuer's key; empty for a client's.
	ID        string
	Algorithm string
	private   crypto.Signer
}

// NewKey makes a key for one of the algorithms of verify.Algorithms; RSA keys are
// of 2048 bits. The error says that the algorithm is none of them.
func NewKey(algorithm string) (*Key, error) {
	var private crypto.Signer
	var err error
	switch algorithm {
	case "ES256":
		private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "ES384":
		private, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case "ES512":
		private, err = ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	case "EdDSA":
		_, private, err = ed25519.GenerateKey(rand.Reader)
	case "RS256", "RS384", "RS512", "PS256", "PS384", "PS512":
		private, err = rsa.GenerateKey(rand.Reader, 2048)
	default:
		return nil, fmt.Errorf("verifytest: no algorithm %q", algorithm)
	}
	if err != nil {
		return nil, fmt.Errorf("verifytest: no key: %w", err)
	}
	return &Key{Algorithm: algorithm, private: private}, nil
}

// Public is the public key.
func (k *Key) Public() crypto.PublicKey { return k.private.Public() }

// JWK is the public key as the members of a JWK (RFC 7518 section 6, RFC 8037
// section 2), a fresh map each time.
func (k *Key) JWK() map[string]any {
	jwk := required(k.private.Public())
	if k.ID != "" {
		jwk["kid"], jwk["alg"], jwk["use"] = k.ID, k.Algorithm, "sig"
	}
	return jwk
}

// Thumbprint is the jkt of the key: the SHA-256 of its required members in their
// order (RFC 7638), which is the order that encoding/json gives a map.
func (k *Key) Thumbprint() string {
	text, err := json.Marshal(required(k.private.Public()))
	if err != nil {
		panic(err) // texts only
	}
	sum := sha256.Sum256(text)
	return encode(sum[:])
}

// required is the members of a JWK that make up the key.
func required(public crypto.PublicKey) map[string]any {
	switch public := public.(type) {
	case *ecdsa.PublicKey:
		point, err := public.Bytes() // 0x04, x, y
		if err != nil {
			panic(err) // made by NewKey
		}
		size := len(point) / 2
		return map[string]any{
			"kty": "EC", "crv": public.Params().Name, "x": encode(point[1 : 1+size]), "y": encode(point[1+size:]),
		}
	case *rsa.PublicKey:
		return map[string]any{
			"kty": "RSA", "n": encode(public.N.Bytes()), "e": encode(big.NewInt(int64(public.E)).Bytes()),
		}
	}
	return map[string]any{"kty": "OKP", "crv": "Ed25519", "x": encode(public.(ed25519.PublicKey))}
}

func encode(data []byte) string { return base64.RawURLEncoding.EncodeToString(data) }
