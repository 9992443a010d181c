package verify_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/caller/verify"
	"github.com/secretsgen/secretsgen/runtime/caller/verify/verifytest"
)

// who is a handler that writes down its caller.
type who struct {
	called bool
	found  bool
	caller caller.Caller
}

func (h *who) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	h.called = true
	h.caller, h.found = caller.FromContext(r.Context())
}

func TestTheMiddlewarePutsTheCallerIntoTheContext(t *testing.T) {
	t.Parallel()
	i := issuer(t)
	v := verifier(t, i.Config())
	for name, tt := range map[string]struct {
		middleware func(http.Handler) http.Handler
		r          *http.Request
		status     int
		subject    string
	}{
		"a caller":                           {v.Middleware, request("Bearer", i.Token(verifytest.Token{})), 200, "ada"},
		"a caller where none is needed":      {v.Optional, request("Bearer", i.Token(verifytest.Token{})), 200, "ada"},
		"nobody":                             {v.Middleware, request("", ""), 401, ""},
		"nobody where nobody is needed":      {v.Optional, request("", ""), 200, ""},
		"a bad token where none is needed":   {v.Optional, request("Bearer", "canary"), 401, ""},
		"another scheme where none is":       {v.Optional, request("Basic", "canary"), 401, ""},
		"half a header where none is needed": {v.Optional, request("Bearer", ""), 400, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var handler who
			w := httptest.NewRecorder()
			tt.middleware(&handler).ServeHTTP(w, tt.r)
			if w.Code != tt.status || handler.called != (tt.status == 200) {
				t.Fatalf("status %d, called %v, want %d", w.Code, handler.called, tt.status)
			}
			if handler.caller.Subject != tt.subject {
				t.Errorf("subject %q, want %q", handler.caller.Subject, tt.subject)
			}
			// Without a caller of its own, the context's reads would be the process's.
			if handler.called && !handler.found {
				t.Error("the context carries no caller")
			}
		})
	}
}

func TestAServiceMayRefuseInItsOwnWords(t *testing.T) {
	t.Parallel()
	cfg := issuer(t).Config()
	cfg.Refuse = func(w http.ResponseWriter, _ *http.Request, err error) {
		w.Header().Set("X-Code", string(codeOf(t, err)))
		verify.WriteError(w, err)
	}
	w := httptest.NewRecorder()
	verifier(t, cfg).Middleware(nil).ServeHTTP(w, request("", ""))
	if w.Code != http.StatusUnauthorized || w.Header().Get("X-Code") != "no_credentials" {
		t.Errorf("%d, %v", w.Code, w.Header())
	}
	w = httptest.NewRecorder()
	verify.WriteError(w, errors.New(canary))
	if w.Code != http.StatusUnauthorized || strings.Contains(w.Body.String(), canary) {
		t.Errorf("of another error: %d, %s", w.Code, w.Body)
	}
}

func TestAnswersAreThoseOfTheStandards(t *testing.T) {
	t.Parallel()
	i := issuer(t)
	cfg := i.Config()
	cfg.Algorithms = []string{"ES256", "EdDSA"}
	v := verifier(t, cfg)
	key := newKey(t, "ES256")
	bound := i.Token(verifytest.Token{JKT: key.Thumbprint()})
	const algs = `algs="ES256 EdDSA"`
	for name, tt := range map[string]struct {
		r          *http.Request
		status     int
		challenges []string
	}{
		"no credentials":     {request("", ""), 401, []string{"Bearer", "DPoP " + algs}},
		"another scheme":     {request("Basic", "canary"), 401, []string{"Bearer", "DPoP " + algs}},
		"a malformed header": {request("Bearer", ""), 400, []string{`Bearer error="invalid_request"`, `DPoP error="invalid_request", ` + algs}},
		"a bad token":        {request("Bearer", "canary"), 401, []string{`Bearer error="invalid_token"`, `DPoP error="invalid_token", ` + algs}},
		"a downgrade":        {request("Bearer", bound), 401, []string{`Bearer error="invalid_token"`, `DPoP error="invalid_token", ` + algs}},
		"a bad proof":        {request("DPoP", bound, "canary"), 401, []string{`DPoP error="invalid_dpop_proof", ` + algs}},
		"no proof":           {request("DPoP", bound), 401, []string{`DPoP error="invalid_dpop_proof", ` + algs}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := httptest.NewRecorder()
			v.Middleware(nil).ServeHTTP(w, tt.r)
			if w.Code != tt.status {
				t.Errorf("status %d, want %d", w.Code, tt.status)
			}
			if diff := cmp.Diff(tt.challenges, w.Header()["Www-Authenticate"]); diff != "" {
				t.Errorf("challenges (-want +got):\n%s", diff)
			}
			if w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("Retry-After") != "" {
				t.Errorf("headers %v", w.Header())
			}
			if strings.TrimSpace(w.Body.String()) != http.StatusText(tt.status) {
				t.Errorf("body %q", w.Body)
			}
		})
	}
}

