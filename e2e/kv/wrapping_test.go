package kv

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/e2e/internal/kvserver"
	"github.com/secretsgen/secretsgen/runtime/providers"
)

// readWrapped is the value of the key "token" and what became of a wrapped read.
func (s *store) readWrapped(ctx context.Context, at providers.Location) (value, got string) {
	s.t.Helper()
	doc, err := s.Provider.(providers.Wrapper).ReadWrapped(ctx, at, time.Minute)
	if err != nil {
		s.shows("an error", err.Error())
		return "", outcome(err)
	}
	if _, err := doc.Pick("token"); err != nil {
		return "", "value" // one without that key
	}
	return token(s.t, doc), "value"
}

func TestAWrappedReadComesToWhatAPlainOneDoes(t *testing.T) {
	t.Parallel()
	a := operator(t)
	s := stock(a)
	states := s.states(a)
	everyScheme(t, func(t *testing.T, scheme string) {
		p := open(t, scheme, at(a.Server, s.token))
		for name, test := range states {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				where := providers.Location{Mount: test.mount, Path: test.path, Version: test.version}
				if _, got := p.readWrapped(t.Context(), where); got != test.want {
					t.Errorf("the outcome is %s, want %s", got, test.want)
				}
			})
		}
	})
}

func TestAWrappingTokenIsUsedOnceAndForAll(t *testing.T) {
	t.Parallel()
	s := stock(operator(t))
	everyScheme(t, func(t *testing.T, scheme string) {
		f := before(t, shared)
		p := open(t, scheme, vars{"URL": f.address, "TOKEN": s.token})
		value, got := p.readWrapped(t.Context(), providers.Location{Mount: s.mount, Path: "app/api", Version: 4})
		if got != "value" || value != s.latest() {
			t.Errorf("%s; right value: %v", got, value == s.latest())
		}
		want := []string{"GET " + s.mount + "/data/app/api wrapped", "POST sys/wrapping/lookup", "POST sys/wrapping/unwrap"}
		if diff := cmp.Diff(want, f.requests()); diff != "" {
			t.Errorf("requests (-want +got):\n%s", diff)
		}
		if status, answer := unwrap(operator(t), f.unwrapped()[0]); status != http.StatusBadRequest || strings.Contains(string(answer), s.latest()) {
			t.Errorf("a second unwrap is answered %d", status)
		}
	})
}

func unwrap(a kvserver.Admin, token string) (status int, answer []byte) {
	a.T.Helper()
	return a.As(token, http.MethodPost, "sys/wrapping/unwrap", nil, nil)
}

func TestWrappedReadsSideBySideHaveATokenEach(t *testing.T) {
	t.Parallel()
	s := stock(operator(t))
	everyScheme(t, func(t *testing.T, scheme string) {
		f := before(t, shared)
		p := open(t, scheme, vars{"URL": f.address, "TOKEN": s.token})
		var wait sync.WaitGroup
		for range 16 {
			wait.Go(func() {
				value, got := p.readWrapped(t.Context(), providers.Location{Mount: s.mount, Path: "app/api"})
				if got != "value" || value != s.latest() {
					t.Errorf("%s; right value: %v", got, value == s.latest())
				}
			})
		}
		wait.Wait()
		tokens := map[string]bool{}
		for _, token := range f.unwrapped() {
			tokens[token] = true
		}
		if len(tokens) != 16 {
			t.Errorf("%d wrapping tokens for 16 reads", len(tokens))
		}
	})
}

