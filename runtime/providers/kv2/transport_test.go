package kv2

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/providers/kv2/internal/exchange"
)

func TestRequest(t *testing.T) {
	t.Parallel()
	type request struct {
		Method, URI string
		Header      http.Header
	}
	for name, c := range map[string]struct {
		address   string // behind the server's own
		at        providers.Location
		namespace string
		want      string
	}{
		"the latest version":           {"", at("app/db", 0), "", "/v1/secret/data/app/db"},
		"a pinned version":             {"", at("app/db", 12), "", "/v1/secret/data/app/db?version=12"},
		"a server below a path":        {"/vault/", at("app", 0), "", "/vault/v1/secret/data/app"},
		"a mount of several segments":  {"", providers.Location{Mount: "team/kv", Path: "app"}, "", "/v1/team/kv/data/app"},
		"a namespace":                  {"", at("app", 0), "team-a/dev", "/v1/secret/data/app"},
		"characters that mean nothing": {"", at("a b/c?version=1#k/%2e%2e/d%2Fe\\", 0), "", "/v1/secret/data/a%20b/c%3Fversion=1%23k/%252e%252e/d%252Fe%5C"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := make(chan request, 1)
			address := serve(t, func(w http.ResponseWriter, r *http.Request) {
				got <- request{r.Method, r.RequestURI, r.Header}
				_, _ = w.Write([]byte(envelope(`{}`, `"version":12`)))
			})
			if _, err := openAt(t, address+c.address, "VAULT_NAMESPACE", c.namespace).Read(t.Context(), c.at); err != nil {
				t.Fatal(err)
			}
			want := request{http.MethodGet, c.want, http.Header{
				"User-Agent": {"Go-http-client/1.1"}, "X-Vault-Request": {"true"}, "X-Vault-Token": {canary},
			}}
			if c.namespace != "" {
				want.Header.Set("X-Vault-Namespace", c.namespace)
			}
			if diff := cmp.Diff(want, <-got); diff != "" {
				t.Errorf("request (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLocationThatWouldResolveElsewhereIsNotAskedFor(t *testing.T) {
	t.Parallel()
	address := serve(t, func(w http.ResponseWriter, r *http.Request) {
		t.Errorf("the server was asked for %s", r.RequestURI)
		w.WriteHeader(http.StatusTeapot)
	})
	p := openAt(t, address)
	for _, location := range []providers.Location{
		at("", 0), at("../../sys/mounts", 0), at("a/../../../sys", 0), at("a/./b", 0), at("/a", 0), at("a/", 0), at("a//b", 0),
		{Path: "a"},
		{Mount: "..", Path: "a"},
		{Mount: "a/../b", Path: "c"},
	} {
		_, err := p.Read(t.Context(), location)
		if got := outcome(err); got != "misconfigured" {
			t.Errorf("%v: the outcome is %s", location, got)
		}
	}
}

func TestEnvironmentOfTheLibraryHasNoEffect(t *testing.T) {
	address := serve(t, func(w http.ResponseWriter, r *http.Request) {
		status := http.StatusOK
		want := http.Header{"User-Agent": {"Go-http-client/1.1"}, "X-Vault-Request": {"true"}, "X-Vault-Token": {canary}}
		if diff := cmp.Diff(want, r.Header); diff != "" {
			t.Errorf("headers (-want +got):\n%s", diff)
			status = http.StatusTeapot
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(envelope(`{}`, `"version":1`)))
	})
	elsewhere := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("the request went to what the environment names") })
	for name, value := range map[string]string{
		"VAULT_ADDR": elsewhere, "VAULT_AGENT_ADDR": elsewhere, "VAULT_TOKEN": "canary-environment", "VAULT_NAMESPACE": "elsewhere",
		"VAULT_HEADERS": `{"X-Extra":"1"}`, "VAULT_WRAP_TTL": "60s", "VAULT_MFA": "code", "VAULT_SRV_LOOKUP": "true", "VAULT_MAX_RETRIES": "9",
		"VAULT_RATE_LIMIT": "0:0", "VAULT_CLIENT_TIMEOUT": "1ns", "VAULT_SKIP_VERIFY": "true", "VAULT_DISABLE_REDIRECTS": "false",
		"VAULT_PROXY_ADDR": elsewhere, "VAULT_HTTP_PROXY": elsewhere, "HTTP_PROXY": elsewhere, "HTTPS_PROXY": elsewhere, "ALL_PROXY": elsewhere,
	} {
		t.Setenv(name, value)
	}
	if _, err := openAt(t, address).Read(t.Context(), at("app", 0)); err != nil {
		t.Error(err)
	}
}

func TestEnvironmentThatStopsTheLibraryIsNamed(t *testing.T) {
	t.Setenv("VAULT_SKIP_VERIFY", canary)
	t.Setenv("VAULT_RATE_LIMIT", "5")
	in, _ := instance("openbao-eu+kv2", map[string]string{"OPENBAO_EU_URL": "https://127.0.0.1", "OPENBAO_EU_TOKEN": "canary"})
	_, err := Provider().Open(t.Context(), in)
	if diff := cmp.Diff([]string{"VAULT_RATE_LIMIT, VAULT_SKIP_VERIFY"}, problemNames(t, err)); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	if strings.Contains(err.Error(), canary) {
		t.Error("the error shows the value")
	}
}

// Of the names that the library shares with the settings, the settings decide:
// what the environment of another server holds is named where it stops the
// library, and has no effect where it does not.
func TestEnvironmentOfAnotherServerIsNotTaken(t *testing.T) {
	var requests atomic.Int32
	address := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		requests.Add(1)
		w.WriteHeader(http.StatusTooManyRequests)
	})
	t.Setenv("VAULT_MAX_RETRIES", "9")
	t.Setenv("VAULT_PROXY_ADDR", "http://127.0.0.1:1")
	t.Setenv("VAULT_TLS_SERVER_NAME", "elsewhere.test")
	vars := map[string]string{"OPENBAO_EU_URL": address, "OPENBAO_EU_TOKEN": canary, "OPENBAO_EU_MAX_RETRIES": "1"}
	in, _ := instance("openbao-eu+kv2", vars)
	p, err := Provider().Open(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Read(t.Context(), at("app", 0)); outcome(err) != "throttled, retryable" || requests.Load() != 2 {
		t.Errorf("%v after %d requests", err, requests.Load())
	}
	t.Setenv("VAULT_CLIENT_CERT", canary+".pem")
	_, err = Provider().Open(t.Context(), in)
	want := []string{"VAULT_CLIENT_CERT, VAULT_MAX_RETRIES, VAULT_PROXY_ADDR"}
	if diff := cmp.Diff(want, problemNames(t, err)); diff != "" || shows(err) {
		t.Errorf("names (-want +got):\n%s%v", diff, err)
	}
}

func TestFailuresOfTheConnection(t *testing.T) {
	t.Parallel()
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	secure.StartTLS()
	t.Cleanup(secure.Close)
	old := httptest.NewUnstartedServer(http.NotFoundHandler())
	old.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
	old.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	old.StartTLS()
	t.Cleanup(old.Close)
	bundle := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(bundle, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: old.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	plain := reply(t, http.StatusOK, envelope(`{}`, `"version":1`))
	cut := func(status int) string {
		return serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			w.WriteHeader(status)
			_, _ = w.Write([]byte(`{"errors":[]}`))
		})
	}
	silent := func(before []byte) string {
		return serve(t, func(w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write(before)
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		})
	}
	compressed := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		_, _ = z.Write(bytes.Repeat([]byte(" "), 2*exchange.MaxBody))
		_ = z.Close()
	})
	for name, c := range map[string]struct {
		address string
		more    []string
		want    string
	}{
		"nobody listens":                     {closed.URL, nil, "unavailable, retryable"},
		"an unknown authority":               {secure.URL, nil, "misconfigured"},
		"https to a server without TLS":      {strings.Replace(plain, "http:", "https:", 1), nil, "misconfigured"},
		"http to a server with TLS":          {strings.Replace(secure.URL, "https:", "http:", 1), nil, "misconfigured"},
		"a server that speaks TLS 1.1 only":  {old.URL, []string{"VAULT_CACERT", bundle}, "unavailable, retryable"},
		"an answer that breaks off":          {cut(http.StatusOK), nil, "unavailable, retryable"},
		"a 404 that breaks off":              {cut(http.StatusNotFound), nil, "unavailable, retryable"},
		"a 403 that breaks off":              {cut(http.StatusForbidden), nil, "denied"},
		"no answer in time":                  {silent(nil), []string{"VAULT_TIMEOUT", "50ms"}, "unavailable, retryable"},
		"half an answer in time":             {silent([]byte(`{"data":`)), []string{"VAULT_TIMEOUT", "50ms"}, "unavailable, retryable"},
		"compression that was not asked for": {compressed, nil, "malformed"},
		"headers without end":                {serve(t, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X", strings.Repeat("x", 1<<20)) }), nil, "unavailable, retryable"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := openAt(t, c.address, c.more...).Read(t.Context(), at("app", 0))
			if got := outcome(err); got != c.want {
				t.Errorf("the outcome is %s and not %s", got, c.want)
			}
			if shown := err.Error(); strings.Contains(shown, "127.0.0.1") || strings.Contains(shown, canary) || errors.Unwrap(err) != nil {
				t.Errorf("the error shows too much: %v", err)
			}
		})
	}
}

