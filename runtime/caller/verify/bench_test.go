package verify_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"testing"

	"github.com/secretsgen/secretsgen/runtime/caller/verify/verifytest"
)

// BenchmarkVerify has the bare signature check first, and then the whole of it:
// a token has one signature, a token with a proof has two.
func BenchmarkVerify(b *testing.B) {
	b.Run("signature alone", func(b *testing.B) {
		private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			b.Fatal(err)
		}
		sum := sha256.Sum256([]byte("input"))
		signature, err := ecdsa.SignASN1(rand.Reader, private, sum[:])
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			if !ecdsa.VerifyASN1(&private.PublicKey, sum[:], signature) {
				b.Fatal("it does not verify")
			}
		}
	})
	i := issuer(b)
	v := verifier(b, i.Config())
	key := newKey(b, "ES256")
	bound := i.Token(verifytest.Token{JKT: key.Thumbprint()})
	for name, r := range map[string]func() (string, string, []string){
		"token": func() (string, string, []string) { return "Bearer", i.Token(verifytest.Token{}), nil },
		"token and proof": func() (string, string, []string) {
			return "DPoP", bound, []string{key.Proof(verifytest.Proof{Method: "GET", URL: service, Token: bound})}
		},
	} {
		b.Run(name, func(b *testing.B) {
			scheme, token, proofs := r()
			request := request(scheme, token, proofs...)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := v.FromRequest(request); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
