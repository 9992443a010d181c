package authzen_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/pep/authzen"
)

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	var strayed atomic.Int32
	elsewhere := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		strayed.Add(1)
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, permit)
	})
	for _, status := range []int{301, 302, 303, 307, 308} {
		for name, place := range map[string]string{"another host": elsewhere.URL, "the same host": "/elsewhere", "no scheme": "//" + strings.TrimPrefix(elsewhere.URL, "http://")} {
			t.Run(fmt.Sprintf("%d to %s", status, name), func(t *testing.T) {
				t.Parallel()
				var asked atomic.Int32
				server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
					asked.Add(1)
					w.Header().Set("Location", place)
					w.WriteHeader(status)
				})
				c := client(t, authzen.Config{BaseURL: server.URL, Token: canaryToken})
				_, err := c.Decide(t.Context(), request())
				wantReason(t, err, pep.ReasonRedirect)
				_, err = c.DecideAll(t.Context(), []pep.Request{request()})
				wantReason(t, err, pep.ReasonRedirect)
				if asked.Load() != 2 || strayed.Load() != 0 {
					t.Errorf("the PDP saw %d requests and another server %d, want 2 and 0", asked.Load(), strayed.Load())
				}
			})
		}
	}
}

func secure(t *testing.T, configure func(*tls.Config)) (server *httptest.Server, roots *x509.CertPool) {
	t.Helper()
	server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, permit)
	}))
	server.Config.ErrorLog = nil
	server.TLS = &tls.Config{MinVersion: tls.VersionTLS10}
	if configure != nil {
		configure(server.TLS)
	}
	server.StartTLS()
	t.Cleanup(server.Close)
	roots = x509.NewCertPool()
	roots.AddCert(server.Certificate())
	return server, roots
}

func TestTLS(t *testing.T) {
	t.Parallel()
	t.Run("a certificate that is trusted", func(t *testing.T) {
		t.Parallel()
		server, roots := secure(t, nil)
		decision, err := client(t, authzen.Config{BaseURL: server.URL, TLS: &tls.Config{RootCAs: roots}}).Decide(t.Context(), request())
		if err != nil || !decision.Permit {
			t.Errorf("Decide = %+v, %v; want a permit", decision, err)
		}
	})
	t.Run("a certificate that is not trusted", func(t *testing.T) {
		t.Parallel()
		server, _ := secure(t, nil)
		_, err := client(t, authzen.Config{BaseURL: server.URL}).Decide(t.Context(), request())
		wantReason(t, err, pep.ReasonUnavailable)
	})
	t.Run("a certificate that is not looked at in development", func(t *testing.T) {
		t.Parallel()
		server, _ := secure(t, nil)
		decision, err := client(t, authzen.Config{BaseURL: server.URL, Development: true, TLS: &tls.Config{InsecureSkipVerify: true}}).Decide(t.Context(), request())
		if err != nil || !decision.Permit {
			t.Errorf("Decide = %+v, %v; want a permit", decision, err)
		}
	})
	t.Run("a version that is too old", func(t *testing.T) {
		t.Parallel()
		server, roots := secure(t, func(c *tls.Config) { c.MaxVersion = tls.VersionTLS11 })
		config := &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS10}
		_, err := client(t, authzen.Config{BaseURL: server.URL, TLS: config}).Decide(t.Context(), request())
		wantReason(t, err, pep.ReasonUnavailable)
		if config.MinVersion != tls.VersionTLS10 {
			t.Error("the caller's TLS configuration was changed")
		}
	})
	t.Run("a client certificate", func(t *testing.T) {
		t.Parallel()
		server, roots := secure(t, func(c *tls.Config) { c.ClientAuth = tls.RequireAnyClientCert })
		own := &tls.Config{RootCAs: roots, Certificates: server.TLS.Certificates}
		decision, err := client(t, authzen.Config{BaseURL: server.URL, TLS: own}).Decide(t.Context(), request())
		if err != nil || !decision.Permit {
			t.Errorf("Decide = %+v, %v; want a permit", decision, err)
		}
		_, err = client(t, authzen.Config{BaseURL: server.URL, TLS: &tls.Config{RootCAs: roots}}).Decide(t.Context(), request())
		wantReason(t, err, pep.ReasonUnavailable)
	})
}

func writeToken(t *testing.T, path, token string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(token), 0o600); err != nil {
		t.Fatal(err)
	}
}