// TestANonceIsHandedOutAndUsed is the dance of RFC 9449 section 9.
func TestANonceIsHandedOutAndUsed(t *testing.T) {
	t.Parallel()
	i := issuer(t)
	cfg := i.Config()
	cfg.Nonces = verify.NewNonces([]byte("key of all replicas"), time.Minute)
	handler := verifier(t, cfg).Middleware(&who{})
	key := newKey(t, "ES256")
	token := i.Token(verifytest.Token{JKT: key.Thumbprint()})
	call := func(nonce string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, request("DPoP", token, key.Proof(verifytest.Proof{Method: "GET", URL: service, Token: token, Nonce: nonce})))
		return w
	}
	first := call("")
	if got := first.Header().Get("WWW-Authenticate"); first.Code != 401 || !strings.HasPrefix(got, `DPoP error="use_dpop_nonce", `) {
		t.Fatalf("%d, %q", first.Code, got)
	}
	second := call(first.Header().Get("DPoP-Nonce"))
	if second.Code != 200 {
		t.Fatalf("with the nonce: %d", second.Code)
	}
	if third := call(second.Header().Get("DPoP-Nonce")); third.Code != 200 {
		t.Errorf("with the next nonce: %d", third.Code)
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, request("Bearer", i.Token(verifytest.Token{})))
	if w.Code != 200 || w.Header().Get("DPoP-Nonce") != "" {
		t.Errorf("without a proof: %d, %v", w.Code, w.Header())
	}
}

// codes are the constants of errors.go.
func codes(t *testing.T) []verify.Code {
	t.Helper()
	source, err := os.ReadFile("errors.go")
	if err != nil {
		t.Fatal(err)
	}
	var all []verify.Code
	for line := range strings.SplitSeq(string(source), "\n") {
		if _, value, ok := strings.Cut(line, ` Code = "`); ok {
			value, _, _ = strings.Cut(value, `"`)
			all = append(all, verify.Code(value))
		}
	}
	if len(all) < 40 {
		t.Fatalf("%d codes: the list is wrong", len(all))
	}
	return all
}

func TestEveryCodeHasItsWordsAndIsDocumented(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../../docs/callers.md")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]verify.Code{}
	for _, code := range codes(t) {
		failure := &verify.Error{Code: code}
		text := failure.Error()
		if strings.Contains(text, string(code)) {
			t.Errorf("%s has no words of its own", code)
		}
		if other, ok := seen[text]; ok {
			t.Errorf("%s and %s say the same", code, other)
		}
		seen[text] = code
		if row := fmt.Sprintf("| `%s` | %d |", code, failure.Status()); !strings.Contains(string(page), row) {
			t.Errorf("docs/callers.md has no row %s", row)
		}
	}
	if got := (&verify.Error{Code: "new"}).Error(); got != "secretsgen: caller: refused: new" {
		t.Errorf("an unknown code: %q", got)
	}
}

// TestNoCredentialIsInWhatComesOfIt prints every error of a request, its answer
// and the verifier, and looks for what the request carried.
func TestNoCredentialIsInWhatComesOfIt(t *testing.T) {
	t.Parallel()
	i := issuer(t)
	cfg := i.Config()
	v := verifier(t, cfg)
	key := newKey(t, "ES256")
	full := verifytest.Token{Subject: "canary-sub", ClientID: "canary-client", ID: "canary-jti", JKT: key.Thumbprint()}
	expired := full
	expired.At, expired.Life = time.Now().Add(-time.Hour), time.Minute
	good := i.Token(full)
	for _, r := range []*http.Request{
		request("Bearer", good), request("Bearer", i.Token(expired)), request("DPoP", good, "canary-proof"),
		request("DPoP", good, key.Proof(verifytest.Proof{Method: "GET", URL: "https://canary-url.test", Token: good, ID: "canary-proof"})),
		request("DPoP", good+"x"), request("Canary", good), request("Bearer", good+" "+good),
	} {
		_, err := v.FromRequest(r)
		if err == nil {
			t.Fatal("it verifies")
		}
		var out bytes.Buffer
		fmt.Fprintf(&out, "%v %+v %#v %s %q", err, err, err, err, err)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("", "err", err)
		w := httptest.NewRecorder()
		verify.WriteError(w, err)
		fmt.Fprint(&out, w.Header(), w.Body)
		secrets := []string{canary, i.URL()}
		for part := range strings.SplitSeq(strings.Join(r.Header["Authorization"], " ")+"."+strings.Join(r.Header["Dpop"], "."), ".") {
			if len(part) > 20 {
				secrets = append(secrets, part)
			}
		}
		for _, secret := range secrets {
			if strings.Contains(out.String(), secret) {
				t.Errorf("%v: %q is in %s", codeOf(t, err), secret, &out)
			}
		}
	}
}
