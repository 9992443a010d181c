package pep_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/secretsgen/secretsgen/runtime/pep"
)

// TestAGrantOfKUsesGivesExactlyK lets 64 goroutines spend under every grant the
// PDP gives and counts what each was good for.
func TestAGrantOfKUsesGivesExactlyK(t *testing.T) {
	t.Parallel()
	for _, k := range []int{1, 2, 7, 100} {
		t.Run(fmt.Sprintf("k=%d", k), func(t *testing.T) {
			t.Parallel()
			const goroutines, each = 64, 50
			pdp := permits(k)
			pdp.answer = numbered(k)
			e := enforcer(t, config(pdp))
			var mu sync.Mutex
			uses, decided := map[string]int{}, 0
			var wg sync.WaitGroup
			for range goroutines {
				wg.Go(func() {
					for range each {
						p, err := e.Authorize(as(service()), token(t))
						if err != nil {
							t.Error(err)
							return
						}
						mu.Lock()
						uses[p.GrantID]++
						if p.Decided {
							decided++
						}
						mu.Unlock()
					}
				})
			}
			wg.Wait()
			partly := 0
			for id, n := range uses {
				if n > k {
					t.Errorf("grant %s of %d uses gave %d", id, k, n)
				}
				if n < k {
					partly += k - n
				}
			}
			if got, want := pdp.calls()*k, goroutines*each+partly; got != want {
				t.Errorf("the PDP gave %d uses, %d were spent or are left", got, want)
			}
			if decided != len(uses) || decided != pdp.calls() {
				t.Errorf("%d calls say they are the one to record a decision, of %d decisions", decided, pdp.calls())
			}
			drain(t, e, pdp, partly)
		})
	}
}

// drain spends what is left and wants it to be exactly that.
func drain(t *testing.T, e *pep.Enforcer, pdp *fakePDP, left int) {
	t.Helper()
	before := pdp.calls()
	for range left {
		granted(t, e, as(service()), token(t))
	}
	wantCalls(t, pdp, before)
	granted(t, e, as(service()), token(t))
	wantCalls(t, pdp, before+1)
}

// numbered permits k uses under decisions with ids of their own.
func numbered(k int) func(context.Context, pep.Request) (pep.Decision, error) {
	var n atomic.Int64
	return func(context.Context, pep.Request) (pep.Decision, error) {
		return pep.Decision{
			Permit: true, ID: fmt.Sprintf("d-%d", n.Add(1)), Obligations: pep.Obligations{MaxUses: k},
		}, nil
	}
}

// slow answers after a tenth of a second of a bubble's clock.
func slow(pdp *fakePDP) *fakePDP {
	answer := pdp.answer
	pdp.answer = func(ctx context.Context, req pep.Request) (pep.Decision, error) {
		pass(100 * time.Millisecond)
		return answer(ctx, req)
	}
	return pdp
}

func TestWaitersLeftOverAskSideBySide(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ waiters, uses, calls int }{
		"one use each":               {20, 1, 20},
		"uses for a part of them":    {20, 6, 4},
		"uses for all but one":       {20, 19, 2},
		"uses for exactly all":       {20, 20, 1},
		"more uses than anyone asks": {20, 21, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				pdp := slow(&fakePDP{answer: numbered(tt.uses)})
				e := enforcer(t, config(pdp))
				start := time.Now()
				var wg sync.WaitGroup
				for range tt.waiters {
					wg.Go(func() { granted(t, e, as(service()), token(t)) })
				}
				wg.Wait()
				wantCalls(t, pdp, tt.calls)
				if took := time.Since(start); took > 200*time.Millisecond {
					t.Errorf("took %v, want two rounds of 100ms at most", took)
				}
				e.Close()
			})
		})
	}
}

