package runtime

import (
	"context"
	"time"

	"github.com/secretsgen/secretsgen/runtime/observe"
)

// operation is one that observers are told of. The zero operation is one that
// nobody watches.
type operation struct {
	observers *observers // nil: nobody is told
	ctx       context.Context
	op        observe.Operation
	about     observe.About
	start     time.Time
	ends      []observe.End
	outcome   observe.Outcome
}

// begin tells of an operation that began at start. Its end must be told by a deferred call: until
// became is called it ends as one that did not return.
func (o *observers) begin(ctx context.Context, op observe.Operation, about observe.About, start time.Time) (context.Context, operation) {
	if !o.timed() {
		return ctx, operation{}
	}
	running := operation{observers: o, op: op, about: about, outcome: unreturned, start: start}
	for _, s := range o.spans {
		guarded(func() {
			within, end := s.Begin(ctx, op, about)
			if end != nil {
				running.ends = append(running.ends, end)
			}
			if within != nil {
				ctx = within
			}
		})
	}
	running.ctx = ctx
	return ctx, running
}

// timed reports whether anybody is told of operations.
func (o *observers) timed() bool { return o != nil && len(o.spans)+len(o.operations) > 0 }

// unreturned is the outcome of what a panic or the end of its goroutine cut short.
var unreturned = observe.Outcome{Effect: observe.Error, Code: "internal"}

// became says how the operation ends.
func (r *operation) became(outcome observe.Outcome) { r.outcome = outcome }

// end tells how it ended, the innermost span first.
func (r *operation) end() {
	if r.observers == nil {
		return
	}
	took := time.Since(r.start)
	for _, o := range r.observers.operations {
		guarded(func() { o.OnOperation(r.ctx, r.op, r.about, r.outcome, took) })
	}
	for i := len(r.ends) - 1; i >= 0; i-- {
		guarded(func() { r.ends[i](r.outcome) })
	}
}

// within is begin for rooms that do not know who observes.
func (o *observers) within(ctx context.Context, op observe.Operation, about observe.About) (context.Context, observe.End) {
	ctx, running := o.begin(ctx, op, about, time.Now())
	return ctx, func(outcome observe.Outcome) {
		running.became(outcome)
		running.end()
	}
}
