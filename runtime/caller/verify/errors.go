package verify

import (
	"net/http"
	"time"
)

// Error says why a request's caller could not be verified. It holds no token, no
// claim, no URL and nothing else that came with the request or from the issuer,
// so it may be logged. What the client gets to see of it is less still
// ([WriteError]).
type Error struct {
	Code Code
	// Nonce is what the client's next proof has to carry, with [ProofNonce].
	Nonce string
	// RetryAfter is when keys may be had again, with [KeysUnavailable].
	RetryAfter time.Duration

	algorithms string // for the challenge of the DPoP scheme
}

// Code says which check a request failed.
type Code string

// The codes of an [Error]. One check of RFC 9449 section 4.3 has one code; its
// twelfth has two. docs/callers.md says of each what it refuses.
const (
	NoCredentials          Code = "no_credentials"
	UnknownScheme          Code = "unknown_scheme"
	AuthorizationMalformed Code = "authorization_malformed"
	HeaderMalformed        Code = "header_malformed"

	TokenOversize     Code = "token_oversize"
	TokenMalformed    Code = "token_malformed"
	TokenType         Code = "token_type"
	TokenAlgorithm    Code = "token_algorithm" //nolint:gosec // the name of a check
	TokenHeader       Code = "token_header"
	TokenKey          Code = "token_key"
	TokenSignature    Code = "token_signature"
	TokenIssuer       Code = "token_issuer"
	TokenAudience     Code = "token_audience"
	TokenExpired      Code = "token_expired"
	TokenNotYetValid  Code = "token_not_yet_valid" //nolint:gosec // the name of a check
	TokenClaims       Code = "token_claims"
	TokenConfirmation Code = "token_confirmation"

	TokenUnbound        Code = "token_unbound"
	BoundTokenAsBearer  Code = "bound_token_as_bearer" //nolint:gosec // the name of a check
	UnboundTokenAsDPoP  Code = "unbound_token_as_dpop" //nolint:gosec // the name of a check
	ProofWithoutToken   Code = "proof_without_token"
	ProofBesideBearer   Code = "proof_beside_bearer"
	CertificateMissing  Code = "certificate_missing"
	CertificateMismatch Code = "certificate_mismatch"
	CertificateExpired  Code = "certificate_expired"

	ProofMissing    Code = "proof_missing"
	ProofRepeated   Code = "proof_repeated"    // check 1
	ProofMalformed  Code = "proof_malformed"   // check 2
	ProofClaims     Code = "proof_claims"      // check 3
	ProofType       Code = "proof_type"        // check 4
	ProofAlgorithm  Code = "proof_algorithm"   // check 5
	ProofSignature  Code = "proof_signature"   // check 6
	ProofPrivateKey Code = "proof_private_key" // check 7
	ProofMethod     Code = "proof_method"      // check 8
	ProofTarget     Code = "proof_target"      // check 9
	ProofNonce      Code = "proof_nonce"       // check 10
	ProofTime       Code = "proof_time"        // check 11
	ProofToken      Code = "proof_token"       // check 12, the claim ath
	ProofKey        Code = "proof_key"         // check 12, the claim cnf of the token

	SPIFFEMalformed   Code = "spiffe_malformed"
	SPIFFETrustDomain Code = "spiffe_trust_domain"

	KeysUnavailable Code = "keys_unavailable"
)

// The error codes that a client is told (RFC 6750 section 3.1, RFC 9449 section
// 12.2).
const (
	invalidRequest = "invalid_request"
	invalidToken   = "invalid_token"
	invalidProof   = "invalid_dpop_proof"
	useNonce       = "use_dpop_nonce"
)

// outcome is what becomes of a code: the status, what the client is told, and
// what an operator is.
type outcome struct {
	status int
	told   string
	text   string
}

