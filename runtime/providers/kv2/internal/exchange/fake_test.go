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
	step func(n int, req *http.Request) result

	mu    sync.Mutex
	times []time.Time // of each request
}

// result is an answer, or an error of the network.
type result struct {
	code   int
	header http.Header
	err    error
}

func (s *script) RoundTrip(req *http.Request) (*http.Response, error) {
	s.mu.Lock()
	n := len(s.times)
	s.times = append(s.times, time.Now())
	s.mu.Unlock()
	got := s.step(n, req)
	if got.err != nil {
		return nil, got.err
	}
	body := io.NopCloser(strings.NewReader(`{"errors":["` + canary + `"]}`))
	return &http.Response{StatusCode: got.code, Header: got.header, Body: body, ContentLength: -1, Request: req}, nil
}

func (*script) CloseIdleConnections() {}

// requests is how many there were.
func (s *script) requests() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.times)
}

// status is an answer with headers in pairs.
func status(code int, headers ...string) result {
	header := http.Header{}
	for i := 0; i < len(headers); i += 2 {
		header.Add(headers[i], headers[i+1])
	}
	return result{code: code, header: header}
}

// refused is what net/http says of a server that is not there.
func refused(*http.Request) result {
	return result{err: errors.New("dial tcp " + canary + ": connection refused")}
}

// hangs answers when the request's context ends.
func hangs(req *http.Request) result {
	<-req.Context().Done()
	return result{err: fmt.Errorf("%s: %w", canary, req.Context().Err())}
}

// half is a random number in the middle.
func half() float64 { return 0.5 }

// open makes a server that speaks to a script.
func open(t *testing.T, cfg Config, step func(n int, req *http.Request) result) (*Server, *script) {
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
func always(code int, headers ...string) func(int, *http.Request) result {
	return func(int, *http.Request) result { return status(code, headers...) }
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
