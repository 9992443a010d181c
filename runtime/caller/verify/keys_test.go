package verify_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/secretsgen/secretsgen/runtime/caller/verify"
	"github.com/secretsgen/secretsgen/runtime/caller/verify/verifytest"
)

// roundTrip answers for the issuer without a network, so that time can be bent.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// source is an issuer's key set that is fetched in memory.
type source struct {
	issuer  *verifytest.Issuer
	fetches atomic.Int32
	// What an answer is made of; set between fetches.
	status  int
	headers http.Header
	body    []byte
	err     error
	delay   time.Duration
	panics  bool
}

func newSource(t testing.TB) *source {
	return &source{issuer: issuer(t), status: http.StatusOK, headers: http.Header{"Content-Type": {"application/json"}}}
}

func (s *source) config() verify.Config {
	cfg := s.issuer.Config()
	cfg.KeysTimeout = 0
	cfg.HTTP = &http.Client{Transport: roundTrip(s.answer)}
	return cfg
}

func (s *source) answer(r *http.Request) (*http.Response, error) {
	s.fetches.Add(1)
	if s.panics {
		panic(canary)
	}
	select {
	case <-time.After(s.delay):
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	if s.err != nil {
		return nil, s.err
	}
	body := s.body
	if body == nil {
		body = s.issuer.KeySet()
	}
	return &http.Response{
		StatusCode: s.status, Header: s.headers, Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)), Request: r,
	}, nil
}

// try verifies a fresh token in the time of the bubble and returns the code.
func (s *source) try(t testing.TB, v *verify.Verifier, changes ...verifytest.Token) verify.Code {
	t.Helper()
	token := verifytest.Token{At: time.Now()}
	for _, change := range changes {
		token.Header = change.Header
	}
	_, err := v.FromRequest(request("Bearer", s.issuer.Token(token)))
	return codeOf(t, err)
}

// bubble runs a test of rotation on a clock of its own.
func bubble(t *testing.T, test func(t *testing.T, s *source)) {
	t.Helper()
	s := newSource(t) // its network stays outside
	synctest.Test(t, func(t *testing.T) { test(t, s) })
}

func TestKeysAreFetchedOnceAndWhenTheyAreNoLongerFresh(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		cacheControl string
		fresh        time.Duration
	}{
		"without Cache-Control":  {"", 15 * time.Minute},
		"by max-age":             {"public, max-age=600", 10 * time.Minute},
		"in capitals and quotes": {`Max-Age="600"`, 10 * time.Minute},
		"never below a minute":   {"max-age=0", time.Minute},
		"no-store":               {"no-store, max-age=600", time.Minute},
		"never above a day":      {"max-age=31536000", 24 * time.Hour},
		"what is no number":      {"max-age=soon", time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T, s *source) {
				s.headers.Set("Cache-Control", tt.cacheControl)
				v := verifier(t, s.config())
				for range 3 {
					if code := s.try(t, v); code != "" {
						t.Fatal(code)
					}
				}
				pass(tt.fresh - time.Second)
				s.try(t, v)
				synctest.Wait()
				if got := s.fetches.Load(); got != 1 {
					t.Errorf("%d fetches while they were fresh", got)
				}
				pass(time.Second)
				if tt.fresh >= 24*time.Hour {
					return // by then they are too old for anything, which has a test
				}
				if code := s.try(t, v); code != "" {
					t.Error(code)
				}
				synctest.Wait()
				if got := s.fetches.Load(); got != 2 {
					t.Errorf("%d fetches after that", got)
				}
			})
		})
	}
}

func TestARequestWaitsForNoFetchWhileThereIsItsKey(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, s *source) {
		v := verifier(t, s.config())
		s.try(t, v)
		pass(time.Hour)
		s.delay = time.Second
		before := time.Now()
		if code := s.try(t, v); code != "" || time.Since(before) != 0 {
			t.Errorf("code %q after %v", code, time.Since(before))
		}
		synctest.Wait()
		if got := s.fetches.Load(); got != 2 {
			t.Errorf("%d fetches", got)
		}
	})
}