func TestTheBulkheadShedsWhatCannotBeAskedInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pdp := slow(permitsByDefault())
		cfg := config(pdp)
		cfg.MaxInFlight = 2
		cfg.PDPTimeout = 0 // the default: 250 ms
		e := enforcer(t, cfg)
		var wg sync.WaitGroup
		var served, shed atomic.Int64
		for i := range 20 {
			d := declare(t, fmt.Sprintf("openbao+kv2://secret/app/s%d#k", i), "")
			wg.Go(func() {
				_, err := e.Authorize(as(service()), d)
				if err == nil {
					served.Add(1)
					return
				}
				if as1[*pep.PDPUnavailableError](t, pep.Permit{}, err).Reason == pep.ReasonOverloaded {
					shed.Add(1)
				}
			})
		}
		wg.Wait()
		// Two at a time, each 100 ms, and 250 ms of patience: three rounds.
		if served.Load() != 6 || shed.Load() != 14 {
			t.Errorf("served %d and shed %d, want 6 and 14", served.Load(), shed.Load())
		}
		e.Close()
	})
}

func TestCancelingTheLeaderFailsNoOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pdp := slow(permits(3))
		e := enforcer(t, config(pdp))
		ctx, cancel := context.WithCancel(as(service()))
		leader := make(chan error, 1)
		go func() {
			_, err := e.Authorize(ctx, token(t))
			leader <- err
		}()
		synctest.Wait()
		var wg sync.WaitGroup
		var decided atomic.Int64
		for range 3 {
			wg.Go(func() {
				if granted(t, e, as(service()), token(t)).Decided {
					decided.Add(1)
				}
			})
		}
		synctest.Wait()
		cancel()
		synctest.Wait()
		if err := <-leader; !errors.Is(err, context.Canceled) {
			t.Errorf("the leader got %v, want its own cancellation", err)
		}
		wg.Wait()
		wantCalls(t, pdp, 1) // three uses for three waiters: the leader's went to them
		if got := decided.Load(); got != 1 {
			t.Errorf("%d callers record the decision, want one in the leader's place", got)
		}
		e.Close()
	})
}

func TestALeaderIsServedBeforeItsWaiters(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pdp := slow(&fakePDP{answer: numbered(1)})
		e := enforcer(t, config(pdp))
		leader := make(chan pep.Permit, 1)
		go func() { leader <- granted(t, e, as(service()), token(t)) }()
		synctest.Wait()
		var wg sync.WaitGroup
		for range 5 {
			wg.Go(func() { granted(t, e, as(service()), token(t)) })
		}
		wg.Wait()
		if p := <-leader; p.DecisionID != "d-1" || !p.Decided || p.GrantCached {
			t.Errorf("the leader got %+v, want the first decision", p)
		}
		e.Close()
	})
}

func TestACanceledWaiterGivesItsUseBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pdp := slow(permits(2))
		e := enforcer(t, config(pdp))
		ctx, cancel := context.WithCancel(as(service()))
		for range 2 {
			go func() { _, _ = e.Authorize(ctx, token(t)) }()
		}
		synctest.Wait()
		cancel()
		synctest.Wait()
		pass(time.Second) // the answer comes to nobody, and is kept
		for range 2 {
			if p := granted(t, e, as(service()), token(t)); !p.GrantCached {
				t.Error("a use of a canceled waiter was lost")
			}
		}
		wantCalls(t, pdp, 1)
		e.Close()
	})
}

// TestUsesOfCallersCanceledAtAnyMomentAreNotLost cancels callers around the
// moment that their use is dealt.
func TestUsesOfCallersCanceledAtAnyMomentAreNotLost(t *testing.T) {
	t.Parallel()
	const rounds, callers = 200, 4
	for range rounds {
		release := make(chan struct{})
		pdp := &fakePDP{}
		pdp.answer = func(context.Context, pep.Request) (pep.Decision, error) {
			<-release
			return pep.Decision{Permit: true, Obligations: pep.Obligations{MaxUses: callers}}, nil
		}
		e := enforcer(t, config(pdp))
		ctx, cancel := context.WithCancel(as(service()))
		var wg sync.WaitGroup
		var served atomic.Int64
		for range callers {
			wg.Go(func() {
				if _, err := e.Authorize(ctx, token(t)); err == nil {
					served.Add(1)
				}
			})
		}
		wg.Go(func() { close(release) })
		wg.Go(cancel)
		wg.Wait()
		for pdp.calls() == 1 && served.Load() < callers {
			granted(t, e, as(service()), token(t))
			served.Add(1)
		}
		if pdp.calls() > 1 {
			t.Fatalf("only %d of %d uses were to be had", served.Load(), callers)
		}
		e.Close()
	}
}

