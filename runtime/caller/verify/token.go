package verify

import (
	"context"
	"crypto"

	"github.com/go-jose/go-jose/v4"

	"github.com/secretsgen/secretsgen/runtime/caller"
)

// maxToken is the size of a token, in bytes.
const maxToken = 16 << 10

// token is a verified access token.
type token struct {
	text         string
	caller       caller.Caller
	confirmation confirmation
}

// token verifies an access token by RFC 9068 section 4: its header, its
// signature by a key of the issuer, its claims. Nothing but the header is looked
// at before the signature is verified.
func (v *Verifier) token(ctx context.Context, text string) (token, *Error) {
	if len(text) > maxToken {
		return token{}, refuse(TokenOversize)
	}
	parts, ok := takeApart(text, maxToken)
	if !ok {
		return token{}, refuse(TokenMalformed)
	}
	alg, kid, failure := v.tokenHeader(parts.header)
	if failure != nil {
		return token{}, failure
	}
	candidates, failure := v.keys.find(ctx, kid, alg)
	if failure != nil {
		return token{}, failure
	}
	if !v.signed(text, candidates) {
		return token{}, refuse(TokenSignature)
	}
	c, confirmation, failure := v.claims(parts.claims)
	return token{text, c, confirmation}, failure
}

// tokenHeader judges the header, and returns the algorithm and the id of the key.
// A key that the token brings itself is refused rather than passed over: the
// issuer's set is the only source of keys.
func (v *Verifier) tokenHeader(header map[string]any) (alg, kid string, failure *Error) {
	switch header["typ"] {
	case "at+jwt", "application/at+jwt":
	default:
		return "", "", refuse(TokenType)
	}
	alg, _ = header["alg"].(string)
	if !v.allows(alg) {
		return "", "", refuse(TokenAlgorithm)
	}
	if has(header, "crit", "b64", "jwk", "jku", "x5c", "x5u") {
		return "", "", refuse(TokenHeader)
	}
	if has(header, "kid") {
		var ok bool
		if kid, ok = textOf(header, "kid", maxKeyID); !ok {
			return "", "", refuse(TokenHeader)
		}
	}
	return alg, kid, nil
}

// allows reports whether alg is one that tokens and proofs may be signed by.
func (v *Verifier) allows(alg string) bool {
	for _, allowed := range v.algorithms {
		if alg == string(allowed) {
			return true
		}
	}
	return false
}

// signed reports whether one of the keys verifies the token's signature. The
// library is given a bare public key, so that it looks for none itself.
func (v *Verifier) signed(text string, keys []crypto.PublicKey) bool {
	parsed, err := jose.ParseSignedCompact(text, v.algorithms)
	if err != nil {
		return false
	}
	for _, key := range keys {
		if _, err := parsed.Verify(key); err == nil {
			return true
		}
	}
	return false
}