// Whoever sits on the way to the server can take a token first, or put another
// in its place. Neither goes unnoticed, and neither is an absent secret.
func TestAWrappingTokenThatWasTamperedWithIsRefused(t *testing.T) {
	t.Parallel()
	a := operator(t)
	s := stock(a)
	a.Write(s.mount, "app/other", map[string]any{"token": "canary-other"})
	// Each is a thief before the server, who passes on what it does not answer.
	for name, thief := range map[string]func(a kvserver.Admin, w http.ResponseWriter, r *http.Request) bool{
		"taken before its lookup": func(a kvserver.Admin, _ http.ResponseWriter, r *http.Request) bool {
			if strings.HasSuffix(r.URL.Path, "/lookup") {
				unwrap(a, r.Header.Get("X-Vault-Token"))
			}
			return false
		},
		"taken between lookup and unwrap": func(a kvserver.Admin, _ http.ResponseWriter, r *http.Request) bool {
			if strings.HasSuffix(r.URL.Path, "/unwrap") {
				unwrap(a, r.Header.Get("X-Vault-Token"))
			}
			return false
		},
		"of another path": func(a kvserver.Admin, w http.ResponseWriter, r *http.Request) bool {
			return passOff(a, w, r, s.mount+"/data/app/other", http.Header{"X-Vault-Wrap-Ttl": {"60s"}})
		},
		"of a longer life": func(a kvserver.Admin, w http.ResponseWriter, r *http.Request) bool {
			return passOff(a, w, r, s.mount+"/data/app/api", http.Header{"X-Vault-Wrap-Ttl": {"1h"}})
		},
		"of a longer life than it says": func(a kvserver.Admin, w http.ResponseWriter, r *http.Request) bool {
			if r.Method == http.MethodGet {
				_, answer := a.As(a.Server.Token, http.MethodGet, s.mount+"/data/app/api", nil, http.Header{"X-Vault-Wrap-Ttl": {"1h"}})
				_, _ = w.Write(bytes.Replace(answer, []byte(`"ttl":3600`), []byte(`"ttl":60`), 1))
			}
			return r.Method == http.MethodGet
		},
		"made up": func(_ kvserver.Admin, w http.ResponseWriter, r *http.Request) bool {
			if r.Method == http.MethodGet {
				_, _ = w.Write([]byte(`{"wrap_info":{"token":"canary-made-up","ttl":60,"creation_path":"` + s.mount + `/data/app/api"}}`))
			}
			return r.Method == http.MethodGet
		},
		"left out, the value in the open": func(a kvserver.Admin, w http.ResponseWriter, r *http.Request) bool {
			return passOff(a, w, r, s.mount+"/data/app/api", nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			everyScheme(t, func(t *testing.T, scheme string) {
				a := operator(t)
				f := before(t, shared)
				f.answers(func(w http.ResponseWriter, r *http.Request) bool { return thief(a, w, r) })
				p := open(t, scheme, vars{"URL": f.address, "TOKEN": s.token})
				if _, got := p.readWrapped(t.Context(), providers.Location{Mount: s.mount, Path: "app/api"}); got != "wrap_invalid" {
					t.Errorf("the outcome is %s, want wrap_invalid", got)
				}
				if n := count(f.requests(), "/unwrap"); n > 1 {
					t.Errorf("%d tries to unwrap", n)
				}
			})
		})
	}
}

// passOff answers a read with the server's answer to another one.
func passOff(a kvserver.Admin, w http.ResponseWriter, r *http.Request, path string, header http.Header) bool {
	if r.Method != http.MethodGet {
		return false
	}
	status, answer := a.As(a.Server.Token, http.MethodGet, path, nil, header)
	w.WriteHeader(status)
	_, _ = w.Write(answer)
	return true
}

// What has reached the server, or may have, is not sent twice: the second would
// be told that the token is used, and somebody would look for a thief.
func TestAnUnwrapIsNeverSentTwice(t *testing.T) {
	t.Parallel()
	s := stock(operator(t))
	for name, test := range map[string]struct {
		fault func(a kvserver.Admin, w http.ResponseWriter, r *http.Request)
		want  string
	}{
		"the answer is lost": {func(a kvserver.Admin, _ http.ResponseWriter, r *http.Request) {
			unwrap(a, r.Header.Get("X-Vault-Token"))
			panic(http.ErrAbortHandler)
		}, "unavailable, retryable"},
		"the connection is cut before": {func(kvserver.Admin, http.ResponseWriter, *http.Request) {
			panic(http.ErrAbortHandler)
		}, "unavailable, retryable"},
		"the server is busy": {func(_ kvserver.Admin, w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusServiceUnavailable)
		}, "unavailable, retryable"},
		"a quota is used up": {func(_ kvserver.Admin, w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusTooManyRequests)
		}, "throttled, retryable"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			everyScheme(t, func(t *testing.T, scheme string) {
				a := operator(t)
				f := before(t, shared)
				f.answers(func(w http.ResponseWriter, r *http.Request) bool {
					if !strings.HasSuffix(r.URL.Path, "/unwrap") {
						return false
					}
					test.fault(a, w, r)
					return true
				})
				p := open(t, scheme, vars{"URL": f.address, "TOKEN": s.token})
				if _, got := p.readWrapped(t.Context(), providers.Location{Mount: s.mount, Path: "app/api"}); got != test.want {
					t.Errorf("the outcome is %s, want %s", got, test.want)
				}
				if n := count(f.requests(), "/unwrap"); n != 1 {
					t.Errorf("%d unwraps, want 1", n)
				}
				// The value is still there: a new read has a new token.
				f.answers(nil)
				if value, got := p.readWrapped(t.Context(), providers.Location{Mount: s.mount, Path: "app/api"}); got != "value" || value != s.latest() {
					t.Errorf("the next read is %s; right value: %v", got, value == s.latest())
				}
			})
		})
	}
}
