package audit

import (
	"context"
	"errors"
	"log/slog"

	"github.com/secretsgen/secretsgen/runtime/settings"
)

// Sink takes events one at a time, from one goroutine, in the order in which
// they were recorded. It must not keep the event after it returns. An error
// means that the event was not written; its text is not shown, since it may hold
// a path or an address. The context is not that of a read; it ends when the
// trail's Close has run out of time, and what is under way is to be given up.
// Each sink has a goroutine and a queue of its own: one that is slow or stuck
// holds up no other.
//
// A sink that does better with several events at once is a [BatchSink] too, and
// one that writes behind a [Flusher].
type Sink interface {
	Write(ctx context.Context, e *Event) error
	// Close flushes within ctx and gives everything back.
	Close(ctx context.Context) error
}

// BatchSink is a [Sink] that gets everything that waits at once, at most 256
// events, in the place of single ones.
type BatchSink interface {
	Sink
	// WriteBatch returns nil if every event was written, and otherwise an error
	// for each event, nil for those that were. It keeps none of the events.
	WriteBatch(ctx context.Context, events []*Event) []error
}

// Flusher is a [Sink] whose writes may still be under way, or in a buffer of the
// operating system, when they return. Flush returns nil once everything that was
// written before is where it is to stay: acknowledged by its broker, synced to
// its disk. After an error nobody knows, and under fail_closed everything that
// was written since the last Flush is written again.
type Flusher interface {
	Sink
	Flush(ctx context.Context) error
}

// ErrRejected is what a sink wraps where an event itself is at fault and would
// fail again. Under fail_closed such an event is set aside and not tried again.
var ErrRejected = errors.New("secretsgen: audit: the sink will never take this event")

// ErrUnavailable is what a sink wraps where the event is not at fault, though
// others may go through, as when one part of a cluster is down. Under fail_closed
// such an event is never set aside: it is offered until the sink takes it.
var ErrUnavailable = errors.New("secretsgen: audit: the sink can't take this event now")

// Named gives a sink the name by which statistics, errors and the spool know it,
// such as "kafka". Without one it is sink-1, sink-2 and so on.
// Of two names the outer one counts.
func Named(name string, sink Sink) Sink {
	if n, ok := sink.(named); ok {
		sink = n.Sink
	}
	return named{Sink: sink, name: name}
}

type named struct {
	Sink

	name string
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
	// Replaces has the sink stand in for the built-in one of its name.
	Replaces bool
}

// ExtensionName implements extension.Extension.
func (f Factory) ExtensionName() string { return "audit sink " + f.Name }

// Instance is what a factory may know when it makes a sink.
type Instance struct {
	Settings    settings.Source
	Development bool
	Logger      *slog.Logger // never nil
}
