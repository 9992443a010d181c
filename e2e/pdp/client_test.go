package pdp

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/decode"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/providers/env"
	"github.com/secretsgen/secretsgen/runtime/secretstest/leakcheck"
)

// declarations are what the policies are about.
func declarations() []runtime.Declaration {
	return []runtime.Declaration{
		{Accessor: "api.token", URI: "env://secret/E2E_API_TOKEN"},
		{Accessor: "db.password", URI: "env://secret/E2E_DB_PASSWORD"},
		{Accessor: "legacy.token", URI: "env://secret/E2E_LEGACY_TOKEN"},
		{Accessor: "other", URI: "env://secret/E2E_OTHER"},
	}
}

// service is a program that reads secrets, with what it logs and what its
// enforcement point tells.
type service struct {
	t       *testing.T
	set     *runtime.Set
	handles map[string]runtime.Handle[string]
	close   func()

	mu      sync.Mutex
	log     bytes.Buffer
	asked   []string // the outcomes of questions, each with its accessor
	breaker []string // the states that the breaker went into
}

// OnDecision implements [pep.DecisionHook].
func (s *service) OnDecision(accessor, outcome string, _ time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, accessor+": "+outcome)
}

// OnBreaker implements [pep.BreakerHook].
func (s *service) OnBreaker(_, to string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.breaker = append(s.breaker, to)
}

// Write takes the log.
func (s *service) Write(text []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.Write(text)
}

func (s *service) questions() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.asked...)
}

func (s *service) states() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.breaker...)
}

// patience is a budget that no server uses up, however busy the machine is.
const patience = 30 * time.Second

// serving is a service that asks a policy decision point, with some of its
// declarations if any are named.
func serving(t *testing.T, pdp *server, change func(*runtime.Config), accessors ...string) *service {
	t.Helper()
	s := &service{t: t, handles: map[string]runtime.Handle[string]{}}
	cfg := runtime.Config{
		TenantID:      "dev",
		AllowedMounts: []string{"secret"},
		Salt:          []byte(strings.Repeat("e2e salt ", 4)),
		Subject:       "payments",
		PDP:           runtime.PDPConfig{URL: pdp.base, Dialect: pdp.dialect, Timeout: patience},
	}
	cfg.Logger = slog.New(slog.NewJSONHandler(s, nil))
	if change != nil {
		change(&cfg)
	}
	declared := declarations()
	if len(accessors) > 0 {
		declared = nil
		for _, d := range declarations() {
			for _, accessor := range accessors {
				if d.Accessor == accessor {
					declared = append(declared, d)
				}
			}
		}
	}
	client, err := runtime.New(t.Context(), cfg, runtime.Declared(declared), env.Provider(), pep.Extension{Hooks: []pep.Hook{s}})
	if err != nil {
		t.Fatal(err)
	}
	s.set = runtime.NewSet(client, declared)
	for _, d := range declared {
		s.handles[d.Accessor] = runtime.Bind(s.set, d.Accessor, decode.String)
	}
	if err := s.set.Err(); err != nil {
		t.Fatal(err)
	}
	s.close = sync.OnceFunc(func() {
		if err := client.Close(context.Background()); err != nil {
			t.Error(err)
		}
		for _, value := range values {
			if forms := leakcheck.Find(s.log.Bytes(), value); forms != nil {
				t.Errorf("the log holds a value as %v", forms)
			}
		}
		if bytes.Contains(s.log.Bytes(), []byte(pdp.address)) {
			t.Error("the log holds the address of the PDP")
		}
	})
	t.Cleanup(s.close)
	return s
}

func (s *service) read(ctx context.Context, accessor string) (string, error) {
	secret, err := s.handles[accessor].Read(ctx)
	return secret.Reveal(), err
}

// gets wants a read to succeed with the value that is stored.
func (s *service) gets(ctx context.Context, accessor string) {
	s.t.Helper()
	want := values["E2E_"+strings.ToUpper(strings.ReplaceAll(accessor, ".", "_"))]
	if got, err := s.read(ctx, accessor); err != nil || got != want {
		s.t.Errorf("reading %s: %v; right value: %v", accessor, err, got == want)
	}
}

// denied wants a read to be a denial for a reason, by an obligation if one is
// named.
func (s *service) denied(ctx context.Context, accessor, obligation string) {
	s.t.Helper()
	_, err := s.read(ctx, accessor)
	denial, ok := errors.AsType[*runtime.AuthzDeniedError](err)
	if !ok || !errors.Is(err, runtime.ErrDenied) || denial.Obligation != obligation || denial.Accessor != accessor {
		s.t.Errorf("reading %s: %v, want a denial by %q", accessor, err, obligation)
	}
}

// unavailable is the reason why a read got no decision, or "".
func (s *service) unavailable(accessor string) string {
	s.t.Helper()
	_, err := s.read(s.t.Context(), accessor)
	if e, ok := errors.AsType[*runtime.PDPUnavailableError](err); ok {
		return string(e.Reason)
	}
	return ""
}

func alice(ctx context.Context) context.Context {
	return caller.NewContext(ctx, caller.Caller{Subject: "alice", Type: caller.User})
}
