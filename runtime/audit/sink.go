package audit

import (
	"context"
	"log/slog"

	"github.com/secretsgen/secretsgen/runtime/settings"
)

// Sink takes events one at a time, from one goroutine. It must not keep the
// event after it returns. An error counts the event as lost; its text is not
// shown, since it may hold a path or an address.
type Sink interface {
	Write(ctx context.Context, e *Event) error
	// Close flushes within ctx and gives everything back.
	Close(ctx context.Context) error
}

// Factory makes a sink. A sink package returns it, and runtime.New takes it as
// an extension; it is opened where SECRETS_AUDIT names it.
type Factory struct {
	Name string // as in SECRETS_AUDIT, for instance "kafka"
	// Open makes the sink; argument is what follows the colon of
	// SECRETS_AUDIT ("jsonl:PATH"), empty if there is none. It reports every
	// missing or malformed setting at once, as a [*settings.Error].
	Open func(ctx context.Context, in Instance, argument string) (Sink, error)
	// Always has the sink opened whether or not SECRETS_AUDIT names it: for
	// test recorders.
	Always bool
}

// ExtensionName implements extension.Extension.
func (f Factory) ExtensionName() string { return "audit sink " + f.Name }

// Instance is what a factory may know when it makes a sink.
type Instance struct {
	Settings    settings.Source
	Development bool
	Logger      *slog.Logger // never nil
}
