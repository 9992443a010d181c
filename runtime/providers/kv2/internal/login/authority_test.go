package login

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/providers/kv2/internal/exchange"
)

const (
	canaryRole   = "canary-role-5c1e"
	canarySecret = "canary-secret-77d0"
	canaryToken  = "canary-token-91ab"
)

// terms are what an authority gives tokens for.
type terms struct {
	ttl     time.Duration // 0: for ever
	maximum time.Duration // 0: none
	fixed   bool          // not renewable
	batch   bool
}

// authority is a server that logs AppRoles in, in memory and by the test's clock.
type authority struct {
	mu       sync.Mutex
	terms    terms
	issued   map[string]issue
	latency  time.Duration
	fault    func(exchange.Request) (exchange.Answer, error) // nil: none; a zero answer without an error: go on
	requests map[string]int                                  // by path
	inFlight int
	most     int // logins at the same time
}

type issue struct{ at, ends time.Time }

func newAuthority(t terms) *authority {
	return &authority{terms: t, issued: map[string]issue{}, requests: map[string]int{}}
}

const loginPath, renewPath, revokePath = "auth/approle/login", "auth/token/renew-self", "auth/token/revoke-self"

// Do implements [Exchanger].
func (a *authority) Do(ctx context.Context, req exchange.Request) (exchange.Answer, error) {
	if req.Path == loginPath {
		a.enter(1)
		defer a.enter(-1)
	}
	a.mu.Lock()
	a.requests[req.Path]++
	latency, fault := a.latency, a.fault
	a.mu.Unlock()
	if latency > 0 {
		select {
		case <-time.After(latency):
		case <-ctx.Done():
		}
	}
	if ctx.Err() != nil {
		return exchange.Answer{}, ctx.Err()
	}
	if fault != nil {
		if answer, err := fault(req); answer.Status != 0 || err != nil {
			return answer, err
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.answer(req), nil
}

func (a *authority) enter(n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.inFlight += n
	a.most = max(a.most, a.inFlight)
}

func (a *authority) answer(req exchange.Request) exchange.Answer {
	now := time.Now()
	held, known := a.issued[req.Token]
	known = known && (held.ends.IsZero() || now.Before(held.ends))
	switch {
	case req.Path == loginPath && string(req.Body) == fmt.Sprintf(`{"role_id":%q,"secret_id":%q}`, canaryRole, canarySecret):
		token := fmt.Sprintf("%s-%d", canaryToken, a.requests[loginPath])
		return a.grant(token, issue{at: now}, now)
	case req.Path == loginPath:
		return reply(http.StatusBadRequest, `{"errors":["invalid role or secret ID"]}`)
	case !known:
		return reply(http.StatusForbidden, `{"errors":["permission denied"]}`)
	case req.Path == renewPath && (a.terms.fixed || a.terms.batch):
		return reply(http.StatusBadRequest, `{"errors":["lease is not renewable"]}`)
	case req.Path == renewPath:
		return a.grant(req.Token, held, now)
	case req.Path == revokePath:
		delete(a.issued, req.Token)
		return exchange.Answer{Status: http.StatusNoContent}
	}
	return reply(http.StatusNotFound, `{"errors":["no handler for route"]}`)
}

// grant gives a token another lease, as far as its maximum.
func (a *authority) grant(token string, i issue, now time.Time) exchange.Answer {
	life := a.terms.ttl
	if a.terms.maximum > 0 {
		life = min(life, a.terms.maximum-now.Sub(i.at))
	}
	life = life.Truncate(time.Second)
	if i.ends = now.Add(life); a.terms.ttl == 0 {
		i.ends = time.Time{}
	}
	a.issued[token] = i
	kind := "service"
	if a.terms.batch {
		kind = "batch"
	}
	return reply(http.StatusOK, fmt.Sprintf(
		`{"auth":{"client_token":%q,"accessor":"a","lease_duration":%d,"renewable":%t,"token_type":%q,"metadata":null},"warnings":null}`,
		token, int(life.Seconds()), !a.terms.fixed && !a.terms.batch, kind,
	))
}

func reply(status int, body string) exchange.Answer {
	return exchange.Answer{Status: status, Body: []byte(body)}
}

// takes reports whether a read under the token would be let through.
func (a *authority) takes(token string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	i, ok := a.issued[token]
	return ok && (i.ends.IsZero() || time.Now().Before(i.ends))
}

// revokeAll is what a restart of a server in memory does.
func (a *authority) revokeAll() {
	a.mu.Lock()
	defer a.mu.Unlock()
	clear(a.issued)
}

func (a *authority) count(path string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.requests[path]
}

// fail has every request of a path fail, or, with a nil answer, work again.
func (a *authority) fail(path string, with func() (exchange.Answer, error)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.fault = nil; with != nil {
		a.fault = func(req exchange.Request) (exchange.Answer, error) {
			if path == "" || req.Path == path {
				return with()
			}
			return exchange.Answer{}, nil
		}
	}
}

func down() (exchange.Answer, error) { return exchange.Answer{}, unavailable() }

func status(code int) func() (exchange.Answer, error) {
	return func() (exchange.Answer, error) { return reply(code, `{"errors":["x"]}`), nil }
}

// witness is what a session tells.
type witness struct {
	mu      sync.Mutex
	log     bytes.Buffer
	notices []providers.Notice
}

func (w *witness) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.log.Write(p)
}

func (w *witness) instance() providers.Instance {
	return providers.Instance{
		Scheme: "openbao+kv2", Name: "openbao",
		Logger: slog.New(slog.NewJSONHandler(w, nil)),
		Notify: func(n providers.Notice) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.notices = append(w.notices, n)
		},
	}
}

// told returns the notices and how often each came.
func (w *witness) told() map[providers.Notice]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := map[providers.Notice]int{}
	for _, n := range w.notices {
		all[n]++
	}
	return all
}

func (w *witness) text() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.log.String()
}

func appRoleMethod() Method { return AppRole("approle", Given(canaryRole), Given(canarySecret)) }

// steady is jitter that is none: the middle of everything.
func steady() float64 { return 0.5 }

// open is a session with an authority whose jitter is known.
func open(a Exchanger, w *witness, random func() float64) *Session {
	return &Session{source: newKeeper(w.instance(), a, appRoleMethod(), random)}
}

func closeNow(t testing.TB, s *Session) {
	t.Helper()
	if err := s.Close(context.Background()); err != nil {
		t.Errorf("closing: %v", err)
	}
}

// code is what an error is to a caller.
func code(err error) string {
	if err == nil {
		return "none"
	}
	e, ok := err.(*providers.ProviderError) //nolint:errorlint // nothing may be around it
	switch {
	case errors.Is(err, providers.ErrClosed):
		return "closed"
	case errors.Is(err, context.Canceled):
		return "canceled"
	case !ok:
		return fmt.Sprintf("%T", err)
	case e.Retryable:
		return string(e.Code) + ", retryable"
	}
	return string(e.Code)
}

// mustToken is the token that is to be sent now.
func mustToken(t testing.TB, s *Session) string {
	t.Helper()
	token, err := s.Token(context.Background())
	if err != nil {
		t.Fatalf("no token: %v", err)
	}
	return token
}

// pass lets time go by in a bubble.
func pass(d time.Duration) { time.Sleep(d) } //nolint:forbidigo // in a synctest bubble

func object(body []byte) map[string]string {
	var fields map[string]string
	if json.Unmarshal(body, &fields) != nil {
		return nil
	}
	return fields
}
