package exchange

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/secretsgen/secretsgen/runtime/providers"
)

const canary = "canary-7c21d0"

// script stands in for the network: what happens to request number n, from 0. It
// works in a bubble of testing/synctest, where real connections do not.
type script struct {
	step func(n int, req *http.Request) (*http.Response, error)

	mu    sync.Mutex
	times []time.Time // of each request
}

func (s *script) RoundTrip(req *http.Request) (*http.Response, error) {
	s.mu.Lock()
	n := len(s.times)
	s.times = append(s.times, time.Now())
	s.mu.Unlock()
	resp, err := s.step(n, req)
	if resp != nil {
		resp.Request = req
	}
	return resp, err
}

func (*script) CloseIdleConnections() {}

// requests is how many there were.
func (s *script) requests() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.times)
}

// status is an answer with headers in pairs.
func status(code int, headers ...string) (*http.Response, error) {
	header := http.Header{}
	for i := 0; i < len(headers); i += 2 {
		header.Add(headers[i], headers[i+1])
	}
	body := io.NopCloser(strings.NewReader(`{"errors":["` + canary + `"]}`))
	return &http.Response{StatusCode: code, Header: header, Body: body, ContentLength: -1}, nil
}

// refused is what net/http says of a server that is not there.
func refused(*http.Request) (*http.Response, error) {
	return nil, errors.New("dial tcp " + canary + ": connection refused")
}

// hangs answers when the request's context ends.
func hangs(req *http.Request) (*http.Response, error) {
	<-req.Context().Done()
	return nil, fmt.Errorf("%s: %w", canary, req.Context().Err())
}

// half is a random number in the middle.
func half() float64 { return 0.5 }

// open makes a server that speaks to a script.
func open(t *testing.T, cfg Config, step func(n int, req *http.Request) (*http.Response, error)) (*Server, *script) {
	t.Helper()
	if cfg.Address == "" {
		cfg.Address = "https://vault.test"
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = 30 * time.Second
	}
	over := &script{step: step}
	s, err := newServer(cfg, over, half)
	if err != nil {
		t.Fatal(err)
	}
	return s, over
}

// always is a script of one step.
func always(code int, headers ...string) func(int, *http.Request) (*http.Response, error) {
	return func(int, *http.Request) (*http.Response, error) { return status(code, headers...) }
}

var read = Request{Method: http.MethodGet, Path: "secret/data/app", Token: canary, Repeatable: true}

// outcome is what a test looks at: a status, or an error's code.
func outcome(answer Answer, err error) string {
	if e, ok := errors.AsType[*providers.ProviderError](err); ok {
		return string(e.Code) + map[bool]string{true: ", retryable"}[e.Retryable]
	}
	if err != nil {
		return err.Error()
	}
	return fmt.Sprint(answer.Status)
}

func do(ctx context.Context, s *Server, req Request) string { return outcome(s.Do(ctx, req)) }
