// Package verify says who makes a request, and proves it.
//
// A [Verifier] takes an access token (RFC 9068) and what it is bound to, a DPoP
// key (RFC 9449) or a client certificate (RFC 8705), verifies both, and returns a
// [caller.Caller] whose every field it vouches for:
//
//	cfg, err := verify.ConfigFromEnv() // SECRETS_ISSUER, SECRETS_JWKS_URL, SECRETS_AUDIENCE
//	...
//	verifier, err := verify.New(cfg)
//	...
//	defer verifier.Close()
//	http.ListenAndServe(":8080", verifier.Middleware(handler))
//
// The handler's context then carries the caller, and every secret read under it
// is decided for that caller. [Verifier.FromRequest] is the same without the
// middleware. The interceptors for gRPC are in the module
// runtime/caller/grpccaller, and a fixture of an issuer for tests in
// verify/verifytest.
//
// Tokens, proofs and public keys flow through here, and no secret of this
// project's. This package alone links a JOSE library, so only a program that
// imports it does.
//
// # What is verified
//
// Of a token: its type, its algorithm (asymmetric ones only), its signature by a
// key of the issuer's set, its issuer, audience, times and required claims. Of a
// proof: the twelve checks of RFC 9449 section 4.3, of which proof.go has one
// function each. Of a certificate: the chain that the handshake of this very
// connection has verified; no header is believed. Then that the token's claim cnf
// and what was presented agree (binding.go has the table).
//
// Where trust domains are configured, a request without a token may be a
// workload's, by the SPIFFE ID of its certificate. The handshake accepts whatever
// authority is in the server's ClientCAs for every trust domain: list only
// authorities there that may speak for all of [Config.TrustDomains].
//
// # Replay
//
// The id of a proof is handed on as [caller.Caller.ProofID] and not used up here.
// The enforcement point claims it, for the inbound request and after all its other
// checks (DESIGN section 5, step 5), so that a request that fails uses up nothing
// and one that reads ten secrets uses one proof. A request that reads no secret
// therefore claims none: a handler with other effects that must not be repeated
// has to remember ProofID with JKT itself.
//
// # Keys
//
// The issuer's keys are fetched when they are needed, and again when they are no
// longer fresh (Cache-Control, within a minute and a day) or a token names one
// that is not among them, at most once in [Config.KeysInterval]. While they can't
// be had, the last ones are used for a day. Nothing runs in the background but a
// fetch, which [Verifier.Close] ends. Without keys a request is answered with 503
// and Retry-After, never with 401.
//
// # Failure
//
// Errors are [*Error]; their [Code] says which check failed and their text tells
// an operator. Neither holds anything of the request. A client is told the
// registered error code and no more ([WriteError]).
package verify
