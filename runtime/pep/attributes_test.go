package pep_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/uri"
)

// tells answers what a store is asked about documents, and remembers it.
type tells struct {
	answer func(ctx context.Context, ref uri.URI) (map[string]string, error)

	mu     sync.Mutex
	looked []string
}

func (s *tells) attributes(ctx context.Context, ref uri.URI) (map[string]string, error) {
	s.mu.Lock()
	s.looked = append(s.looked, ref.String())
	answer := s.answer
	s.mu.Unlock()
	return answer(ctx, ref)
}

func (s *tells) becomes(other *tells) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = other.answer
}

func (s *tells) looks() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.looked)
}

func tellsAlways(custom map[string]string, err error) *tells {
	return &tells{answer: func(context.Context, uri.URI) (map[string]string, error) { return custom, err }}
}

func tellsOwner(owner string) *tells { return tellsAlways(map[string]string{"owner": owner}, nil) }

func wantLooks(t testing.TB, store *tells, want int) {
	t.Helper()
	if got := store.looks(); got != want {
		t.Errorf("the store was asked %d times, want %d", got, want)
	}
}

// describing is config with attributes of a store.
func describing(pdp pep.PDP, store *tells) pep.Config {
	cfg := config(pdp)
	cfg.Attributes = store.attributes
	return cfg
}

func TestAQuestionCarriesWhatTheStoreTells(t *testing.T) {
	t.Parallel()
	longest := strings.Repeat("é", 256)
	for name, tt := range map[string]struct {
		store *tells
		want  *pep.ResourceAttributes // nil: the question is not asked
	}{
		"all three and nothing else": {
			tellsAlways(map[string]string{
				"owner": "team-payments", "created_by": "alice", "created_at": "2026-01-11T00:00:00Z",
				"note": "canary-note", "Owner": "canary-owner", "value": "canary-value",
			}, nil),
			&pep.ResourceAttributes{Owner: "team-payments", CreatedBy: "alice", CreatedAt: "2026-01-11T00:00:00Z"},
		},
		"one of them":                        {tellsAlways(map[string]string{"created_at": "then"}, nil), &pep.ResourceAttributes{CreatedAt: "then"}},
		"none":                               {tellsAlways(map[string]string{"note": "canary"}, nil), &pep.ResourceAttributes{}},
		"no custom metadata":                 {tellsAlways(nil, nil), &pep.ResourceAttributes{}},
		"no document":                        {tellsAlways(nil, fmt.Errorf("canary: %w", pep.ErrNoDocument)), &pep.ResourceAttributes{}},
		"no document, and what it told then": {tellsAlways(map[string]string{"owner": "canary"}, pep.ErrNoDocument), &pep.ResourceAttributes{}},
		"the longest that can be stored":     {tellsOwner(longest), &pep.ResourceAttributes{Owner: longest}},
		"a byte more":                        {tellsOwner(longest + "x"), nil},
		"something else that is longer":      {tellsAlways(map[string]string{"note": longest + "x"}, nil), &pep.ResourceAttributes{}},
		"what is not UTF-8":                  {tellsAlways(map[string]string{"owner": "team", "created_by": "a\xff"}, nil), nil},
		"an error":                           {tellsAlways(map[string]string{"owner": "team"}, errStore), nil},
		"the end of a context of its own":    {tellsAlways(nil, context.Canceled), nil},
		"a panic": {&tells{answer: func(context.Context, uri.URI) (map[string]string, error) {
			panic("canary-panic")
		}}, nil},
		"the end of its goroutine": {&tells{answer: func(context.Context, uri.URI) (map[string]string, error) {
			runtime.Goexit()
			return nil, nil
		}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pdp, log := permits(9), &hookLog{}
			cfg := describing(pdp, tt.store)
			cfg.Hooks = []pep.Hook{log}
			e := enforcer(t, cfg)
			if tt.want == nil {
				want := &pep.PDPUnavailableError{Accessor: "api.token", Reason: pep.ReasonAttributes}
				if diff := cmp.Diff(want, refused[*pep.PDPUnavailableError](t, e, as(service()), token(t))); diff != "" {
					t.Errorf("error (-want +got):\n%s", diff)
				}
				wantCalls(t, pdp, 0)
			} else {
				granted(t, e, as(service()), token(t))
				if diff := cmp.Diff(tt.want, pdp.asked[0].Context.ResourceAttributes); diff != "" {
					t.Errorf("attributes (-want +got):\n%s", diff)
				}
			}
			if told := fmt.Sprint(log.all); strings.Contains(told, "canary") {
				t.Errorf("a hook was told %s", told)
			}
		})
	}
}

