package runtime_test

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/audit"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/providers"
)

// stubRef is what a stub serves.
const stubRef = "env://secret/STUB"

// stub is a provider that does what a test says.
type stub struct {
	read  func(context.Context, providers.Location) (providers.Document, error)
	close func(context.Context) error
}

func (s *stub) Read(ctx context.Context, at providers.Location) (providers.Document, error) {
	return s.read(ctx, at)
}

func (s *stub) Close(ctx context.Context) error {
	if s.close == nil {
		return nil
	}
	return s.close(ctx)
}

func (s *stub) factory() providers.Factory {
	return providers.Factory{
		Package: "example.com/stub",
		Schemes: []string{"env"},
		Open:    func(context.Context, providers.Instance) (providers.Provider, error) { return s, nil },
	}
}

func text(s string) (providers.Document, error) {
	return providers.Scalar(providers.NewValue(providers.Text, []byte(s)), providers.Metadata{}), nil
}

// permits is a PDP that permits everything.
type permits struct{}

func (permits) Decide(context.Context, pep.Request) (pep.Decision, error) {
	return pep.Decision{Permit: true}, nil
}

// recording is a sink that keeps events.
type recording struct {
	mu     sync.Mutex
	events []audit.Event
	closed int
}

func (r *recording) Write(_ context.Context, e *audit.Event) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, *e)
	return nil
}

func (r *recording) Close(context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed++
	return nil
}

func (r *recording) kept() []audit.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.events
}

func (r *recording) factory() audit.Factory {
	return audit.Factory{Name: "recording", Always: true, Open: func(context.Context, audit.Instance, string) (audit.Sink, error) { return r, nil }}
}

// stubConfig is all that a client needs beside a PDP.
func stubConfig() runtime.Config {
	return runtime.Config{
		Environment:   "test",
		TenantID:      "t",
		AllowedMounts: []string{"secret"},
		Salt:          []byte(strings.Repeat("canary salt ", 4)),
		Subject:       "test",
		Audit:         runtime.AuditConfig{Sinks: []string{"none"}},
		Logger:        slog.New(slog.DiscardHandler),
	}
}

// stubHandle is a handle on a stub. The test closes the client.
func stubHandle(t *testing.T, s *stub, ext ...runtime.Extension) (runtime.Handle[string], *runtime.Client) {
	t.Helper()
	declarations := []runtime.Declaration{{Accessor: "stub", URI: stubRef}}
	client, err := runtime.New(t.Context(), stubConfig(), append(ext, runtime.Declared(declarations), s.factory(), pep.Extension{PDP: permits{}})...)
	if err != nil {
		t.Fatal(err)
	}
	set := runtime.NewSet(client, declarations)
	handle := runtime.Bind(set, "stub", stringDecoder)
	if err := set.Err(); err != nil {
		t.Fatal(err)
	}
	return handle, client
}
