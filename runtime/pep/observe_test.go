package pep_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/observe"
	"github.com/secretsgen/secretsgen/runtime/pep"
)

// observed keeps what an observer is told, and marks the contexts it is asked
// under.
type observed struct {
	mu   sync.Mutex
	told []string
}

type markKey struct{}

func (o *observed) begin(ctx context.Context, op observe.Operation, about observe.About) (context.Context, observe.End) {
	return context.WithValue(ctx, markKey{}, op), func(outcome observe.Outcome) {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.told = append(o.told, fmt.Sprintf("%s %+v %+v", op, about, outcome))
	}
}

func TestQuestionsAreObservedUnderTheContextOfThePDP(t *testing.T) {
	t.Parallel()
	log := &observed{}
	pdp := permitsApp(1)
	single := pdp.fakePDP.answer
	pdp.fakePDP.answer = func(ctx context.Context, req pep.Request) (pep.Decision, error) {
		if ctx.Value(markKey{}) != observe.Decide {
			t.Error("the PDP is asked under another context than the observer's")
		}
		return single(ctx, req)
	}
	cfg := config(pdp)
	cfg.Observe, cfg.LocalPDP = log.begin, true
	e := enforcer(t, cfg)
	granted(t, e, as(service()), token(t))
	refused[*pep.AuthzDeniedError](t, e, as(service()), forbidden(t))
	e.Preflight(as(service()), []*pep.Declared{token(t), password(t)})
	e.Preflight(as(service()), []*pep.Declared{declare(t, "openbao+kv2://secret/app/x#y", "x"), forbidden(t)})
	pdp.fakePDP.becomes(unavailable(pep.ReasonThrottled))
	refused[*pep.PDPUnavailableError](t, e, as(service()), declare(t, "openbao+kv2://secret/app/x#z", "z"))

	var want []string
	for _, w := range []struct {
		about   observe.About
		outcome observe.Outcome
	}{
		{observe.About{Accessor: "api.token", Local: true}, observe.Outcome{Effect: observe.Allow}},
		{observe.About{Accessor: "other", Local: true}, observe.Outcome{Effect: observe.Deny, Code: "policy"}},
		{observe.About{Items: 2, Local: true}, observe.Outcome{Effect: observe.Allow}},
		{observe.About{Items: 2, Local: true}, observe.Outcome{Effect: observe.Deny, Code: "policy"}},
		{observe.About{Accessor: "z", Local: true}, observe.Outcome{Effect: observe.Error, Code: "pdp_throttled"}},
	} {
		want = append(want, fmt.Sprintf("decide %+v %+v", w.about, w.outcome))
	}
	if diff := cmp.Diff(want, log.told); diff != "" {
		t.Errorf("observed (-want +got):\n%s", diff)
	}
}

func TestStateCountsGrantsThatAreSpentAndThatExpire(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cfg := config(permits(2))
		cfg.Limits.TTLDefault = time.Minute
		cfg.Breaker.Failures = 1
		e := enforcer(t, cfg)
		granted(t, e, as(service()), token(t))
		granted(t, e, as(service()), password(t))
		pass(10 * time.Second)
		if p := granted(t, e, as(service()), token(t)); p.GrantAge != 10*time.Second {
			t.Errorf("a grant of 10 s ago is of age %v", p.GrantAge)
		}
		expect := func(want observe.Grants) {
			t.Helper()
			got := e.State()
			want.Capacity = got.Grants.Capacity
			if diff := cmp.Diff(want, got.Grants); diff != "" || want.Capacity == 0 {
				t.Errorf("grants (-want +got):\n%s", diff)
			}
		}
		expect(observe.Grants{Table: observe.Table{Entries: 1}, Spent: 1})
		pass(2 * time.Minute)
		expect(observe.Grants{Spent: 1, Expired: 1})
	})
}

func TestStateShowsTablesAndBreaker(t *testing.T) {
	t.Parallel()
	pdp := denies()
	cfg := config(pdp)
	cfg.Limits.NegativeTTL = time.Hour
	cfg.Breaker.Failures = 1
	e := enforcer(t, cfg)
	c := bound("canary-jti", "canary-thumbprint")
	c.ProofID = "canary-proof"
	refused[*pep.AuthzDeniedError](t, e, as(c), token(t))
	pdp.becomes(unavailable(pep.ReasonTimeout))
	refused[*pep.PDPUnavailableError](t, e, as(service()), token(t))
	s := e.State()
	if s.Denials.Entries != 1 || s.Replays.Entries != 1 || s.Pins.Entries != 1 {
		t.Errorf("entries of %+v, %+v and %+v, want one each", s.Denials, s.Replays, s.Pins)
	}
	if diff := cmp.Diff([]observe.Breaker{{Name: "pdp", State: "open"}}, s.Breakers); diff != "" {
		t.Errorf("breakers (-want +got):\n%s", diff)
	}

	cfg.Grants, cfg.Replay = pep.NewGrantStore(9), brokenStore{errStore}
	if s := enforcer(t, cfg).State(); s.Replays != (observe.Table{}) {
		t.Errorf("state of a store of somebody else's: %+v", s.Replays)
	}
}

// breakerLog keeps the changes of the breaker.
type breakerLog struct{ changes []string }

func (l *breakerLog) OnBreaker(from, to string) { l.changes = append(l.changes, from+" "+to) }

func TestWhoReadsTheStateRunsNoHook(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pdp, log := denies(), &breakerLog{}
		pdp.becomes(unavailable(pep.ReasonTimeout))
		cfg := config(pdp)
		cfg.Breaker.Failures, cfg.Breaker.Open, cfg.Hooks = 1, time.Second, []pep.Hook{log}
		e := enforcer(t, cfg)
		refused[*pep.PDPUnavailableError](t, e, as(service()), token(t))
		pass(time.Minute)
		if got := e.State().Breakers[0].State; got != "half-open" {
			t.Errorf("the breaker is %s", got)
		}
		if diff := cmp.Diff([]string{"closed open"}, log.changes); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
		refused[*pep.PDPUnavailableError](t, e, as(service()), token(t))
		if diff := cmp.Diff([]string{"closed open", "open half-open", "half-open open"}, log.changes); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
	})
}