var outcomes = map[Code]outcome{
	NoCredentials:          {http.StatusUnauthorized, "", "the request carries no credentials"},
	UnknownScheme:          {http.StatusUnauthorized, "", "the request's credentials are of a scheme that this service does not take"},
	AuthorizationMalformed: {http.StatusBadRequest, invalidRequest, "the Authorization header is not one scheme and one token"},
	HeaderMalformed:        {http.StatusBadRequest, invalidRequest, "a header that carries an id comes twice, is too long or is not plain text"},

	TokenOversize:     {http.StatusUnauthorized, invalidToken, "the token is larger than 16 KiB"},
	TokenMalformed:    {http.StatusUnauthorized, invalidToken, "the token is no JWT in compact form"},
	TokenType:         {http.StatusUnauthorized, invalidToken, "the token is not of type at+jwt: the issuer must follow RFC 9068"},
	TokenAlgorithm:    {http.StatusUnauthorized, invalidToken, "the token is signed by an algorithm that is not allowed"},
	TokenHeader:       {http.StatusUnauthorized, invalidToken, "the token's header brings a key, or something critical that is not understood"},
	TokenKey:          {http.StatusUnauthorized, invalidToken, "the issuer has no key that the token could be signed with"},
	TokenSignature:    {http.StatusUnauthorized, invalidToken, "the token's signature does not verify"},
	TokenIssuer:       {http.StatusUnauthorized, invalidToken, "the token is of another issuer than SECRETS_ISSUER"},
	TokenAudience:     {http.StatusUnauthorized, invalidToken, "the token is not meant for this service: it needs SECRETS_AUDIENCE in its audience"},
	TokenExpired:      {http.StatusUnauthorized, invalidToken, "the token has expired"},
	TokenNotYetValid:  {http.StatusUnauthorized, invalidToken, "the token is of the future: compare the clocks"},
	TokenClaims:       {http.StatusUnauthorized, invalidToken, "the token lacks a claim that RFC 9068 or this service requires, or has one of another form"},
	TokenConfirmation: {http.StatusUnauthorized, invalidToken, "the token is bound in a way that can't be checked"},

	TokenUnbound:        {http.StatusUnauthorized, invalidToken, "the token is bound to no key, and this service takes none such"},
	BoundTokenAsBearer:  {http.StatusUnauthorized, invalidToken, "the token is bound to a DPoP key and was presented as a bearer token"},
	UnboundTokenAsDPoP:  {http.StatusUnauthorized, invalidToken, "the token is bound to no DPoP key and was presented under the DPoP scheme"},
	ProofWithoutToken:   {http.StatusBadRequest, invalidRequest, "the request carries a DPoP proof and no token"},
	ProofBesideBearer:   {http.StatusUnauthorized, invalidProof, "the request carries a DPoP proof beside a bearer token"},
	CertificateMissing:  {http.StatusUnauthorized, invalidToken, "the token is bound to a client certificate, and this connection has verified none"},
	CertificateMismatch: {http.StatusUnauthorized, invalidToken, "the token is bound to another client certificate than this connection's"},
	CertificateExpired:  {http.StatusUnauthorized, invalidToken, "this connection's client certificate has expired since it was opened"},

	ProofMissing:    {http.StatusUnauthorized, invalidProof, "the DPoP proof is missing"},
	ProofRepeated:   {http.StatusUnauthorized, invalidProof, "there is more than one DPoP header"},
	ProofMalformed:  {http.StatusUnauthorized, invalidProof, "the DPoP proof is no JWT in compact form of at most 8 KiB"},
	ProofClaims:     {http.StatusUnauthorized, invalidProof, "the DPoP proof lacks one of jti, htm, htu, iat and ath"},
	ProofType:       {http.StatusUnauthorized, invalidProof, "the DPoP proof is not of type dpop+jwt"},
	ProofAlgorithm:  {http.StatusUnauthorized, invalidProof, "the DPoP proof is signed by an algorithm that is not allowed"},
	ProofSignature:  {http.StatusUnauthorized, invalidProof, "the DPoP proof's signature does not verify by its own key"},
	ProofPrivateKey: {http.StatusUnauthorized, invalidProof, "the DPoP proof gives away a private key"},
	ProofMethod:     {http.StatusUnauthorized, invalidProof, "the DPoP proof is for another method"},
	ProofTarget:     {http.StatusUnauthorized, invalidProof, "the DPoP proof is for another URL: behind a proxy, SECRETS_EXTERNAL_URL says what clients call"},
	ProofNonce:      {http.StatusUnauthorized, useNonce, "the DPoP proof lacks a nonce of this service that is still good"},
	ProofTime:       {http.StatusUnauthorized, invalidProof, "the DPoP proof is too old or of the future"},
	ProofToken:      {http.StatusUnauthorized, invalidProof, "the DPoP proof is for another token"},
	ProofKey:        {http.StatusUnauthorized, invalidToken, "the token is bound to another key than the DPoP proof's"},

	SPIFFEMalformed:   {http.StatusUnauthorized, "", "the client certificate is no X.509-SVID: it must name one SPIFFE ID and no other URI"},
	SPIFFETrustDomain: {http.StatusUnauthorized, "", "the client certificate is of a trust domain that is not allowed"},

	KeysUnavailable: {http.StatusServiceUnavailable, "", "the issuer's keys can't be had: look at SECRETS_JWKS_URL"},
}

// Error says what failed, in words for whoever runs the service.
func (e *Error) Error() string {
	if o, ok := outcomes[e.Code]; ok {
		return "secretsgen: caller: " + o.text
	}
	return "secretsgen: caller: refused: " + string(e.Code)
}

// Status is the HTTP status that the error calls for: 400 for a request that no
// client should send, 503 where keys can't be had, 401 for everything else.
func (e *Error) Status() int {
	if o, ok := outcomes[e.Code]; ok {
		return o.status
	}
	return http.StatusUnauthorized
}

func refuse(code Code) *Error { return &Error{Code: code} }
