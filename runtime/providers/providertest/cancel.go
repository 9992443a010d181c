package providertest

import (
	"context"
	"errors"
	"time"

	"github.com/secretsgen/secretsgen/runtime/providers"
)

// patience is how long a provider may take for what it is to do at once. It is
// never waited for by a provider that passes.
const patience = 10 * time.Second

func checkCanceled(t reporter, h Harness) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("a cause that is no context error"))
	expectEnded(ctx, t, h, context.Canceled)
}

func checkDeadline(t reporter, h Harness) {
	ctx, cancel := context.WithTimeout(t.Context(), -time.Second)
	defer cancel()
	expectEnded(ctx, t, h, context.DeadlineExceeded)
}

func checkCanceledUnderWay(t reporter, h Harness) {
	if h.Stalled == nil {
		return
	}
	h.Stalled.one.Lock()
	defer h.Stalled.one.Unlock()
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	type result struct {
		doc providers.Document
		err error
	}
	came := make(chan result, 1)
	go func() {
		doc, err := h.Provider.Read(ctx, h.Stalled.At)
		came <- result{doc, err}
	}()
	select {
	case <-h.Stalled.Reached:
	case r := <-came:
		t.Errorf("the read came back by itself: %v", r.err)
		return
	case <-time.After(patience):
		t.Errorf("the read did not reach the store")
		return
	}
	cancel(errors.New("a cause that is no context error"))
	select {
	case r := <-came:
		expectEnd(t, h, h.Stalled.At, r.doc, r.err, context.Canceled)
	case <-time.After(patience):
		t.Errorf("the read goes on though its context has ended")
	}
}

// expectEnded reads with a context that has ended.
func expectEnded(ctx context.Context, t reporter, h Harness, want error) {
	t.Helper()
	doc, err := h.Provider.Read(ctx, h.Latest.At)
	expectEnd(t, h, h.Latest.At, doc, err, want)
}

// expectEnd tests what a read returned whose context has ended.
func expectEnd(t reporter, h Harness, at providers.Location, doc providers.Document, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("the error is %T and not %v", err, want)
	}
	checkFailure(t, h, at, doc, err)
}
