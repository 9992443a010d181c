package verify_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/secretsgen/secretsgen/runtime/caller/verify/verifytest"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/uri"
)

type permitAll struct{}

func (permitAll) Decide(context.Context, pep.Request) (pep.Decision, error) {
	return pep.Decision{Permit: true}, nil
}

// TestAProofIsGoodForOneRequestAndAllItsSecrets goes through the middleware and
// the enforcement point: the verifier uses no proof up, the enforcement point does.
func TestAProofIsGoodForOneRequestAndAllItsSecrets(t *testing.T) {
	t.Parallel()
	enforcer, err := pep.New(pep.Config{TenantID: "dev", Mounts: func() []string { return []string{"secret"} }, PDP: permitAll{}, Audience: verifytest.Audience})
	if err != nil {
		t.Fatal(err)
	}
	i := issuer(t)
	v := verifier(t, i.Config())
	var granted, replayed int
	handler := v.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		for n := range 10 {
			ref, err := uri.Parse(fmt.Sprintf("env://secret/NAME_%d", n), uri.Scope{Tenant: "dev", Mounts: []string{"secret"}})
			if err != nil {
				t.Fatal(err)
			}
			_, err = enforcer.Authorize(r.Context(), pep.Declare(pep.Declaration{Ref: ref, Accessor: "name"}))
			if failure, ok := errors.AsType[*pep.ReplayError](err); ok && failure.Code == pep.ReplayedProof {
				replayed++
			} else if err != nil {
				t.Errorf("secret %d: %v", n, err)
			} else {
				granted++
			}
		}
	}))
	key := newKey(t, "ES256")
	token := i.Token(verifytest.Token{JKT: key.Thumbprint()})
	proof := func(id string) string {
		return key.Proof(verifytest.Proof{Method: "GET", URL: service, Token: token, ID: id})
	}
	handler.ServeHTTP(httptest.NewRecorder(), request("DPoP", token, proof("a")))
	if granted != 10 || replayed != 0 {
		t.Errorf("the first request: %d granted, %d replayed", granted, replayed)
	}
	granted = 0
	handler.ServeHTTP(httptest.NewRecorder(), request("DPoP", token, proof("a")))
	if granted != 0 || replayed != 10 {
		t.Errorf("the same proof again: %d granted, %d replayed", granted, replayed)
	}
	// A request that fails a check uses up no id of anybody.
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, request("DPoP", token, newKey(t, "ES256").Proof(verifytest.Proof{Method: "GET", URL: service, Token: token, ID: "b"})))
	if w.Code != http.StatusUnauthorized {
		t.Errorf("a forged proof: %d", w.Code)
	}
	granted = 0
	handler.ServeHTTP(httptest.NewRecorder(), request("DPoP", token, proof("b")))
	if granted != 10 {
		t.Errorf("the honest holder of the same id: %d granted", granted)
	}
}
