package runtime

import (
	"context"
	"time"

	"github.com/secretsgen/secretsgen/runtime/observe"
	"github.com/secretsgen/secretsgen/runtime/providers"
)

// calls has observers told of the calls of one provider. A call that does not
// return is told of as one that was not answered.
type calls struct {
	observers *observers
	scheme    string
	local     bool
}

// begin tells of a call.
func (c calls) begin(ctx context.Context, op observe.Operation) (context.Context, operation) {
	if !c.observers.timed() {
		return ctx, operation{}
	}
	ctx, running := c.observers.begin(ctx, op, observe.About{Provider: c.scheme, Local: c.local}, time.Now())
	running.became(unansweredCall)
	return ctx, running
}

var unansweredCall = observe.Outcome{Effect: observe.Error, Code: "provider_" + string(providers.Malformed)}

// became says what a call brought.
func (c calls) became(running *operation, version int, err error) {
	if running.observers != nil {
		running.became(answered(running.ctx, c.scheme, version, err))
	}
}

// own is what a provider may tell of itself. What it makes up, or has the client
// tell of, would be a label that nobody expects or a call that is counted twice.
func own(op observe.Operation) observe.Operation {
	switch op {
	case observe.Login, observe.Unwrap:
		return op
	default:
		return observe.OtherOperation
	}
}

// within is begin for what a provider tells itself, nil if nobody is told.
func (c calls) within() func(context.Context, observe.Operation) (context.Context, func(error)) {
	if c.observers == nil {
		return nil
	}
	return func(ctx context.Context, op observe.Operation) (context.Context, func(error)) {
		ctx, running := c.begin(ctx, own(op))
		return ctx, func(err error) {
			c.became(&running, 0, err)
			running.end()
		}
	}
}

func (c calls) read(read readFunc) readFunc {
	if c.observers == nil {
		return read
	}
	return func(ctx context.Context, at providers.Location) (providers.Document, error) {
		ctx, running := c.begin(ctx, observe.Read)
		defer running.end()
		doc, err := read(ctx, at)
		c.became(&running, doc.Metadata().Version, err)
		return doc, err
	}
}

func (c calls) readMetadata(read metadataFunc) metadataFunc {
	if c.observers == nil {
		return read
	}
	return func(ctx context.Context, at providers.Location) (providers.Metadata, error) {
		ctx, running := c.begin(ctx, observe.ReadMetadata)
		defer running.end()
		m, err := read(ctx, at)
		c.became(&running, m.Version, err)
		return m, err
	}
}

func (c calls) readWrapped(read wrappedFunc) wrappedFunc {
	if c.observers == nil {
		return read
	}
	return func(ctx context.Context, at providers.Location, ttl time.Duration) (providers.Document, error) {
		ctx, running := c.begin(ctx, observe.ReadWrapped)
		defer running.end()
		doc, err := read(ctx, at, ttl)
		c.became(&running, doc.Metadata().Version, err)
		return doc, err
	}
}
