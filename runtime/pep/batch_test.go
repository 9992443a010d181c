package pep_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/uri"
)

// batchPDP answers batches with answer, and single questions as a fakePDP does.
type batchPDP struct {
	*fakePDP
	sizes  []int
	answer func(reqs []pep.Request) ([]pep.Decision, error)
}

func (p *batchPDP) DecideAll(_ context.Context, reqs []pep.Request) ([]pep.Decision, error) {
	p.sizes = append(p.sizes, len(reqs))
	return p.answer(reqs)
}

// permitsApp permits what lies below app/ and denies the rest.
func permitsApp(uses int) *batchPDP {
	decide := func(_ context.Context, req pep.Request) (pep.Decision, error) {
		return pep.Decision{
			Permit:      req.Resource.Path != "other",
			ID:          req.Resource.Accessor,
			Obligations: pep.Obligations{MaxUses: uses},
		}, nil
	}
	return &batchPDP{fakePDP: &fakePDP{answer: decide}, answer: func(reqs []pep.Request) ([]pep.Decision, error) {
		decs := make([]pep.Decision, len(reqs))
		for i, req := range reqs {
			decs[i], _ = decide(context.Background(), req)
		}
		return decs, nil
	}}
}

func forbidden(t testing.TB) *pep.Declared {
	t.Helper()
	return declare(t, "openbao+kv2://secret/other#k", "other")
}

func TestABatchIsOneQuestionAndEachResultItsOwn(t *testing.T) {
	t.Parallel()
	pdp := permitsApp(2)
	e := enforcer(t, config(pdp))
	outside := declare(t, "openbao+kv2://elsewhere/app#k", "outside")
	live := other(t, 1)
	granted(t, e, as(service()), live)

	results := e.AuthorizeAll(as(service()), []*pep.Declared{token(t), outside, forbidden(t), live, password(t)})
	if diff := cmp.Diff([]int{3}, pdp.sizes); diff != "" {
		t.Errorf("batches (-want +got):\n%s", diff)
	}
	type short struct {
		Decision        string
		Cached, Decided bool
	}
	var got []short
	for _, r := range results {
		got = append(got, short{r.Permit.DecisionID, r.Permit.GrantCached, r.Permit.Decided})
	}
	want := []short{{"api.token", false, true}, {}, {}, {"other", true, false}, {"db.password", false, true}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
	if err := as1[*uri.Error](t, results[1].Permit, results[1].Err); !errors.Is(err, uri.TenantMountMismatch) {
		t.Errorf("outside the mounts: %v", err)
	}
	if denied := as1[*pep.AuthzDeniedError](t, results[2].Permit, results[2].Err); denied.Accessor != "other" || denied.DecisionID != "other" {
		t.Errorf("denial %+v, want that of other", denied)
	}
	if results[0].Permit.GrantID == results[4].Permit.GrantID {
		t.Error("two declarations share a grant")
	}
	// One use each is left, and no more.
	for _, d := range []*pep.Declared{token(t), password(t)} {
		if !granted(t, e, as(service()), d).GrantCached {
			t.Errorf("%s: the second use is gone", d.Declaration().Accessor)
		}
		if granted(t, e, as(service()), d).GrantCached {
			t.Errorf("%s: a third use of two", d.Declaration().Accessor)
		}
	}
}

func TestABatchThatIsNotAnsweredIsNoPermitToAnything(t *testing.T) {
	t.Parallel()
	yes := pep.Decision{Permit: true}
	for name, tt := range map[string]struct {
		decs []pep.Decision
		err  error
		want pep.Reason
	}{
		"one decision for two":    {decs: []pep.Decision{yes}, want: pep.ReasonMalformed},
		"three decisions for two": {decs: []pep.Decision{yes, yes, yes}, want: pep.ReasonMalformed},
		"no decision":             {want: pep.ReasonMalformed},
		"decisions and an error":  {decs: []pep.Decision{yes, yes}, err: &pep.PDPUnavailableError{Reason: pep.ReasonConfig}, want: pep.ReasonConfig},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pdp := permitsApp(5)
			pdp.answer = func([]pep.Request) ([]pep.Decision, error) { return tt.decs, tt.err }
			e := enforcer(t, config(pdp))
			for i, r := range e.AuthorizeAll(as(service()), []*pep.Declared{token(t), password(t)}) {
				want := &pep.PDPUnavailableError{Accessor: []string{"api.token", "db.password"}[i], Reason: tt.want}
				if diff := cmp.Diff(want, as1[*pep.PDPUnavailableError](t, r.Permit, r.Err)); diff != "" {
					t.Errorf("error (-want +got):\n%s", diff)
				}
			}
			wantCalls(t, pdp.fakePDP, 0)
		})
	}
}

func TestABatchFallsBackToBoundedSingleQuestions(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pdp := slow(permits(1))
		cfg := config(pdp)
		e := enforcer(t, cfg)
		defer e.Close()
		var ds []*pep.Declared
		for i := range 40 {
			ds = append(ds, other(t, i))
		}
		start := time.Now()
		for i, r := range e.AuthorizeAll(as(service()), ds) {
			if r.Err != nil {
				t.Errorf("%d: %v", i, r.Err)
			}
		}
		wantCalls(t, pdp, 40)
		if took := time.Since(start); took != 300*time.Millisecond {
			t.Errorf("took %v, want three rounds of sixteen at a time", took)
		}
	})
}

