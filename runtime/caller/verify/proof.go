package verify

import (
	"crypto"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const (
	proofHeader = "Dpop" // as net/http spells DPoP
	maxProof    = 8 << 10
)

// proof is a DPoP proof while it is being checked, with what it is checked
// against. The later checks read what the earlier ones have found.
type proof struct {
	v *Verifier

	values  []string // of the DPoP headers
	method  string
	target  string // the URL that the client has called
	token   string
	binding string // cnf.jkt of the token
	now     time.Time

	parts  jws
	id     string
	issued time.Time
	key    *jose.JSONWebKey
}

// proofChecks are the twelve of RFC 9449 section 4.3, by their numbers there. All
// must pass; only the seventh stands before the sixth, since the library, rightly,
// does not even read a proof that gives away a private key.
var proofChecks = [...]struct {
	number int
	code   Code
	passes func(*proof) bool
}{
	{1, ProofRepeated, (*proof).comesOnce},
	{2, ProofMalformed, (*proof).isWellFormed},
	{3, ProofClaims, (*proof).hasItsClaims},
	{4, ProofType, (*proof).hasItsType},
	{5, ProofAlgorithm, (*proof).hasAnAllowedAlgorithm},
	{7, ProofPrivateKey, (*proof).keepsItsPrivateKey},
	{6, ProofSignature, (*proof).isSignedByItsKey},
	{8, ProofMethod, (*proof).isForTheMethod},
	{9, ProofTarget, (*proof).isForTheTarget},
	{10, ProofNonce, (*proof).hasAGoodNonce},
	{11, ProofTime, (*proof).isFresh},
	{12, ProofToken, (*proof).isForTheToken},
	{12, ProofKey, (*proof).isOfTheTokensKey},
}

// proof checks the DPoP proof of a request and returns its id. The id is not
// used up here.
func (v *Verifier) proof(r *http.Request, t token) (string, *Error) {
	p := &proof{
		v: v, values: r.Header[proofHeader], method: r.Method, target: v.target(r),
		token: t.text, binding: t.confirmation.jkt, now: v.cfg.Now(),
	}
	if len(p.values) == 0 {
		return "", v.refuseProof(ProofMissing)
	}
	for _, check := range proofChecks {
		if !check.passes(p) {
			return "", v.refuseProof(check.code)
		}
	}
	return p.id, nil
}

// refuseProof hands out a nonce where that is what the client lacks.
func (v *Verifier) refuseProof(code Code) *Error {
	failure := refuse(code)
	if code == ProofNonce {
		failure.Nonce = v.cfg.Nonces.Issue()
	}
	return failure
}

// 1. "There is not more than one DPoP HTTP request header field."
func (p *proof) comesOnce() bool { return len(p.values) == 1 }

// 2. "The DPoP HTTP request header field value is a single and well-formed JWT."
// Nothing in its header may be critical: there is nothing that would be
// understood.
func (p *proof) isWellFormed() bool {
	var ok bool
	p.parts, ok = takeApart(p.values[0], maxProof)
	return ok && !has(p.parts.header, "crit", "b64")
}

// 3. "All required claims per Section 4.2 are contained in the JWT." The nonce is
// left to check 10, whose failure tells the client to use one.
func (p *proof) hasItsClaims() bool {
	var okID, okIssued bool
	p.id, okID = textOf(p.parts.claims, "jti", maxID)
	p.issued, okIssued = timeOf(p.parts.claims["iat"])
	_, okMethod := textOf(p.parts.claims, "htm", maxText)
	_, okTarget := textOf(p.parts.claims, "htu", maxProof)
	_, okToken := textOf(p.parts.claims, "ath", maxText)
	return okID && okIssued && okMethod && okTarget && okToken
}

// 4. "The typ JOSE Header Parameter has the value dpop+jwt."
func (p *proof) hasItsType() bool { return p.parts.header["typ"] == "dpop+jwt" }

// 5. "The alg JOSE Header Parameter indicates a registered asymmetric digital
// signature algorithm, is not none, is supported by the application, and is
// acceptable per local policy."
func (p *proof) hasAnAllowedAlgorithm() bool {
	alg, _ := p.parts.header["alg"].(string)
	return p.v.allows(alg)
}

// 6. "The JWT signature verifies with the public key contained in the jwk JOSE
// Header Parameter." The key must be one of the algorithm, and of a safe size.
func (p *proof) isSignedByItsKey() bool {
	parsed, err := jose.ParseSignedCompact(p.parts.text, p.v.algorithms)
	if err != nil {
		return false
	}
	header := parsed.Signatures[0].Protected
	if header.JSONWebKey == nil || !fits[header.Algorithm](header.JSONWebKey.Key) {
		return false
	}
	p.key = header.JSONWebKey
	_, err = parsed.Verify(p.key.Key)
	return err == nil
}

// 7. "The jwk JOSE Header Parameter does not contain a private key." Nor any
// part of one, nor a shared secret.
func (p *proof) keepsItsPrivateKey() bool {
	key, _ := p.parts.header["jwk"].(map[string]any)
	return !has(key, privateMembers...)
}

// privateMembers are those of a JWK that hold a secret (RFC 7518 section 6).
var privateMembers = []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"}

// 8. "The htm claim matches the HTTP method of the current request." Methods are
// case-sensitive.
func (p *proof) isForTheMethod() bool { return p.parts.claims["htm"] == p.method }

// 9. "The htu claim matches the HTTP URI value for the HTTP request in which the
// JWT was received, ignoring any query and fragment parts." Both are normalized
// first.
func (p *proof) isForTheTarget() bool {
	claimed, _ := p.parts.claims["htu"].(string)
	want, okWant := normalTarget(p.target)
	got, okGot := normalTarget(claimed)
	return okWant && okGot && got == want
}

// 10. "If the server provided a nonce value to the client, the nonce claim matches
// the server-provided nonce value."
func (p *proof) hasAGoodNonce() bool {
	if p.v.cfg.Nonces == nil {
		return true
	}
	nonce, ok := textOf(p.parts.claims, "nonce", maxText)
	return ok && p.v.cfg.Nonces.Good(nonce)
}

// 11. "The creation time of the JWT, as determined by either the iat claim or a
// server managed timestamp via the nonce claim, is within an acceptable window."
func (p *proof) isFresh() bool {
	age := p.now.Sub(p.issued)
	return -p.v.cfg.ProofSkew <= age && age <= p.v.cfg.ProofAge
}

// 12. "… ensure that the value of the ath claim equals the hash of that access
// token, …"
func (p *proof) isForTheToken() bool {
	return p.parts.claims["ath"] == tokenHash(p.token)
}

// "… and confirm that the public key to which the access token is bound matches
// the public key from the DPoP proof."
func (p *proof) isOfTheTokensKey() bool {
	sum, err := p.key.Thumbprint(crypto.SHA256)
	return err == nil && base64.RawURLEncoding.EncodeToString(sum) == p.binding
}

// tokenHash is the claim ath of proofs for a token (RFC 9449 section 4.2).
func tokenHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
