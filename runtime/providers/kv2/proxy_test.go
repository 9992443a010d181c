package kv2

import (
	"net/http"
	"strings"
	"testing"
)

// A proxy of http sees the whole request to a server of http.
func TestAProxyIsUsedWhereItIsSet(t *testing.T) {
	t.Parallel()
	seen := make(chan string, 1)
	proxy := serve(t, func(w http.ResponseWriter, r *http.Request) {
		seen <- r.Method + " " + r.RequestURI
		_, _ = w.Write([]byte(envelope(`{}`, `"version":1`)))
	})
	p := openAt(t, "http://vault.example.com:8200", "VAULT_PROXY_ADDR", proxy)
	if _, err := p.Read(t.Context(), at("app", 0)); err != nil {
		t.Fatal(err)
	}
	if got := <-seen; got != "GET http://vault.example.com:8200/v1/secret/data/app" {
		t.Errorf("the proxy saw %s", got)
	}
}

// One for https is asked for a tunnel and sees no header of the request.
func TestAProxySeesNoTokenOfAServerOfHTTPS(t *testing.T) {
	t.Parallel()
	seen := make(chan string, 1)
	proxy := serve(t, func(w http.ResponseWriter, r *http.Request) {
		var all strings.Builder
		_ = r.Header.Write(&all)
		seen <- r.Method + " " + r.RequestURI + " " + all.String()
		w.WriteHeader(http.StatusForbidden)
	})
	p := openAt(t, "https://vault.example.com:8200", "VAULT_PROXY_ADDR", proxy, "VAULT_MAX_RETRIES", "0")
	_, err := p.Read(t.Context(), at("app", 0))
	if got := outcome(err); got != "unavailable, retryable" {
		t.Errorf("the outcome is %s", got)
	}
	if got := <-seen; !strings.HasPrefix(got, "CONNECT vault.example.com:8200 ") || strings.Contains(got, canary) {
		t.Errorf("the proxy saw %s", got)
	}
}