func TestServerThatTheBundleTrusts(t *testing.T) {
	t.Parallel()
	server := httptest.NewTLSServer(engine{"app": {{data: `{"a":"b"}`}}})
	t.Cleanup(server.Close)
	bundle := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(bundle, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := openAt(t, server.URL, "VAULT_CACERT", bundle).Read(t.Context(), at("app", 0)); err != nil {
		t.Error(err)
	}
}

func TestReadReturnsWhenItsContextEnds(t *testing.T) {
	t.Parallel()
	for name, before := range map[string]string{"before the answer": "", "within the answer": `{"data":`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			arrived := make(chan struct{})
			address := serve(t, func(w http.ResponseWriter, r *http.Request) {
				_, _ = w.Write([]byte(before))
				_ = http.NewResponseController(w).Flush()
				close(arrived)
				<-r.Context().Done()
			})
			ctx, cancel := context.WithCancelCause(t.Context())
			go func() {
				<-arrived
				cancel(errors.New("a cause of the caller's own"))
			}()
			_, err := openAt(t, address).Read(ctx, at("app", 0))
			if !errors.Is(err, context.Canceled) || errors.Unwrap(err) != nil {
				t.Errorf("the error is %v", err)
			}
		})
	}
}

func TestTheConnectionIsKeptWhateverTheAnswer(t *testing.T) {
	t.Parallel()
	for _, status := range []int{403, 412, 429, 500, 502, 503} {
		connections := make(chan string, 10)
		address := serve(t, func(w http.ResponseWriter, r *http.Request) {
			connections <- r.RemoteAddr
			w.WriteHeader(status)
			_, _ = w.Write([]byte(`{"errors":["try later"]}`))
		})
		p := openAt(t, address, "VAULT_MAX_RETRIES", "0")
		for range 2 {
			if _, err := p.Read(t.Context(), at("app", 0)); err == nil {
				t.Errorf("%d: no error", status)
			}
		}
		if len(connections) != 2 {
			t.Fatalf("%d: two reads made %d requests", status, len(connections))
		}
		if first, second := <-connections, <-connections; first != second {
			t.Errorf("%d: the connection is given up", status)
		}
	}
}

