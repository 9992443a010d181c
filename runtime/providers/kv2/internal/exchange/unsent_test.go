package exchange

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// What has not left can be sent again, also where it must not be sent twice.
func TestARequestThatNeverLeftIsToldFromOneThatMayHaveArrived(t *testing.T) {
	t.Parallel()
	const nobody = "http://127.0.0.1:1"
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // the end of the connection is seen behind it
		<-r.Context().Done()
	}))
	t.Cleanup(silent.Close)
	cut := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	t.Cleanup(cut.Close)
	plain := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(plain.Close)
	redirecting := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", nobody+r.URL.Path)
		w.WriteHeader(http.StatusTemporaryRedirect)
	}))
	t.Cleanup(redirecting.Close)
	for name, c := range map[string]struct {
		address string
		unsent  bool
	}{
		"nobody listens":             {nobody, true},
		"no answer in time":          {silent.URL, false},
		"the connection is cut":      {cut.URL, false},
		"a node that nobody runs":    {redirecting.URL, false},
		"a server that speaks plain": {strings.Replace(plain.URL, "http:", "https:", 1), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			nodes := []string{nobody}
			if strings.HasPrefix(c.address, "https:") {
				nodes = nil // which such a server can't have
			}
			s, err := New(Config{Address: c.address, Redirects: nodes, Timeout: 200 * time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(s.Close)
			answer, err := s.Do(t.Context(), Request{Method: http.MethodPost, Path: "sys/wrapping/unwrap", Token: canary})
			if err == nil || answer.Unsent != c.unsent {
				t.Errorf("unsent is %v beside %v", answer.Unsent, err)
			}
		})
	}
}

func TestARequestThatIsNotLetOutIsUnsent(t *testing.T) {
	t.Parallel()
	once := read
	once.Repeatable = false
	for name, prepare := range map[string]func(*testing.T, *Server){
		"by the breaker": func(t *testing.T, s *Server) {
			t.Helper()
			for range breakerFailures {
				do(t.Context(), s, once)
			}
		},
		"for want of a place": func(_ *testing.T, s *Server) { s.places <- struct{}{} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, _ := open(t, Config{InFlight: 1, Timeout: time.Second}, always(500))
				prepare(t, s)
				if answer, err := s.Do(t.Context(), once); !answer.Unsent || outcome(answer, err) != "unavailable, retryable" {
					t.Errorf("unsent is %v beside %v", answer.Unsent, err)
				}
				ctx, cancel := context.WithCancel(t.Context())
				cancel()
				if answer, err := s.Do(ctx, once); !answer.Unsent || err != ctx.Err() { //nolint:errorlint // it comes as it is
					t.Errorf("under a context that has ended unsent is %v beside %v", answer.Unsent, err)
				}
			})
		})
	}
}

// An answer was sent for, whatever it is.
func TestAnAnswerIsNotUnsent(t *testing.T) {
	t.Parallel()
	for _, code := range []int{200, 403, 503} {
		s, _ := open(t, Config{}, always(code))
		if answer, err := s.Do(t.Context(), read); answer.Unsent || err != nil {
			t.Errorf("%d: unsent is %v beside %v", code, answer.Unsent, err)
		}
	}
	s, _ := open(t, Config{}, func(int, *http.Request) result { return result{err: &net.OpError{Op: "read", Err: io.EOF}} })
	if answer, err := s.Do(t.Context(), Request{Method: http.MethodPost, Path: "x"}); answer.Unsent || err == nil {
		t.Errorf("a connection that breaks: unsent is %v beside %v", answer.Unsent, err)
	}
}