func TestACallerThatIsGoneSpendsNothing(t *testing.T) {
	t.Parallel()
	pdp := permits(2)
	e := enforcer(t, config(pdp))
	granted(t, e, as(service()), token(t))
	ctx, cancel := context.WithCancel(as(service()))
	cancel()
	if _, err := e.Authorize(ctx, token(t)); !errors.Is(err, context.Canceled) {
		t.Errorf("Authorize: %v, want context.Canceled", err)
	}
	granted(t, e, as(service()), token(t))
	wantCalls(t, pdp, 1)
}

// TestALateAnswerOfAnOlderFlightOverwritesNoDenial has one flight answered with
// a denial while an older one is still asking.
func TestALateAnswerOfAnOlderFlightOverwritesNoDenial(t *testing.T) {
	t.Parallel()
	for name, negativeTTL := range map[string]time.Duration{"that is remembered": time.Second, "where none is": 0} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var asked atomic.Int64
				pdp := &fakePDP{answer: func(context.Context, pep.Request) (pep.Decision, error) {
					switch asked.Add(1) {
					case 1: // serves one of three, so that two ask again side by side
						pass(10 * time.Millisecond)
						return pep.Decision{Permit: true}, nil
					case 2:
						pass(200 * time.Millisecond)
						return pep.Decision{Permit: true, Obligations: pep.Obligations{MaxUses: 9}}, nil
					}
					return pep.Decision{}, nil
				}}
				cfg := config(pdp)
				cfg.Limits.NegativeTTL = negativeTTL
				cfg.PDPTimeout = time.Second
				e := enforcer(t, cfg)
				defer e.Close()
				var wg sync.WaitGroup
				var served, denied atomic.Int64
				for range 3 {
					wg.Go(func() {
						if _, err := e.Authorize(as(service()), token(t)); err == nil {
							served.Add(1)
						} else if errors.Is(err, pep.ErrDenied) {
							denied.Add(1)
						}
					})
				}
				wg.Wait()
				if served.Load() != 2 || denied.Load() != 1 {
					t.Fatalf("served %d and denied %d, want 2 and 1", served.Load(), denied.Load())
				}
				pass(2 * time.Second) // the denial is forgotten; had the late grant been kept, it would serve
				if refused[*pep.AuthzDeniedError](t, e, as(service()), token(t)).Cached {
					t.Error("the denial is remembered for too long")
				}
				pass(1500 * time.Millisecond)
				pdp.becomes(permits(9))
				granted(t, e, as(service()), token(t))
				if !granted(t, e, as(service()), token(t)).GrantCached {
					t.Error("an answer to a newer question is not kept")
				}
			})
		})
	}
}

// lateStore does not see a grant once, as if it came right after somebody looked.
type lateStore struct {
	pep.GrantStore
	blind atomic.Bool
}

func (s *lateStore) Live(ctx context.Context, a pep.Attempt) (pep.Grant, bool, error) {
	if s.blind.CompareAndSwap(true, false) {
		return pep.Grant{}, false, nil
	}
	return s.GrantStore.Live(ctx, a)
}

func TestAPreflightThatFindsAGrantLateMakesNoUsesOfIt(t *testing.T) {
	t.Parallel()
	for _, k := range []int{2, 3, 7} {
		pdp, store := permits(k), &lateStore{GrantStore: pep.NewGrantStore(100)}
		cfg := config(pdp)
		cfg.Grants = store
		e := enforcer(t, cfg)
		granted(t, e, as(service()), token(t))
		store.blind.Store(true)
		if err := e.Preflight(as(service()), []*pep.Declared{token(t)})[0].Err; err != nil {
			t.Errorf("k=%d: %v", k, err)
		}
		if store.blind.Load() {
			t.Fatal("the preflight did not look: this test shows nothing")
		}
		for range k - 1 {
			granted(t, e, as(service()), token(t))
		}
		wantCalls(t, pdp, 1)
		granted(t, e, as(service()), token(t))
		wantCalls(t, pdp, 2)
	}
}
