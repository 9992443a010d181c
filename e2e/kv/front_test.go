package kv

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/secretsgen/secretsgen/e2e/internal/kvserver"
)

// front stands before a server as a load balancer does. It counts what passes
// and, if told to, answers in the place of the server.
type front struct {
	address string

	mu    sync.Mutex
	seen  []string // method and path below /v1/, "wrapped" behind it
	keys  []string // wrapping tokens that came to be unwrapped
	stand func(http.ResponseWriter, *http.Request) bool
}

// before puts a front before a server.
func before(t *testing.T, s *kvserver.Server) *front {
	t.Helper()
	target, err := url.Parse(s.Address)
	if err != nil {
		t.Fatal(err)
	}
	f := &front{}
	proxy := &httputil.ReverseProxy{Transport: s.Client.Transport, Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if stand := f.note(r); stand == nil || !stand(w, r) {
			proxy.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(server.Close)
	f.address = server.URL
	return f
}

func (f *front) note(r *http.Request) func(http.ResponseWriter, *http.Request) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	line := r.Method + " " + strings.TrimPrefix(r.URL.Path, "/v1/")
	if r.Header.Get("X-Vault-Wrap-TTL") != "" {
		line += " wrapped"
	}
	f.seen = append(f.seen, line)
	if strings.HasSuffix(line, "/unwrap") {
		f.keys = append(f.keys, r.Header.Get("X-Vault-Token"))
	}
	return f.stand
}

// answers has the front say whether it has answered a request itself; nil lets
// everything through.
func (f *front) answers(stand func(http.ResponseWriter, *http.Request) bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stand = stand
}

// requests are those that have come since the last call.
func (f *front) requests() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	seen := f.seen
	f.seen = nil
	return seen
}

// unwrapped are the wrapping tokens that have come to be unwrapped.
func (f *front) unwrapped() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string(nil), f.keys...)
}

// count is how many of some requests contain a text.
func count(requests []string, text string) int {
	n := 0
	for _, request := range requests {
		if strings.Contains(request, text) {
			n++
		}
	}
	return n
}
