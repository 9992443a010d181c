package audit

import (
	"context"
	"errors"
	"sync/atomic"
)

// maxBatch is how many events a sink gets at once.
const maxBatch = 256

// outlet is the way to one sink.
type outlet struct {
	name string
	sink Sink
	ctx  context.Context // of everything that the sink does but its Close

	written atomic.Uint64
	dropped atomic.Uint64 // never offered
	failed  atomic.Uint64 // offered, and not taken

	done     chan struct{} // closed when the sink is
	unclosed bool          // the sink could not be; set before done is closed
}

func newOutlet(t *Trail, name string, sink Sink) outlet {
	return outlet{name: name, sink: sink, ctx: t.life, done: make(chan struct{})}
}

// behind is a sink that does something beside its writer.
type behind interface {
	// failure tells, once, whether that failed since it was last asked.
	failure() bool
}

// attempt offers events to the sink and returns an error for each, nil for those
// that were written. A sink that takes them one by one and fails two in a row is
// not asked about the rest if patient is false.
func (o *outlet) attempt(events []*Event, patient bool) []error {
	if batch, ok := o.sink.(BatchSink); ok {
		return writeBatchSafely(o.ctx, batch, events)
	}
	errs := make([]error, len(events))
	failures := 0
	for i, e := range events {
		if failures >= 2 && !patient {
			errs[i] = errUntried
			continue
		}
		if errs[i] = writeSafely(o.ctx, o.sink, e); errs[i] != nil {
			failures++
		} else {
			failures = 0
		}
	}
	return errs
}

// flush makes sure of what was written.
func (o *outlet) flush() error {
	flusher, ok := o.sink.(Flusher)
	if !ok {
		return nil
	}
	return safely(func() error { return flusher.Flush(o.ctx) })
}

// close gives the sink back.
func (o *outlet) close(ctx context.Context) {
	o.unclosed = safely(func() error { return o.sink.Close(ctx) }) != nil
}

// open tells whether the sink is not closed yet, or could not be.
func (o *outlet) open() bool {
	select {
	case <-o.done:
		return o.unclosed
	default:
		return true
	}
}

func writeSafely(ctx context.Context, s Sink, e *Event) error {
	return safely(func() error { return s.Write(ctx, e) })
}

func writeBatchSafely(ctx context.Context, s BatchSink, events []*Event) []error {
	var errs []error
	panicked := safely(func() error {
		errs = s.WriteBatch(ctx, events)
		return nil
	})
	all := make([]error, len(events))
	switch {
	case panicked == nil && errs == nil:
	case panicked == nil && len(errs) == len(events):
		for i, err := range errs {
			all[i] = safely(func() error { return err })
		}
	default: // it panicked, or said something that makes no sense
		for i := range all {
			all[i] = errSink
		}
	}
	return all
}

// safely keeps a sink's panic from ending the host program, and its text from
// reaching a log. Of its error it keeps whether the event is at fault, or is not; even
// looking into it may panic.
func safely(do func() error) (err error) {
	defer func() {
		if recover() != nil {
			err = errSink
		}
	}()
	switch err := do(); {
	case err == nil:
		return nil
	case errors.Is(err, ErrRejected):
		return ErrRejected
	case errors.Is(err, ErrUnavailable):
		return ErrUnavailable
	}
	return errSink
}
