package verifytest

import (
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"time"
)

// Proof is what a DPoP proof says (RFC 9449 section 4.2).
type Proof struct {
	Method, URL string    // of the request
	Token       string    // the token it goes with; empty: none
	Nonce       string    // of the service; empty: none
	ID          string    // empty: a random one
	At          time.Time // zero: now
	// Claims and Header are set over everything else; a nil value takes one out.
	Claims, Header map[string]any
}

// Proof makes a DPoP proof of the key.
func (k *Key) Proof(p Proof) string {
	if p.At.IsZero() {
		p.At = time.Now()
	}
	claims := map[string]any{
		"jti": cmp.Or(p.ID, rand.Text()), "htm": p.Method, "htu": p.URL, "iat": p.At.Unix(),
	}
	if p.Token != "" {
		sum := sha256.Sum256([]byte(p.Token))
		claims["ath"] = encode(sum[:])
	}
	if p.Nonce != "" {
		claims["nonce"] = p.Nonce
	}
	header := map[string]any{"typ": "dpop+jwt", "alg": k.Algorithm, "jwk": required(k.Public())}
	return k.Sign(override(header, p.Header), override(claims, p.Claims))
}
