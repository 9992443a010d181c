// Package verifytest is an issuer of access tokens for tests and demonstrations.
//
// [Start] serves a key set on a loopback port; tokens, proofs and certificates of
// it verify as real ones do, and can be made wrong in one place at a time:
//
//	issuer, err := verifytest.Start()
//	defer issuer.Close()
//	verifier, err := verify.New(issuer.Config())
//
//	key, err := verifytest.NewKey("ES256")
//	token := issuer.Token(verifytest.Token{Subject: "ada", JKT: key.Thumbprint()})
//	request.Header.Set("Authorization", "DPoP "+token)
//	request.Header.Set("DPoP", key.Proof(verifytest.Proof{Method: "GET", URL: "https://service.test/", Token: token}))
//
// An [Authority] issues certificates for mutual TLS. The signatures are made with
// the standard library, not with the one that verifies them.
//
// It is a fixture: it issues what it is asked for to whoever asks. None of its
// keys leave the process but the public ones.
package verifytest