func TestAnUnknownKeyRotatesTheSetAtMostOnceInAnInterval(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, s *source) {
		v := verifier(t, s.config())
		s.try(t, v)
		if err := s.issuer.Rotate("ES256"); err != nil {
			t.Fatal(err)
		}
		if code := s.try(t, v); code != verify.TokenKey {
			t.Errorf("right after a fetch: %q", code)
		}
		pass(10 * time.Second)
		if code := s.try(t, v); code != "" {
			t.Errorf("a key of a rotation: %q", code)
		}
		for range 1000 {
			if code := s.try(t, v, withHeader("kid", "invented")); code != verify.TokenKey {
				t.Fatalf("an invented key: %q", code)
			}
		}
		if got := s.fetches.Load(); got != 2 {
			t.Errorf("%d fetches, want 2: invented keys make more", got)
		}
		s.issuer.Retire()
		pass(10 * time.Second)
		if code := s.try(t, v, withHeader("kid", "key-1")); code != verify.TokenSignature {
			t.Errorf("the old key until it is no longer fresh: %q", code)
		}
		pass(15 * time.Minute)
		s.try(t, v)
		synctest.Wait()
		if code := s.try(t, v, withHeader("kid", "key-1")); code != verify.TokenKey {
			t.Errorf("a key that was taken back: %q", code)
		}
	})
}

func TestManyRequestsMakeOneFetch(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, s *source) {
		s.delay = time.Second
		v := verifier(t, s.config())
		token := s.issuer.Token(verifytest.Token{At: time.Now()})
		cancelled, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() {
			_, err := v.FromRequest(request("Bearer", token).WithContext(cancelled))
			if codeOf(t, err) != verify.KeysUnavailable {
				t.Errorf("who has hung up: %v", err)
			}
		})
		synctest.Wait()
		for range 100 {
			wg.Go(func() {
				if _, err := v.FromRequest(request("Bearer", token)); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		cancel() // the first of them, which fails no other
		wg.Wait()
		if got := s.fetches.Load(); got != 1 {
			t.Errorf("%d fetches", got)
		}
	})
}

func TestTheLastGoodKeysOutliveAFailure(t *testing.T) {
	t.Parallel()
	for name, fail := range map[string]func(*source){
		"no connection":    func(s *source) { s.err = errors.New(canary) },
		"an error":         func(s *source) { s.status = http.StatusInternalServerError },
		"a redirect":       func(s *source) { s.status = http.StatusFound; s.headers.Set("Location", "https://canary.test/") },
		"no content":       func(s *source) { s.status = http.StatusNoContent },
		"a page":           func(s *source) { s.headers.Set("Content-Type", "text/html") },
		"no content type":  func(s *source) { s.headers.Del("Content-Type") },
		"no JSON":          func(s *source) { s.body = []byte(canary) },
		"no key":           func(s *source) { s.body = []byte(`{"keys":[]}`) },
		"no set":           func(s *source) { s.body = []byte(`{}`) },
		"a member twice":   func(s *source) { s.body = []byte(`{"keys":[],"keys":[]}`) },
		"no usable key":    func(s *source) { s.body = []byte(`{"keys":[{"kty":"oct","k":"Y2FuYXJ5"}]}`) },
		"more than it may": func(s *source) { s.body = append(s.issuer.KeySet(), bytes.Repeat([]byte(" "), 128<<10)...) },
		"no answer":        func(s *source) { s.delay = time.Hour },
		"a panic":          func(s *source) { s.panics = true },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T, s *source) {
				v := verifier(t, s.config())
				s.try(t, v)
				fail(s)
				for range 23 {
					pass(time.Hour)
					if code := s.try(t, v); code != "" {
						t.Fatal(code)
					}
					synctest.Wait()
				}
				pass(time.Minute)
				before := time.Now()
				_, err := v.FromRequest(request("Bearer", s.issuer.Token(verifytest.Token{At: time.Now(), Header: map[string]any{"kid": "new"}})))
				if codeOf(t, err) != verify.KeysUnavailable {
					t.Errorf("a new key, of which nothing can be known: %v", err)
				}
				if waited := time.Since(before); waited > 3*time.Second {
					t.Errorf("a request waited %v", waited)
				}
				if strings.Contains(err.Error(), canary) {
					t.Errorf("the error tells what came of the fetch: %v", err)
				}
				pass(time.Hour)
				if code := s.try(t, v); code != verify.KeysUnavailable {
					t.Errorf("keys of a day ago: %q", code)
				}
			})
		})
	}
}