func TestAQuestionCarriesNothingThatNobodyAskedFor(t *testing.T) {
	t.Parallel()
	pdp := permits(9)
	granted(t, enforcer(t, config(pdp)), as(service()), token(t))
	if got := pdp.asked[0].Context.ResourceAttributes; got != nil {
		t.Errorf("attributes %+v, want none", got)
	}
}

// TestTheStoreIsAskedOnlyForAQuestion counts what reads that need no PDP, or have
// no right to one, have the store do.
func TestTheStoreIsAskedOnlyForAQuestion(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store, pdp := tellsOwner("team"), always(pep.Decision{}, nil)
		pdp.becomes(permits(2))
		cfg := describing(pdp, store)
		cfg.Limits.NegativeTTL = time.Hour
		cfg.Breaker.Failures = 1
		e := enforcer(t, cfg)
		defer e.Close()

		refused[*uri.Error](t, e, as(service()), declare(t, "openbao+kv2://elsewhere/app#k", "x"))
		refused[*caller.Error](t, e, as(caller.Caller{}), token(t))
		wantLooks(t, store, 0)
		granted(t, e, as(service()), token(t))
		wantLooks(t, store, 1)
		pass(2 * time.Minute) // the attributes are forgotten, and the grant lives
		granted(t, e, as(service()), token(t))
		wantLooks(t, store, 1)

		withProof := bound("canary-token", "key-A")
		withProof.ProofID = "canary-proof"
		ctx := as(withProof)
		granted(t, e, ctx, token(t))
		granted(t, e, ctx, token(t))
		wantLooks(t, store, 2)
		pass(2 * time.Minute)
		refused[*pep.ReplayError](t, e, ctx, token(t)) // the token has had its grant
		refused[*pep.ReplayError](t, e, as(withProof), token(t))
		refused[*pep.BindingDriftError](t, e, as(bound("canary-token", "key-B")), token(t))
		wantLooks(t, store, 2)

		pdp.becomes(denies())
		refused[*pep.AuthzDeniedError](t, e, as(service()), password(t))
		wantLooks(t, store, 3)
		pass(2 * time.Minute)
		refused[*pep.AuthzDeniedError](t, e, as(service()), password(t))
		wantLooks(t, store, 3)

		pdp.becomes(unavailable(pep.ReasonUnavailable))
		refused[*pep.PDPUnavailableError](t, e, as(service()), other(t, 1))
		wantLooks(t, store, 4)
		if got := refused[*pep.PDPUnavailableError](t, e, as(service()), other(t, 2)).Reason; got != pep.ReasonBreakerOpen {
			t.Errorf("reason %q, want %q", got, pep.ReasonBreakerOpen)
		}
		wantLooks(t, store, 4)
	})
}