func TestReadsAreRepeatedAsOftenAsSet(t *testing.T) {
	t.Parallel()
	for setting, want := range map[string]int32{"0": 1, "1": 2, "": 3} {
		var requests atomic.Int32
		address := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			requests.Add(1)
			w.WriteHeader(http.StatusTooManyRequests)
		})
		p := openAt(t, address, "VAULT_MAX_RETRIES", setting)
		if _, err := p.Read(t.Context(), at("app", 0)); outcome(err) != "throttled, retryable" || requests.Load() != want {
			t.Errorf("%q: %v after %d requests and not %d", setting, err, requests.Load(), want)
		}
	}
}

// A value that was read before is not there any more when the server is not.
func TestNoStaleValueIsServed(t *testing.T) {
	t.Parallel()
	var down atomic.Bool
	var told []providers.Notice
	address := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		if down.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_, _ = w.Write([]byte(envelope(`{"a":"b"}`, `"version":1`)))
	})
	in, _ := instance("openbao+kv2", map[string]string{"VAULT_URL": address, "VAULT_TOKEN": canary, "VAULT_MAX_RETRIES": "0"})
	in.Notify = func(n providers.Notice) { told = append(told, n) }
	p, err := Provider().Open(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Read(t.Context(), at("app", 0)); err != nil {
		t.Fatal(err)
	}
	down.Store(true)
	for n := range 20 { // the breaker opens on the way
		if _, err := p.Read(t.Context(), at("app", 0)); outcome(err) != "unavailable, retryable" {
			t.Errorf("read %d of a server that is down: %v", n, err)
		}
	}
	if diff := cmp.Diff([]providers.Notice{providers.BreakerOpened}, told); diff != "" {
		t.Errorf("notices (-want +got):\n%s", diff)
	}
}

func TestTheCapOfAnAnswerIsASetting(t *testing.T) {
	t.Parallel()
	large := envelope(`{"a":"`+strings.Repeat("x", 3<<20)+`"}`, `"version":1`)
	small := envelope(`{"a":"`+strings.Repeat("x", 2<<10)+`"}`, `"version":1`)
	for name, c := range map[string]struct{ body, limit, want string }{
		"a large answer under a high cap": {large, "4194304", "value"},
		"a large answer":                  {large, "", "malformed"},
		"a small answer under a low cap":  {small, "1024", "malformed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := openAt(t, reply(t, http.StatusOK, c.body), "VAULT_MAX_RESPONSE_BYTES", c.limit).Read(t.Context(), at("app", 0))
			if got := outcome(err); got != c.want {
				t.Errorf("the outcome is %s and not %s", got, c.want)
			}
		})
	}
}

func TestOpenConnectsLazilyAndCloseGivesBack(t *testing.T) {
	t.Parallel()
	states := make(chan http.ConnState, 16)
	server := httptest.NewUnstartedServer(engine{"app": {{data: `{"a":"b"}`}}})
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) { states <- state }
	server.Start()
	t.Cleanup(server.Close)
	p := openAt(t, server.URL)
	if len(states) != 0 {
		t.Error("Open made a connection")
	}
	for range 3 {
		if _, err := p.Read(t.Context(), at("app", 0)); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.(providers.Closer).Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	connections := 0
	for state := range states {
		if state == http.StateNew {
			connections++
		}
		if state == http.StateClosed {
			break
		}
	}
	if connections != 1 {
		t.Errorf("three reads took %d connections", connections)
	}
}
