package telemetry

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// kvServer answers reads as a KV server does, plain or wrapped, or with a status
// and a text.
type kvServer struct {
	address string
	body    string // of a read

	mu      sync.Mutex
	status  int // 0: well
	text    string
	delay   time.Duration     // of an unwrapping
	wrapped map[string]string // creation path by token
}

func startKV(t *testing.T, value map[string]string) *kvServer {
	t.Helper()
	body, err := json.Marshal(map[string]any{"data": map[string]any{
		"data":     value,
		"metadata": map[string]any{"version": 4, "created_time": "2026-01-02T03:04:05Z", "deletion_time": "", "destroyed": false},
	}})
	if err != nil {
		t.Fatal(err)
	}
	s := &kvServer{body: string(body), wrapped: map[string]string{}}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.address = server.URL
	return s
}

// fails makes every answer one of that status, with the text in it; 0 mends it.
func (s *kvServer) fails(status int, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status, s.text = status, text
}

// slow makes unwrapping take so long.
func (s *kvServer) slow(delay time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.delay = delay
}

func (s *kvServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	token := r.Header.Get("X-Vault-Token")
	switch path := strings.TrimPrefix(r.URL.Path, "/v1/"); {
	case s.status == http.StatusNotFound:
		http.Error(w, `{"errors":[]}`, s.status)
	case s.status != 0:
		http.Error(w, fmt.Sprintf(`{"errors":[%q]}`, s.text), s.status)
	case path == "sys/wrapping/lookup":
		respond(w, map[string]any{"data": map[string]any{"creation_path": s.wrapped[token], "creation_ttl": 60}})
	case path == "sys/wrapping/unwrap":
		select {
		case <-time.After(s.delay):
		case <-r.Context().Done():
			return
		}
		delete(s.wrapped, token)
		_, _ = w.Write([]byte(s.body))
	case path == "auth/approle/login":
		respond(w, map[string]any{"auth": map[string]any{"client_token": "hvs.logged-in", "lease_duration": 3600, "renewable": true}})
	case strings.HasPrefix(path, "secret/metadata/"):
		respond(w, map[string]any{"data": map[string]any{
			"current_version": 4, "custom_metadata": map[string]string{"owner": s.text},
			"versions": map[string]any{"4": map[string]any{"created_time": "2026-01-02T03:04:05Z", "deletion_time": "", "destroyed": false}},
		}})
	case r.Header.Get("X-Vault-Wrap-TTL") != "":
		wrapping := fmt.Sprintf("hvs.wrapping-%d", len(s.wrapped))
		s.wrapped[wrapping] = path
		respond(w, map[string]any{"data": nil, "wrap_info": map[string]any{"token": wrapping, "ttl": 60, "creation_path": path}})
	default:
		_, _ = w.Write([]byte(s.body))
	}
}

func respond(w http.ResponseWriter, body any) { _ = json.NewEncoder(w).Encode(body) }
