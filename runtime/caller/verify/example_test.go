package verify_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/caller/verify"
	"github.com/secretsgen/secretsgen/runtime/caller/verify/verifytest"
)

// A service that knows its callers. In production the settings come from the
// environment, by [verify.ConfigFromEnv].
func Example() {
	issuer, err := verifytest.Start()
	if err != nil {
		panic(err)
	}
	defer issuer.Close()

	verifier, err := verify.New(verify.Config{Issuer: issuer.URL(), JWKSURL: issuer.JWKSURL()})
	if err != nil {
		panic(err)
	}
	defer verifier.Close()

	service := httptest.NewServer(verifier.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, _ := caller.FromContext(r.Context())
		fmt.Fprintf(w, "hello %s, a %s", c.Subject, c.Type) // secrets.API.Token(r.Context()) is decided for them
	})))
	defer service.Close()

	key, err := verifytest.NewKey("ES256")
	if err != nil {
		panic(err)
	}
	token := issuer.Token(verifytest.Token{Subject: "ada", JKT: key.Thumbprint()})
	for _, scheme := range []string{"DPoP", "Bearer"} {
		r, err := http.NewRequest(http.MethodGet, service.URL+"/orders", http.NoBody)
		if err != nil {
			panic(err)
		}
		r.Header.Set("Authorization", scheme+" "+token)
		r.Header.Set("DPoP", key.Proof(verifytest.Proof{Method: r.Method, URL: r.URL.String(), Token: token}))
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			panic(err)
		}
		body, _ := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		fmt.Printf("%s: %d %s\n", scheme, resp.StatusCode, body)
	}
	// Output:
	// DPoP: 200 hello ada, a user
	// Bearer: 401 Unauthorized
}