func TestKeysThatCantBeHadAre503AndSoonTriedAgain(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, s *source) {
		s.err = errors.New(canary)
		v := verifier(t, s.config())
		for range 100 {
			w := httptest.NewRecorder()
			v.Middleware(nil).ServeHTTP(w, request("Bearer", s.issuer.Token(verifytest.Token{At: time.Now()})))
			if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") != "2" || w.Header().Get("WWW-Authenticate") != "" {
				t.Fatalf("%d, %v", w.Code, w.Header())
			}
		}
		if got := s.fetches.Load(); got != 1 {
			t.Errorf("%d fetches", got)
		}
		if err := v.Warm(t.Context()); codeOf(t, err) != verify.KeysUnavailable {
			t.Errorf("warm: %v", err)
		}
		s.err = nil
		pass(2 * time.Second)
		if err := v.Warm(t.Context()); err != nil {
			t.Errorf("warm: %v", err)
		}
		if code := s.try(t, v); code != "" {
			t.Error(code)
		}
	})
}

func TestCloseEndsAFetchAndWaitsForIt(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, s *source) { // which fails if a goroutine is left
		s.delay = time.Hour
		cfg := s.config()
		cfg.KeysTimeout = time.Hour
		v := verifier(t, cfg)
		done := make(chan verify.Code)
		go func() { done <- s.try(t, v) }()
		synctest.Wait()
		before := time.Now()
		v.Close()
		if code := <-done; code != verify.KeysUnavailable || time.Since(before) != 0 {
			t.Errorf("%q after %v", code, time.Since(before))
		}
		if code := s.try(t, v); code != verify.KeysUnavailable || s.fetches.Load() != 1 {
			t.Errorf("after Close: %q, %d fetches", code, s.fetches.Load())
		}
		v.Close()
	})
}

// TestKeysComeFromTheNetworkWithoutRedirects is without the stand-in.
func TestKeysComeFromTheNetworkWithoutRedirects(t *testing.T) {
	t.Parallel()
	i := issuer(t)
	i.SetCacheControl("max-age=60")
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		t.Error("the redirect was followed")
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(i.KeySet())
	}))
	t.Cleanup(elsewhere.Close)
	i.Break(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, elsewhere.URL, http.StatusFound) })
	cfg := i.Config()
	cfg.HTTP = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return nil }}
	for name, cfg := range map[string]verify.Config{"of its own": i.Config(), "that was passed": cfg} {
		v := verifier(t, cfg)
		if _, err := v.FromRequest(request("Bearer", i.Token(verifytest.Token{}))); codeOf(t, err) != verify.KeysUnavailable {
			t.Errorf("a client %s: %v", name, err)
		}
	}
	i.Repair()
	if _, err := verifier(t, i.Config()).FromRequest(request("Bearer", i.Token(verifytest.Token{}))); err != nil {
		t.Error(err)
	}
	if i.Fetches() != 3 {
		t.Errorf("%d fetches", i.Fetches())
	}
}

// pass lets time pass inside a bubble.
func pass(d time.Duration) { <-time.After(d) }
