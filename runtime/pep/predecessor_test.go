package pep_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/settings"
)

func TestPredecessorFaultE_ABoundGrantWithAnAbsentBindingIsDrift(t *testing.T) {
	t.Parallel()
	pdp := permits(10)
	e := enforcer(t, config(pdp))
	granted(t, e, as(bound("canary-token", "key-A")), token(t))

	refused[*pep.BindingDriftError](t, e, as(bearer("canary-token")), token(t))
	wantCalls(t, pdp, 1)
}

func TestPredecessorFaultF_DriftPoisonsNobody(t *testing.T) {
	t.Parallel()
	pdp := permits(10)
	cfg := config(pdp)
	cfg.Limits.NegativeTTL = time.Hour
	e := enforcer(t, cfg)
	first := granted(t, e, as(bound("canary-token", "key-A")), token(t))

	for range 3 {
		refused[*pep.BindingDriftError](t, e, as(bound("canary-token", "key-B")), token(t))
		refused[*pep.BindingDriftError](t, e, as(bearer("canary-token")), token(t))
	}
	again := granted(t, e, as(bound("canary-token", "key-A")), token(t))
	if !again.GrantCached || again.GrantID != first.GrantID {
		t.Errorf("after drift the honest holder got %+v, want a use of grant %s", again, first.GrantID)
	}
	wantCalls(t, pdp, 1)
}

func TestPredecessorFaultG_AudienceAndReplayAreCheckedWhileAGrantLives(t *testing.T) {
	t.Parallel()
	e := enforcer(t, config(permits(10)))
	honest := bearer("canary-token")
	honest.ProofID = "canary-proof"
	granted(t, e, as(honest), token(t))

	elsewhere := honest
	elsewhere.Audience = []string{"other"}
	if got := refused[*caller.Error](t, e, as(elsewhere), token(t)).Code; got != caller.WrongAudience {
		t.Errorf("code %q, want %q", got, caller.WrongAudience)
	}
	if got := refused[*pep.ReplayError](t, e, as(honest), token(t)).Code; got != pep.ReplayedProof {
		t.Errorf("code %q, want %q", got, pep.ReplayedProof)
	}
}

func TestPredecessorFaultH_OneRequestReadsManySecretsWithOneProof(t *testing.T) {
	t.Parallel()
	e := enforcer(t, config(permitsByDefault()))
	c := bearer("canary-token")
	c.ProofID = "canary-proof"
	request := as(c)
	for i := range 10 {
		d := declare(t, fmt.Sprintf("openbao+kv2://secret/app/s%d#k", i), "")
		granted(t, e, request, d)
	}
	refused[*pep.ReplayError](t, e, as(c), token(t))
	granted(t, e, caller.NewContext(request, c), token(t)) // nested: the same request
}

func TestPredecessorFaultI_AnExhaustedGrantIsAskedForAgain(t *testing.T) {
	t.Parallel()
	pdp := permitsByDefault()
	e := enforcer(t, config(pdp))
	for range 3 {
		if p := granted(t, e, as(service()), token(t)); p.GrantCached {
			t.Error("a use of a spent grant")
		}
	}
	wantCalls(t, pdp, 3)
}

func TestPredecessorFaultJ_AnOutageIsNeverCachedAsADenial(t *testing.T) {
	t.Parallel()
	down := true
	pdp := &fakePDP{}
	pdp.answer = func(context.Context, pep.Request) (pep.Decision, error) {
		if down {
			return pep.Decision{}, &pep.PDPUnavailableError{Reason: pep.ReasonMalformed}
		}
		return pep.Decision{Permit: true}, nil
	}
	cfg := config(pdp)
	cfg.Limits.NegativeTTL = time.Hour
	e := enforcer(t, cfg)
	err := refused[*pep.PDPUnavailableError](t, e, as(service()), token(t))
	if errors.Is(err, pep.ErrDenied) {
		t.Error("an outage matches ErrDenied")
	}
	down = false
	granted(t, e, as(service()), token(t))
}

func TestPredecessorFaultL_WithoutAPDPNothingStarts(t *testing.T) {
	t.Parallel()
	cfg := config(nil)
	cfg.PDP = nil
	_, err := pep.New(cfg)
	problems, ok := errors.AsType[*settings.Error](err)
	if !ok || len(problems.Problems) != 1 || problems.Problems[0].Name != "SECRETS_PDP_URL" {
		t.Fatalf("New: %v, want one problem with SECRETS_PDP_URL", err)
	}
	refused[*pep.AuthzDeniedError](t, enforcer(t, config(always(pep.Decision{}, nil))), as(service()), token(t))
}

func TestPredecessorFaultP_CallersWaitingForOneAnswerAskOnce(t *testing.T) {
	t.Parallel()
	wait := func(t *testing.T, waiters, uses, calls int) {
		t.Helper()
		pdp := slow(&fakePDP{answer: numbered(uses)})
		e := enforcer(t, config(pdp))
		defer e.Close()
		var wg sync.WaitGroup
		for range waiters {
			wg.Go(func() {
				if _, err := e.Authorize(as(service()), token(t)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		wantCalls(t, pdp, calls)
	}
	synctest.Test(t, func(t *testing.T) { wait(t, 100, 100, 1) })
	synctest.Test(t, func(t *testing.T) { wait(t, 100, 50, 2) })
}

// TestTenThousandWaitersMakeOnePDPCallAndCancelingTheFirstFailsNoOther counts on
// a max_uses that suffices for those who stay.
func TestTenThousandWaitersMakeOnePDPCallAndCancelingTheFirstFailsNoOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const waiters = 10_000
		pdp := slow(permits(waiters))
		e := enforcer(t, config(pdp))
		defer e.Close()
		first, cancel := context.WithCancel(as(service()))
		gone := make(chan error, 1)
		go func() {
			_, err := e.Authorize(first, token(t))
			gone <- err
		}()
		synctest.Wait() // it leads
		var wg sync.WaitGroup
		for range waiters {
			wg.Go(func() {
				if _, err := e.Authorize(as(service()), token(t)); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		cancel()
		if err := <-gone; !errors.Is(err, context.Canceled) {
			t.Errorf("the first got %v, want its own cancellation", err)
		}
		wg.Wait()
		wantCalls(t, pdp, 1)
		if granted(t, e, as(service()), token(t)).GrantCached {
			t.Errorf("a use more than %d", waiters)
		}
	})
}
