package secretstest

import (
	"context"
	"slices"
	"sync"

	"github.com/secretsgen/secretsgen/runtime/audit"
)

// recorder is a sink that keeps every event.
type recorder struct {
	mu   sync.Mutex
	kept []audit.Event
}

func (r *recorder) factory() audit.Factory {
	return audit.Factory{
		Name:   "secretstest",
		Always: true,
		Open:   func(context.Context, audit.Instance, string) (audit.Sink, error) { return r, nil },
	}
}

// Write implements audit.Sink.
func (r *recorder) Write(_ context.Context, e *audit.Event) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.kept = append(r.kept, *e)
	return nil
}

// Close implements audit.Sink.
func (r *recorder) Close(context.Context) error { return nil }

func (r *recorder) events() []audit.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.kept)
}
