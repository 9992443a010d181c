package otelsecrets

import (
	"context"

	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/secretsgen/secretsgen/runtime/observe"
)

// spans makes a span of every operation.
type spans struct{ tracer trace.Tracer }

var _ observe.SpanObserver = (*spans)(nil)

// aboutKey is where the context of a read says which secret it is for, so that
// the spans within can say so, too: a provider is asked for a document and does
// not know.
type aboutKey struct{}

// Begin implements [observe.SpanObserver].
func (s *spans) Begin(ctx context.Context, op observe.Operation, about observe.About) (context.Context, observe.End) {
	switch op {
	case observe.Resolve:
		ctx = context.WithValue(ctx, aboutKey{}, about)
	case observe.Load, observe.Preflight:
	default:
		about = within(ctx, about)
	}
	ctx, span := s.tracer.Start(ctx, name(op), trace.WithSpanKind(kind(op, about)), trace.WithAttributes(begun(about)...))
	if !span.IsRecording() {
		return ctx, nil
	}
	return ctx, func(outcome observe.Outcome) {
		span.SetAttributes(ended(op, outcome)...)
		if failed(op, outcome) {
			span.SetStatus(codes.Error, outcome.Code)
		}
		span.End()
	}
}

// name is the name of a span, of which there are as many as operations.
func name(op observe.Operation) string {
	switch op {
	case observe.Resolve:
		return "secrets.resolve"
	case observe.Decide:
		return "secrets.decide"
	case observe.Read:
		return "secrets.read"
	}
	return "secrets." + string(op)
}

// within fills in what an operation does not know and the read around it does.
func within(ctx context.Context, about observe.About) observe.About {
	read, ok := ctx.Value(aboutKey{}).(observe.About)
	if !ok || about.Items > 0 || about.Accessor != "" && about.Accessor != read.Accessor {
		return about
	}
	about.Accessor, about.ResourceRef = read.Accessor, read.ResourceRef
	return about
}

// kind is client where somebody else is asked, over a network for all that is
// known.
func kind(op observe.Operation, about observe.About) trace.SpanKind {
	switch op {
	case observe.Resolve, observe.Load, observe.Preflight:
		return trace.SpanKindInternal
	}
	if about.Local {
		return trace.SpanKindInternal
	}
	return trace.SpanKindClient
}

// failed reports whether a span ends in error. A PDP that denies has answered; the
// read that it denies has failed.
func failed(op observe.Operation, outcome observe.Outcome) bool {
	return outcome.Effect == observe.Error || outcome.Effect == observe.Deny && op != observe.Decide
}