// guarded is a PDP that lets one token in and counts what it sees.
func guarded(t *testing.T, status int, token *atomic.Value) (base string, asked *atomic.Int32) {
	t.Helper()
	asked = new(atomic.Int32)
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if r.Header.Get("Authorization") != "Bearer "+token.Load().(string) {
			w.WriteHeader(status)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, permit)
	})
	return server.URL, asked
}

func TestTokenFileIsReadAgain(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "token")
	var accepted atomic.Value
	base, asked := guarded(t, http.StatusUnauthorized, &accepted)
	writeToken(t, path, "canary-one\n")
	c := client(t, authzen.Config{BaseURL: base, TokenFile: path})
	for _, token := range []string{"canary-one", "canary-two"} {
		writeToken(t, path, " "+token+"\r\n")
		accepted.Store(token)
		if decision, err := c.Decide(t.Context(), request()); err != nil || !decision.Permit {
			t.Fatalf("Decide with %s = %+v, %v; want a permit", token, decision, err)
		}
	}
	accepted.Store("canary-three")
	_, err := c.Decide(t.Context(), request())
	wantReason(t, err, pep.ReasonPEPAuth)
	if n := asked.Load(); n != 3 {
		t.Errorf("the PDP was asked %d times, want 3: the same token is not shown twice", n)
	}
}

func TestATokenThatIsReplacedOnTheWay(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusUnauthorized, http.StatusForbidden} {
		for name, test := range map[string]struct {
			next      string
			wantAsked int32
			want      pep.Reason
		}{
			"by one that is accepted": {"canary-good", 2, ""},
			"by one that is not":      {"canary-worse", 2, pep.ReasonPEPAuth},
			"by nothing":              {"", 1, pep.ReasonPEPAuth},
		} {
			t.Run(fmt.Sprintf("%d %s", status, name), func(t *testing.T) {
				t.Parallel()
				path := filepath.Join(t.TempDir(), "token")
				writeToken(t, path, "canary-bad")
				var asked atomic.Int32
				server := serve(t, func(w http.ResponseWriter, r *http.Request) {
					asked.Add(1)
					if r.Header.Get("Authorization") != "Bearer canary-good" {
						// Each refusal comes with another token in the file.
						_ = os.WriteFile(path, []byte(strings.Repeat(test.next, int(asked.Load()))), 0o600)
						w.WriteHeader(status)
						return
					}
					w.Header().Set("Content-Type", "application/json")
					_, _ = io.WriteString(w, permit)
				})
				decision, err := client(t, authzen.Config{BaseURL: server.URL, TokenFile: path}).Decide(t.Context(), request())
				if test.want != "" {
					wantReason(t, err, test.want)
				} else if err != nil || !decision.Permit {
					t.Errorf("Decide = %+v, %v; want a permit", decision, err)
				}
				if n := asked.Load(); n != test.wantAsked {
					t.Errorf("the PDP was asked %d times, want %d", n, test.wantAsked)
				}
			})
		}
	}
}

func TestATokenFileWithoutAToken(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(t *testing.T, path string){
		"that has gone": func(t *testing.T, path string) {
			t.Helper()
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		},
		"that is empty":                func(t *testing.T, path string) { t.Helper(); writeToken(t, path, " \n") },
		"with two lines":               func(t *testing.T, path string) { t.Helper(); writeToken(t, path, "canary\ncanary") },
		"with what no header can hold": func(t *testing.T, path string) { t.Helper(); writeToken(t, path, "canary\x00") },
		"that is far too large":        func(t *testing.T, path string) { t.Helper(); writeToken(t, path, strings.Repeat("a", 16<<10+1)) },
		"that has become a pipe": func(t *testing.T, path string) {
			t.Helper()
			if err := errors.Join(os.Remove(path), syscall.Mkfifo(path, 0o600)); err != nil {
				t.Fatal(err)
			}
		},
		"that has become a folder": func(t *testing.T, path string) {
			t.Helper()
			if err := errors.Join(os.Remove(path), os.Mkdir(path, 0o700)); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "canary")
			writeToken(t, path, canaryToken)
			var asked atomic.Int32
			server := serve(t, func(http.ResponseWriter, *http.Request) { asked.Add(1) })
			c := client(t, authzen.Config{BaseURL: server.URL, TokenFile: path})
			spoil(t, path)
			_, err := c.Decide(t.Context(), request())
			wantReason(t, err, pep.ReasonPEPAuth)
			if asked.Load() != 0 {
				t.Error("the PDP was asked without the credential")
			}
		})
	}
}
