package pdptest_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/pep/pdptest"
)

var (
	_ pep.PDP      = (*pdptest.PDP)(nil)
	_ pep.BatchPDP = (*pdptest.BatchPDP)(nil)
)

func TestPDPInMemory(t *testing.T) {
	t.Parallel()
	down := &pep.PDPUnavailableError{Reason: pep.ReasonUnavailable}
	pdp := pdptest.Static(pep.Decision{Permit: true, ID: "static"})
	pdp.Script(pdptest.Answer{Err: down}, pdptest.Answer{Decision: pep.Decision{ID: "scripted"}})
	a, b := question("alice", apiToken), question("bob", dbPassword)

	if got, err := pdp.Decide(t.Context(), a); !errors.Is(err, down) || got.Permit {
		t.Errorf("first answer is %+v, %v; want the scripted error", got, err)
	}
	if got, err := pdp.Decide(t.Context(), b); err != nil || got.ID != "scripted" || got.Permit {
		t.Errorf("second answer is %+v, %v; want the scripted denial", got, err)
	}
	if got, err := pdp.Decide(t.Context(), a); err != nil || got.ID != "static" || !got.Permit {
		t.Errorf("third answer is %+v, %v; want the static permit", got, err)
	}
	if diff := cmp.Diff([]pep.Request{a, b, a}, pdp.Requests()); diff != "" {
		t.Errorf("questions (-want +got):\n%s", diff)
	}
	if n := pdp.Calls(); n != 3 {
		t.Errorf("Calls = %d, want 3", n)
	}
}

func TestPDPInMemoryIsNoBatchPDP(t *testing.T) {
	t.Parallel()
	if _, ok := any(pdptest.Static(pep.Decision{})).(pep.BatchPDP); ok {
		t.Error("a PDP answers batches without being asked to by Batch")
	}
}

func TestBatchInMemory(t *testing.T) {
	t.Parallel()
	pdp := pdptest.Func(func(_ context.Context, req pep.Request) (pep.Decision, error) {
		return pep.Decision{Permit: req.Subject.ID == "alice"}, nil
	})
	reqs := []pep.Request{question("alice", apiToken), question("bob", apiToken)}
	got, err := pdp.Batch().DecideAll(t.Context(), reqs)
	if diff := cmp.Diff([]pep.Decision{{Permit: true}, {}}, got); diff != "" || err != nil {
		t.Errorf("DecideAll: %v (-want +got):\n%s", err, diff)
	}
	if n := pdp.Calls(); n != 1 {
		t.Errorf("Calls = %d after one batch, want 1", n)
	}
	if diff := cmp.Diff(reqs, pdp.Requests()); diff != "" {
		t.Errorf("questions (-want +got):\n%s", diff)
	}
	down := errors.New("down")
	pdp.Script(pdptest.Answer{Decision: pep.Decision{Permit: true}}, pdptest.Answer{Err: down})
	if got, err := pdp.Batch().DecideAll(t.Context(), reqs); got != nil || !errors.Is(err, down) {
		t.Errorf("DecideAll = %v, %v; want the scripted error alone", got, err)
	}
}

func TestPDPInMemoryCountsConcurrentCalls(t *testing.T) {
	t.Parallel()
	pdp := pdptest.Static(pep.Decision{})
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 100 {
				_, _ = pdp.Decide(t.Context(), pep.Request{})
			}
		})
	}
	group.Wait()
	if calls, questions := pdp.Calls(), len(pdp.Requests()); calls != 800 || questions != 800 {
		t.Errorf("%d calls and %d questions, want 800 each", calls, questions)
	}
}