// TestAFailureToLearnIsNeitherADenialNorTheFaultOfThePDP fails often enough to
// open the breaker, were it the PDP that failed.
func TestAFailureToLearnIsNeitherADenialNorTheFaultOfThePDP(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store, pdp, log := tellsAlways(nil, errStore), permits(1), &hookLog{}
		cfg := describing(pdp, store)
		cfg.Limits.NegativeTTL = time.Hour
		cfg.Hooks = []pep.Hook{log}
		e := enforcer(t, cfg)
		defer e.Close()
		for range 9 {
			err := refused[*pep.PDPUnavailableError](t, e, as(service()), token(t))
			if err.Reason != pep.ReasonAttributes || errors.Is(err, pep.ErrDenied) {
				t.Errorf("error %v, want one that is no denial", err)
			}
			pass(time.Second)
		}
		wantCalls(t, pdp, 0)
		store.becomes(tellsOwner("team"))
		granted(t, e, as(service()), token(t))
		if len(log.breakers) != 0 {
			t.Errorf("the breaker was told: %v", log.breakers)
		}
		want := []string{
			"step guard api.token", "step caller api.token", "step binding api.token", "step negative api.token", "step replay api.token",
			"grant miss api.token", "question api.token", "store metadata attributes", "decision api.token attributes",
			"refusal grant api.token attributes", "step grant api.token attributes",
		}
		if diff := cmp.Diff(want, log.all[:len(want)]); diff != "" {
			t.Errorf("hooks (-want +got):\n%s", diff)
		}
	})
}

// TestAPDPCannotChangeWhatIsRemembered has a PDP write into its question.
func TestAPDPCannotChangeWhatIsRemembered(t *testing.T) {
	t.Parallel()
	var seen []string
	pdp := &fakePDP{answer: func(_ context.Context, req pep.Request) (pep.Decision, error) {
		seen = append(seen, req.Context.ResourceAttributes.Owner)
		req.Context.ResourceAttributes.Owner = "mallory"
		return pep.Decision{Permit: true}, nil
	}}
	e := enforcer(t, describing(pdp, tellsOwner("team")))
	for range 2 {
		granted(t, e, as(service()), token(t))
	}
	if diff := cmp.Diff([]string{"team", "team"}, seen); diff != "" {
		t.Errorf("owners (-want +got):\n%s", diff)
	}
}

// TestTimeSpentOnAttributesIsNotTheGrants has the store take half of what an
// answer may take, and the PDP most of it.
func TestTimeSpentOnAttributesIsNotTheGrants(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pdp := always(pep.Decision{Permit: true, Obligations: pep.Obligations{TTL: time.Minute, MaxUses: 9}}, nil)
		patient := pdp.answer
		pdp.answer = func(ctx context.Context, req pep.Request) (pep.Decision, error) {
			pass(900 * time.Millisecond)
			return patient(ctx, req)
		}
		store := &tells{answer: func(context.Context, uri.URI) (map[string]string, error) {
			pass(500 * time.Millisecond)
			return nil, nil
		}}
		cfg := describing(pdp, store)
		cfg.PDPTimeout = time.Second
		e := enforcer(t, cfg)
		defer e.Close()
		start := time.Now()
		granted(t, e, as(service()), token(t))
		if took := time.Since(start); took != 1400*time.Millisecond {
			t.Errorf("took %v", took)
		}
		pass(time.Minute - 900*time.Millisecond - instant)
		if !granted(t, e, as(service()), token(t)).GrantCached {
			t.Error("the grant's life was counted from before the PDP was asked")
		}
		pass(instant)
		if granted(t, e, as(service()), token(t)).GrantCached {
			t.Error("the grant outlived what the PDP gave it")
		}
	})
}

// TestARevocationOvertakesALook revokes while the store is asked.
func TestARevocationOvertakesALook(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pdp := permits(9)
		store := &tells{answer: func(context.Context, uri.URI) (map[string]string, error) {
			pass(time.Second)
			return nil, nil
		}}
		e := enforcer(t, describing(pdp, store))
		defer e.Close()
		done := make(chan pep.Permit, 1)
		go func() { done <- granted(t, e, as(service()), token(t)) }()
		pass(500 * time.Millisecond)
		revoke(t, e, pep.Revocation{})
		<-done
		wantCalls(t, pdp, 2) // what the first look led to is of before the revocation
		wantLooks(t, store, 1)
	})
}
