package authzen_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/pep/authzen"
)

// The canaries stand where an error could take something from.
const (
	canaryToken = "canary-token"
	canaryPath  = "/canary-path"
	canaryBody  = "canary-body"
)

// patience is a budget that a test never uses up.
const patience = time.Minute

// budget is one that a test does use up.
const budget = 250 * time.Millisecond

func serve(t *testing.T, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server
}

// client looks for no metadata unless it is told to.
func client(t *testing.T, cfg authzen.Config) *authzen.Client {
	t.Helper()
	if cfg.Discovery == "" {
		cfg.Discovery = authzen.DiscoveryOff
	}
	return seeking(t, cfg)
}

// seeking is a client that looks for metadata as it is configured.
func seeking(t *testing.T, cfg authzen.Config) *authzen.Client {
	t.Helper()
	if cfg.Timeout == 0 {
		cfg.Timeout = patience
	}
	c, err := authzen.New(cfg)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	t.Cleanup(c.Close)
	return c
}

// answering is a client of a PDP that always gives one answer.
func answering(t *testing.T, status int, header http.Header, body string) *authzen.Client {
	t.Helper()
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		for name, values := range header {
			w.Header()[name] = values
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	})
	return client(t, authzen.Config{BaseURL: server.URL + canaryPath, Token: canaryToken})
}

func request() pep.Request {
	return pep.Request{
		Subject: pep.Subject{
			Type: "user", ID: "alice", Issuer: "https://issuer.example", ClientID: "client", Actor: "robot",
			TenantID: "dev", Audience: []string{"crud.secrets"}, Binding: "jkt:thumb",
		},
		Action: pep.ActionExecute,
		Resource: pep.Resource{
			ID: "openbao+kv2://secret/myapp/api#token?version=3", TenantID: "dev", Provider: "openbao", Engine: "kv2",
			Mount: "secret", Path: "myapp/api", Key: "token", Version: 3, Accessor: "api.token",
		},
		Context: pep.Context{TokenJTI: "jti", CorrelationID: "corr", WorkflowRunID: "run", NodeID: "node", SystemID: "system"},
	}
}

// wantReason holds an error to a reason, to being about the accessor, and to
// holding no canary.
func wantReason(t *testing.T, err error, want pep.Reason) {
	t.Helper()
	e, ok := errors.AsType[*pep.PDPUnavailableError](err)
	if !ok {
		t.Fatalf("error is %v, want a *pep.PDPUnavailableError with reason %s", err, want)
	}
	if e.Reason != want {
		t.Errorf("reason is %s, want %s", e.Reason, want)
	}
	wantNoCanary(t, err)
}

func wantNoCanary(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	for _, format := range []string{"%v", "%+v", "%#v", "%q"} {
		text := strings.ToLower(fmt.Sprintf(format, err))
		if strings.Contains(text, "canary") || strings.Contains(text, "127.0.0.1") {
			t.Errorf("error shows what it must not: %s", text)
		}
	}
	switch e := err.(type) { //nolint:errorlint // walks the tree itself
	case interface{ Unwrap() error }:
		wantNoCanary(t, e.Unwrap())
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			wantNoCanary(t, inner)
		}
	}
}
