package exchange

import (
	"context"
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// visit is a request that reached a host.
type visit struct {
	Method, URL, Token, Namespace, Body string
}

// world is every host there is, of http and https and whatever port, behind two
// listeners. It records who is visited with what.
type world struct {
	plain, secure *httptest.Server

	mu      sync.Mutex
	visits  []visit
	answers map[string]http.HandlerFunc // by base URL; none: 200
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{answers: map[string]http.HandlerFunc{}}
	w.plain = httptest.NewServer(w)
	w.secure = httptest.NewUnstartedServer(w)
	w.secure.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	w.secure.StartTLS()
	t.Cleanup(w.plain.Close)
	t.Cleanup(w.secure.Close)
	return w
}

func (w *world) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	base := "http://" + r.Host
	if r.TLS != nil {
		base = "https://" + r.Host
	}
	body, _ := io.ReadAll(r.Body)
	w.mu.Lock()
	w.visits = append(w.visits, visit{r.Method, base + r.RequestURI, r.Header.Get("X-Vault-Token"), r.Header.Get("X-Vault-Namespace"), string(body)})
	answer := w.answers[base]
	w.mu.Unlock()
	if answer != nil {
		answer(rw, r)
		return
	}
	_, _ = rw.Write([]byte(`{"data":{}}`))
}

// open makes a server at address whose connections end in this world: those to a
// port of https, which starts with 8 or is 443, at the listener that speaks TLS.
func (w *world) open(t *testing.T, address string, nodes ...string) *Server {
	t.Helper()
	roots := w.secure.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	cfg := Config{
		Address: address, Redirects: nodes, Namespace: "team", Timeout: 10 * time.Second,
		TLS: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots, ServerName: "example.com"},
	}
	transport := newTransport(cfg)
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		_, port, _ := net.SplitHostPort(address)
		to := w.plain.Listener.Addr().String()
		if port == "443" || strings.HasPrefix(port, "82") {
			to = w.secure.Listener.Addr().String()
		}
		return new(net.Dialer).DialContext(ctx, network, to)
	}
	s, err := newServer(cfg, transport, half)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// redirects answers with a Location, in which $PATH is what was asked for.
func (w *world) redirects(base string, status int, locations ...string) {
	w.answers[base] = func(rw http.ResponseWriter, r *http.Request) {
		for _, location := range locations {
			rw.Header()["Location"] = append(rw.Header()["Location"], strings.ReplaceAll(location, "$PATH", r.RequestURI))
		}
		rw.WriteHeader(status)
	}
}

// visitsOf are the visits of everybody but the origin.
func (w *world) visitsOf(origin string) (elsewhere []visit) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, v := range w.visits {
		if !strings.HasPrefix(v.URL, origin+"/") {
			elsewhere = append(elsewhere, v)
		}
	}
	return elsewhere
}

// What is asked for can't name a host.
func TestOnlyTheConfiguredHostIsAsked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.open(t, origin)
	for _, path := range []string{
		"//evil.example.com/x", "http://evil.example.com/x", "@evil.example.com/x", "secret/data/x@evil.example.com", "\\\\evil.example.com\\x",
		"secret/data/../../../x", ":8300/x", "?x", "#x", "secret/data/x?y=http://evil.example.com", "%2f%2fevil.example.com",
	} {
		req := read
		req.Path = path
		if got := reading(s.Do(t.Context(), req)); got != "200" {
			t.Errorf("%s: the outcome is %s", path, got)
		}
	}
	if elsewhere := w.visitsOf(origin); elsewhere != nil {
		t.Errorf("visits elsewhere: %v", elsewhere)
	}
}
