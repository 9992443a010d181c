package runtime

import (
	"context"
	"time"

	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/providers"
)

// flightContext is what a provider reads under in a flight: it has the values of
// whoever opened it, and neither the caller, nor the deadline and end. It knows the
// flight, so that a provider which reads through its client in turn never waits for
// itself.
type flightContext struct {
	values context.Context
	flight *flight
}

// Deadline implements [context.Context]: there is none.
func (*flightContext) Deadline() (deadline time.Time, ok bool) { return time.Time{}, false }

// Done implements [context.Context]: it does not end.
func (*flightContext) Done() <-chan struct{} { return nil }

// Err implements [context.Context].
func (*flightContext) Err() error { return nil }

// Value implements [context.Context].
func (c *flightContext) Value(key any) any {
	if key == (flightKey{}) {
		return c.flight
	}
	return c.values.Value(key)
}

type flightKey struct{}

// outerOf is the flight whose provider reads under ctx; nil: a caller does.
func outerOf(ctx context.Context) *flight {
	f, _ := ctx.Value(flightKey{}).(*flight)
	return f
}

// waitsFor reports whether a document is what f, or a flight around it, is to
// bring.
func (f *flight) waitsFor(fs *flights, at providers.Location) bool {
	for ; f != nil; f = f.outer {
		if f.of == fs && f.at == at {
			return true
		}
	}
	return false
}

// errCircle is the error of a provider that needs a document to read it.
func errCircle() error { return &ProviderError{Code: providers.Misconfigured} }

// nobodys is ctx without its caller. What is read for whoever wants it is read by
// the process, and what a provider reads in turn, its own.
func nobodys(ctx context.Context) context.Context {
	if _, ok := caller.Lookup(ctx); ok {
		return caller.AsWorkload(ctx)
	}
	return ctx
}
