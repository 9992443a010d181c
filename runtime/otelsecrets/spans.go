package otelsecrets

import (
	"context"

	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/secretsgen/secretsgen/runtime/observe"
)

// spans makes a span of every operation.
type spans struct {
	tracer trace.Tracer
	starts memo[start, *started]
}

var _ observe.SpanObserver = (*spans)(nil)

func newSpans(tracer trace.Tracer) *spans {
	s := &spans{tracer: tracer}
	s.starts.work = start.begin
	return s
}

// start is what a span is told from others by when it begins.
type start struct {
	op    observe.Operation
	about observe.About
}

// started is a start as the tracer wants it.
type started struct {
	start

	name string
	opts []trace.SpanStartOption
}

func (s start) begin() *started {
	return &started{s, name(s.op), []trace.SpanStartOption{trace.WithSpanKind(kind(s.op, s.about)), trace.WithAttributes(begun(s.about)...)}}
}

// of returns what was worked out for a start. References that were learned at run
// time, of which there may be any number, are not remembered.
func (s *spans) of(at start) *started {
	if at.about.Accessor == "" && (at.about.ResourceRef != "" || at.about.Items > 0) {
		return at.begin()
	}
	return s.starts.get(at)
}

// aboutKey is where the context of a read says which secret it is for, so that
// the spans within can say so, too: a provider is asked for a document and does
// not know.
type aboutKey struct{}

// Begin implements [observe.SpanObserver].
func (s *spans) Begin(ctx context.Context, op observe.Operation, about observe.About) (context.Context, observe.End) {
	var begins *started
	switch op {
	case observe.Resolve:
		begins = s.of(start{op, about})
		ctx = context.WithValue(ctx, aboutKey{}, begins)
	case observe.Load, observe.Preflight: // of many, within which nothing is about the one outside
		begins = s.of(start{op, about})
		ctx = context.WithValue(ctx, aboutKey{}, begins)
	default:
		begins = s.of(start{op, within(ctx, about)})
	}
	ctx, span := s.tracer.Start(ctx, begins.name, begins.opts...)
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
	return "secrets." + string(op)
}

// within fills in what an operation does not know and the read around it does.
func within(ctx context.Context, about observe.About) observe.About {
	read, ok := ctx.Value(aboutKey{}).(*started)
	if !ok || about.Items > 0 || about.Accessor != "" && about.Accessor != read.about.Accessor {
		return about
	}
	about.Accessor, about.ResourceRef = read.about.Accessor, read.about.ResourceRef
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

// failed reports whether a span ends in error. A PDP that denies has answered, and so
// has a store that has nothing; the read has failed, unless its declaration allows
// that.
func failed(op observe.Operation, outcome observe.Outcome) bool {
	if op != observe.Resolve && outcome.Code == "not_found" {
		return false
	}
	return outcome.Effect == observe.Error || outcome.Effect == observe.Deny && op != observe.Decide
}