func TestAPDPThatTurnsOutToTakeNoBatchIsAskedOneByOne(t *testing.T) {
	t.Parallel()
	pdp := permitsApp(2)
	pdp.answer = func([]pep.Request) ([]pep.Decision, error) {
		return make([]pep.Decision, 2), fmt.Errorf("canary: %w", &pep.PDPUnavailableError{Reason: pep.ReasonNoBatch})
	}
	cfg := config(pdp)
	cfg.Breaker.Failures = 1
	log := &hookLog{}
	cfg.Hooks = []pep.Hook{log}
	e := enforcer(t, cfg)
	for range 3 {
		results := e.AuthorizeAll(as(service()), []*pep.Declared{token(t), forbidden(t), password(t)})
		as1[*pep.AuthzDeniedError](t, results[1].Permit, results[1].Err)
		for _, i := range []int{0, 2} {
			if results[i].Err != nil {
				t.Errorf("%d: %v", i, results[i].Err)
			}
		}
	}
	// The first asks for all three, the second for the one that is denied, which
	// is no batch, and the third for all again.
	if diff := cmp.Diff([]int{3, 3}, pdp.sizes); diff != "" {
		t.Errorf("batches (-want +got):\n%s", diff)
	}
	wantCalls(t, pdp.fakePDP, 7)
	if len(log.breakers) != 0 {
		t.Errorf("the breaker moved: %q", log.breakers)
	}
}

func TestASingleQuestionThatIsAnsweredAsABatchIsNoDecision(t *testing.T) {
	t.Parallel()
	e := enforcer(t, config(always(pep.Decision{Permit: true}, &pep.PDPUnavailableError{Reason: pep.ReasonNoBatch})))
	if got := refused[*pep.PDPUnavailableError](t, e, as(service()), token(t)).Reason; got != pep.ReasonConfig {
		t.Errorf("reason %q, want %q", got, pep.ReasonConfig)
	}
}

func TestOneDeclarationTwiceInABatchIsTwoUses(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ uses, single int }{
		"of one grant":  {2, 0},
		"of two grants": {1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pdp := permitsApp(tt.uses)
			e := enforcer(t, config(pdp))
			for _, r := range e.AuthorizeAll(as(service()), []*pep.Declared{token(t), password(t), token(t)}) {
				if r.Err != nil {
					t.Error(r.Err)
				}
			}
			wantCalls(t, pdp.fakePDP, tt.single)
			granted(t, e, as(service()), token(t))
			wantCalls(t, pdp.fakePDP, tt.single+1)
		})
	}
}

func TestPreflightInstallsGrantsAndSpendsNoUse(t *testing.T) {
	t.Parallel()
	pdp := permitsApp(1)
	e := enforcer(t, config(pdp))
	ds := []*pep.Declared{token(t), forbidden(t), password(t)}
	for range 2 {
		results := e.Preflight(as(service()), ds)
		if results[0].Err != nil || results[2].Err != nil {
			t.Errorf("Preflight: %v, want one denial", results)
		}
		as1[*pep.AuthzDeniedError](t, results[1].Permit, results[1].Err)
	}
	if diff := cmp.Diff([]int{3}, pdp.sizes); diff != "" { // the second asks for one alone
		t.Errorf("batches (-want +got):\n%s", diff)
	}
	before := pdp.calls()
	for _, d := range []*pep.Declared{token(t), password(t)} {
		if !granted(t, e, as(service()), d).GrantCached {
			t.Errorf("%s: Preflight left no grant", d.Declaration().Accessor)
		}
	}
	wantCalls(t, pdp.fakePDP, before)
}

func TestPreflightBesideAReadWaitsForTheSameAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pdp := slow(permits(1))
		e := enforcer(t, config(pdp))
		defer e.Close()
		read := make(chan pep.Permit, 1)
		go func() { read <- granted(t, e, as(service()), token(t)) }()
		synctest.Wait()
		if results := e.Preflight(as(service()), []*pep.Declared{token(t)}); results[0].Err != nil {
			t.Errorf("Preflight: %v", results[0].Err)
		}
		<-read
		wantCalls(t, pdp, 1)
	})
}

func TestACanceledBatchKeepsWhatItAskedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pdp := slow(permits(1))
		e := enforcer(t, config(pdp))
		defer e.Close()
		ctx, cancel := context.WithCancel(as(service()))
		done := make(chan []pep.Result, 1)
		go func() { done <- e.AuthorizeAll(ctx, []*pep.Declared{token(t), password(t)}) }()
		synctest.Wait()
		cancel()
		for _, r := range <-done {
			if !errors.Is(r.Err, context.Canceled) {
				t.Errorf("result %+v, want a cancellation", r)
			}
		}
		pass(time.Second)
		for _, d := range []*pep.Declared{token(t), password(t)} {
			if !granted(t, e, as(service()), d).GrantCached {
				t.Errorf("%s: the answer was lost", d.Declaration().Accessor)
			}
		}
	})
}

func TestABatchWithoutACallerAsksNobody(t *testing.T) {
	t.Parallel()
	pdp := permitsApp(1)
	e := enforcer(t, config(pdp))
	for _, r := range e.AuthorizeAll(context.Background(), []*pep.Declared{token(t), password(t)}) {
		as1[*caller.Error](t, r.Permit, r.Err)
	}
	if len(pdp.sizes) != 0 || pdp.calls() != 0 {
		t.Error("the PDP was asked about nobody")
	}
}
