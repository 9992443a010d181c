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

// begin tells of a call, and returns how to tell of its end.
func (c calls) begin(ctx context.Context, op observe.Operation) (context.Context, func(version int, err error)) {
	ctx, end := c.observers.begin(ctx, op, observe.About{Provider: c.scheme, Local: c.local})
	return ctx, func(version int, err error) { end(answered(ctx, c.scheme, version, err)) }
}

// within is begin for what a provider tells itself, nil if nobody is told.
func (c calls) within() func(context.Context, observe.Operation) (context.Context, func(error)) {
	if c.observers == nil {
		return nil
	}
	return func(ctx context.Context, op observe.Operation) (context.Context, func(error)) {
		ctx, end := c.begin(ctx, op)
		return ctx, func(err error) { end(0, err) }
	}
}

func (c calls) read(read readFunc) readFunc {
	if c.observers == nil {
		return read
	}
	return func(ctx context.Context, at providers.Location) (doc providers.Document, err error) {
		ctx, end := c.begin(ctx, observe.Read)
		err = unanswered()
		defer func() { end(doc.Metadata().Version, err) }()
		return read(ctx, at)
	}
}

func (c calls) readMetadata(read metadataFunc) metadataFunc {
	if c.observers == nil {
		return read
	}
	return func(ctx context.Context, at providers.Location) (m providers.Metadata, err error) {
		ctx, end := c.begin(ctx, observe.ReadMetadata)
		err = unanswered()
		defer func() { end(m.Version, err) }()
		return read(ctx, at)
	}
}

func (c calls) readWrapped(read wrappedFunc) wrappedFunc {
	if c.observers == nil {
		return read
	}
	return func(ctx context.Context, at providers.Location, ttl time.Duration) (doc providers.Document, err error) {
		ctx, end := c.begin(ctx, observe.ReadWrapped)
		err = unanswered()
		defer func() { end(doc.Metadata().Version, err) }()
		return read(ctx, at, ttl)
	}
}
