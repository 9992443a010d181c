package kv2

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"
)

// wrapper is a server that wraps the answers of another one, as Vault does: what
// is not there stays plain, and the status comes with the unwrapping.
type wrapper struct {
	server http.Handler

	mu      sync.Mutex
	made    int
	wrapped map[string]wrappedAnswer // by token
}

type wrappedAnswer struct {
	path   string
	ttl    time.Duration
	answer *httptest.ResponseRecorder
}

func (v *wrapper) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch r.URL.Path {
	case "/v1/sys/wrapping/lookup":
		v.lookup(w, r)
	case "/v1/sys/wrapping/unwrap":
		v.unwrap(w, r)
	default:
		v.read(w, r)
	}
}

func (v *wrapper) read(w http.ResponseWriter, r *http.Request) {
	answer := httptest.NewRecorder()
	v.server.ServeHTTP(answer, r)
	ttl, err := time.ParseDuration(r.Header.Get("X-Vault-Wrap-TTL"))
	if err != nil || strings.HasPrefix(answer.Body.String(), `{"errors"`) {
		forward(w, answer)
		return
	}
	v.made++
	token, path := fmt.Sprintf("%s-wrapping-%d", canary, v.made), strings.TrimPrefix(r.URL.Path, "/v1/")
	if v.wrapped == nil {
		v.wrapped = map[string]wrappedAnswer{}
	}
	v.wrapped[token] = wrappedAnswer{path, ttl, answer}
	respond(w, map[string]any{"data": nil, "wrap_info": map[string]any{"token": token, "ttl": int(ttl.Seconds()), "creation_path": path}})
}

func (v *wrapper) lookup(w http.ResponseWriter, r *http.Request) {
	kept, ok := v.wrapped[r.Header.Get("X-Vault-Token")]
	if !ok {
		refuse(w)
		return
	}
	respond(w, map[string]any{"data": map[string]any{"creation_path": kept.path, "creation_ttl": kept.ttl.Seconds()}})
}

func (v *wrapper) unwrap(w http.ResponseWriter, r *http.Request) {
	token := r.Header.Get("X-Vault-Token")
	kept, ok := v.wrapped[token]
	delete(v.wrapped, token)
	if !ok || r.Method != http.MethodPost || r.ContentLength > 0 {
		refuse(w)
		return
	}
	forward(w, kept.answer)
}

func forward(w http.ResponseWriter, answer *httptest.ResponseRecorder) {
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes())
}

func respond(w http.ResponseWriter, body any) { _ = json.NewEncoder(w).Encode(body) }

func refuse(w http.ResponseWriter) {
	w.WriteHeader(http.StatusBadRequest)
	_, _ = w.Write([]byte(`{"errors":["wrapping token is not valid or does not exist"]}`))
}
