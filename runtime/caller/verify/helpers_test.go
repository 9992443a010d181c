package verify_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/secretsgen/secretsgen/runtime/caller/verify"
	"github.com/secretsgen/secretsgen/runtime/caller/verify/verifytest"
)

// canary is in what no error may tell.
const canary = "canary"

// service is the URL that the tests call.
const service = "https://service.test/orders"

func issuer(t testing.TB) *verifytest.Issuer {
	t.Helper()
	i, err := verifytest.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(i.Close)
	return i
}

func verifier(t testing.TB, cfg verify.Config) *verify.Verifier {
	t.Helper()
	v, err := verify.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Close)
	return v
}

func newKey(t testing.TB, algorithm string) *verifytest.Key {
	t.Helper()
	key, err := verifytest.NewKey(algorithm)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// request calls the service with a scheme and a token, and with proofs.
func request(scheme, token string, proofs ...string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, service, http.NoBody)
	if scheme != "" {
		r.Header.Set("Authorization", scheme+" "+token)
	}
	for _, proof := range proofs {
		r.Header.Add("DPoP", proof)
	}
	return r
}

func codeOf(t testing.TB, err error) verify.Code {
	t.Helper()
	if err == nil {
		return ""
	}
	failure, ok := errors.AsType[*verify.Error](err)
	if !ok {
		t.Fatalf("error %v, want a *verify.Error", err)
	}
	return failure.Code
}
