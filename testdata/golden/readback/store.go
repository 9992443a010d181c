package readback

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/providers"
)

// Store is a store over a network that can wrap, of every scheme that the cases
// name. Every document has every key that they name.
type Store struct {
	mu         sync.Mutex
	generation string // what every value is
	reads      int
	wrapped    []time.Duration
}

// Set changes all values.
func (s *Store) Set(generation string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.generation = generation
}

// Read implements providers.Provider.
func (s *Store) Read(context.Context, providers.Location) (providers.Document, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reads++
	value := providers.NewValue(providers.Text, []byte(s.generation))
	return providers.Fields(map[string]providers.Value{"token": value, "key": value, "username": value, "password": value}, providers.Metadata{}), nil
}

// ReadWrapped implements providers.Wrapper.
func (s *Store) ReadWrapped(ctx context.Context, at providers.Location, ttl time.Duration) (providers.Document, error) {
	s.mu.Lock()
	s.wrapped = append(s.wrapped, ttl)
	s.mu.Unlock()
	return s.Read(ctx, at)
}

// permits is a PDP that permits everything.
type permits struct{}

func (permits) Decide(context.Context, pep.Request) (pep.Decision, error) {
	return pep.Decision{Permit: true}, nil
}

// client is a client of the store. The test closes it.
func (s *Store) client(t *testing.T) *runtime.Client {
	t.Helper()
	client, err := runtime.New(t.Context(), runtime.Config{
		Environment:   "test",
		TenantID:      "dev",
		AllowedMounts: []string{"secret"},
		Salt:          []byte(strings.Repeat("canary salt ", 4)),
		Subject:       "test",
		Audit:         runtime.AuditConfig{Sinks: []string{"none"}},
		Logger:        slog.New(slog.DiscardHandler),
	}, providers.Factory{
		Package: "example.com/store",
		Schemes: []string{"openbao+kv2", "aws+sm", "env"},
		Open:    func(context.Context, providers.Instance) (providers.Provider, error) { return s, nil },
	}, pep.Extension{PDP: permits{}})
	if err != nil {
		t.Fatal(err)
	}
	return client
}
