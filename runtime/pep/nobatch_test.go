package pep_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/pep"
)

func TestAPDPThatTurnsOutToTakeNoBatchIsAskedOneByOne(t *testing.T) {
	t.Parallel()
	pdp := permitsApp(2)
	pdp.answer = func([]pep.Request) ([]pep.Decision, error) {
		return nil, &pep.PDPUnavailableError{Reason: pep.ReasonNoBatch}
	}
	cfg := config(pdp)
	cfg.Breaker.Failures = 1 // which a PDP without a batch endpoint is not
	e := enforcer(t, cfg)
	for range 2 {
		results := e.AuthorizeAll(as(service()), []pep.Declaration{token(t), forbidden(t), password(t)})
		for _, i := range []int{0, 2} {
			if results[i].Err != nil {
				t.Errorf("result %d is %v, want a permit", i, results[i].Err)
			}
		}
		as1[*pep.AuthzDeniedError](t, results[1].Permit, results[1].Err)
	}
	if diff := cmp.Diff([]int{3}, pdp.sizes); diff != "" {
		t.Errorf("batches (-want +got):\n%s", diff)
	}
	wantCalls(t, pdp.fakePDP, 4) // each once, and the denial, which is not remembered here, twice
}
