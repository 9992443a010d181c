package pep_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/pep"
)

// other returns a declaration that nothing is granted for yet.
func other(t testing.TB, i int) *pep.Declared {
	t.Helper()
	return declare(t, fmt.Sprintf("openbao+kv2://secret/app/other-%d#k", i), "other")
}

func TestAnOutageHonorsWhatIsLeftOfALiveGrant(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pdp := always(pep.Decision{Permit: true, Obligations: pep.Obligations{TTL: 30 * time.Second, MaxUses: 5}}, nil)
		e := enforcer(t, config(pdp))
		defer e.Close()
		granted(t, e, as(service()), token(t))
		pdp.becomes(unavailable(pep.ReasonUnavailable))
		for range 3 {
			granted(t, e, as(service()), token(t))
		}
		if got := refused[*pep.PDPUnavailableError](t, e, as(service()), password(t)); got.Reason != pep.ReasonUnavailable || got.Accessor != "db.password" {
			t.Errorf("error %+v, want unavailable for db.password", got)
		}
		pass(30*time.Second - instant)
		granted(t, e, as(service()), token(t))
		refused[*pep.PDPUnavailableError](t, e, as(service()), token(t)) // spent
	})
}

func TestAGrantIsNotServedPastItsExpiryInAnOutage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pdp := always(pep.Decision{Permit: true, Obligations: pep.Obligations{TTL: 30 * time.Second, MaxUses: 5}}, nil)
		e := enforcer(t, config(pdp))
		defer e.Close()
		granted(t, e, as(service()), token(t))
		pdp.becomes(unavailable(pep.ReasonUnavailable))
		pass(30 * time.Second)
		refused[*pep.PDPUnavailableError](t, e, as(service()), token(t))
	})
}

func TestTheBreakerOpensAfterFiveFailuresAndAProbeRecovers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log := &hookLog{}
		pdp := unavailable(pep.ReasonUnavailable)
		cfg := config(pdp)
		cfg.Hooks = []pep.Hook{log}
		cfg.Random = func() float64 { return 0.75 } // 5 s and 10 %
		e := enforcer(t, cfg)
		defer e.Close()
		ask := func() pep.Reason { return refused[*pep.PDPUnavailableError](t, e, as(service()), token(t)).Reason }

		for range 5 {
			if got := ask(); got != pep.ReasonUnavailable {
				t.Errorf("reason %q while closed", got)
			}
		}
		if got := ask(); got != pep.ReasonBreakerOpen {
			t.Errorf("reason %q, want %q", got, pep.ReasonBreakerOpen)
		}
		wantCalls(t, pdp, 5)
		pass(5500 * time.Millisecond)
		if got := ask(); got != pep.ReasonBreakerOpen {
			t.Errorf("reason %q before the open interval is over", got)
		}
		pass(instant)
		if got := ask(); got != pep.ReasonUnavailable {
			t.Errorf("reason %q, want the probe's own", got)
		}
		if got := ask(); got != pep.ReasonBreakerOpen {
			t.Errorf("reason %q after a probe that failed", got)
		}
		wantCalls(t, pdp, 6)
		pass(5500*time.Millisecond + instant)
		pdp.becomes(permitsByDefault())
		granted(t, e, as(service()), token(t))
		granted(t, e, as(service()), token(t))
		want := []string{"closed to open", "open to half-open", "half-open to open", "open to half-open", "half-open to closed"}
		if diff := cmp.Diff(want, log.breakers); diff != "" {
			t.Errorf("breaker (-want +got):\n%s", diff)
		}
	})
}

func TestOneProbeAtATime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pdp := unavailable(pep.ReasonUnavailable)
		cfg := config(pdp)
		cfg.Breaker = pep.BreakerLimits{Failures: 1, Open: time.Second}
		cfg.Random = func() float64 { return 0.5 }
		e := enforcer(t, cfg)
		defer e.Close()
		refused[*pep.PDPUnavailableError](t, e, as(service()), token(t))
		pass(time.Second + instant)
		pdp.becomes(slow(permitsByDefault()))
		probe := make(chan pep.Permit, 1)
		go func() { probe <- granted(t, e, as(service()), token(t)) }()
		synctest.Wait()
		if got := refused[*pep.PDPUnavailableError](t, e, as(service()), password(t)).Reason; got != pep.ReasonBreakerOpen {
			t.Errorf("reason %q beside a probe, want %q", got, pep.ReasonBreakerOpen)
		}
		<-probe
		granted(t, e, as(service()), password(t))
	})
}

func TestADecisionBetweenFailuresKeepsTheBreakerClosed(t *testing.T) {
	t.Parallel()
	var n atomic.Int64
	pdp := &fakePDP{answer: func(context.Context, pep.Request) (pep.Decision, error) {
		if n.Add(1)%5 == 0 {
			return pep.Decision{}, nil // a denial is an answer
		}
		return pep.Decision{}, &pep.PDPUnavailableError{Reason: pep.ReasonMalformed}
	}}
	e := enforcer(t, config(pdp))
	for range 20 {
		_, _ = e.Authorize(as(service()), token(t))
	}
	wantCalls(t, pdp, 20)
}

func TestReasonsThatCountAndReasonsThatDoNot(t *testing.T) {
	t.Parallel()
	for reason, opens := range map[pep.Reason]bool{
		pep.ReasonUnavailable: true,
		pep.ReasonTimeout:     true,
		pep.ReasonMalformed:   true,
		pep.ReasonRedirect:    true,
		pep.ReasonBadRequest:  false,
		pep.ReasonPEPAuth:     false,
		pep.ReasonConfig:      false,
		pep.ReasonThrottled:   false,
	} {
		t.Run(string(reason), func(t *testing.T) {
			t.Parallel()
			pdp := unavailable(reason)
			e := enforcer(t, config(pdp))
			var last pep.Reason
			for range 6 {
				last = refused[*pep.PDPUnavailableError](t, e, as(service()), token(t)).Reason
			}
			want := reason
			if opens {
				want = pep.ReasonBreakerOpen
			}
			if last != want {
				t.Errorf("the sixth refusal is %q, want %q", last, want)
			}
		})
	}
}

// TestAProbeCannotWedgeTheBreaker ends the probe in every way there is.
func TestAProbeCannotWedgeTheBreaker(t *testing.T) {
	t.Parallel()
	type answer = func(context.Context, pep.Request) (pep.Decision, error)
	for name, probe := range map[string]struct {
		answer answer
		want   pep.Reason
		open   bool // afterwards
	}{
		"hangs": {func(context.Context, pep.Request) (pep.Decision, error) {
			pass(time.Hour) // whatever its context says
			return pep.Decision{Permit: true}, nil
		}, pep.ReasonTimeout, true},
		"panics": {func(context.Context, pep.Request) (pep.Decision, error) {
			panic("canary-panic")
		}, pep.ReasonUnavailable, true},
		"exits its goroutine": {func(context.Context, pep.Request) (pep.Decision, error) {
			runtime.Goexit()
			return pep.Decision{Permit: true}, nil
		}, pep.ReasonUnavailable, true},
		"is throttled": {func(context.Context, pep.Request) (pep.Decision, error) {
			return pep.Decision{}, &pep.PDPUnavailableError{Reason: pep.ReasonThrottled}
		}, pep.ReasonThrottled, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				pdp := unavailable(pep.ReasonUnavailable)
				cfg := config(pdp)
				cfg.Random = func() float64 { return 0.5 }
				e := enforcer(t, cfg)
				defer e.Close()
				for range 5 {
					refused[*pep.PDPUnavailableError](t, e, as(service()), token(t))
				}
				pass(5*time.Second + instant)
				pdp.becomes(&fakePDP{answer: probe.answer})
				if got := refused[*pep.PDPUnavailableError](t, e, as(service()), token(t)).Reason; got != probe.want {
					t.Errorf("the probe's reason is %q, want %q", got, probe.want)
				}
				pdp.becomes(permitsByDefault())
				if probe.open {
					if got := refused[*pep.PDPUnavailableError](t, e, as(service()), token(t)).Reason; got != pep.ReasonBreakerOpen {
						t.Errorf("reason %q after the probe, want %q", got, pep.ReasonBreakerOpen)
					}
					pass(5*time.Second + instant)
				}
				granted(t, e, as(service()), token(t))
				pass(time.Hour) // what hangs ends with its bubble
			})
		})
	}
}

// TestAnOpenBreakerAnswersAtOnce has every place in the bulkhead taken by calls
// that hang, and the breaker open.
func TestAnOpenBreakerAnswersAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pdp := &fakePDP{answer: func(context.Context, pep.Request) (pep.Decision, error) {
			pass(time.Minute)
			return pep.Decision{Permit: true}, nil
		}}
		cfg := config(pdp)
		cfg.MaxInFlight = 2
		cfg.PDPTimeout = time.Second
		cfg.Breaker.Failures = 2
		e := enforcer(t, cfg)
		defer e.Close()
		for i := range 2 {
			if got := refused[*pep.PDPUnavailableError](t, e, as(service()), other(t, i)).Reason; got != pep.ReasonTimeout {
				t.Errorf("reason %q, want %q", got, pep.ReasonTimeout)
			}
		}
		start := time.Now()
		if got := refused[*pep.PDPUnavailableError](t, e, as(service()), other(t, 9)).Reason; got != pep.ReasonBreakerOpen {
			t.Errorf("reason %q, want %q", got, pep.ReasonBreakerOpen)
		}
		if took := time.Since(start); took != 0 {
			t.Errorf("an open breaker took %v to say so", took)
		}
		pass(10 * time.Second) // half-open: what hangs still holds its places, which bounds it
		if got := refused[*pep.PDPUnavailableError](t, e, as(service()), other(t, 9)).Reason; got != pep.ReasonOverloaded {
			t.Errorf("reason %q, want %q", got, pep.ReasonOverloaded)
		}
		pass(time.Minute)
	})
}

// rereader reads a secret while it is told about the breaker.
type rereader struct {
	read func() error
	err  error
}

func (r *rereader) OnBreaker(string, string) { r.err = r.read() }

func TestABreakerHookMayReadSecrets(t *testing.T) {
	t.Parallel()
	hook := &rereader{}
	cfg := config(unavailable(pep.ReasonUnavailable))
	cfg.Breaker.Failures = 1
	cfg.Hooks = []pep.Hook{hook}
	e := enforcer(t, cfg)
	hook.read = func() error {
		_, err := e.Authorize(as(service()), other(t, 1))
		return err
	}
	refused[*pep.PDPUnavailableError](t, e, as(service()), token(t))
	if got := as1[*pep.PDPUnavailableError](t, pep.Permit{}, hook.err).Reason; got != pep.ReasonBreakerOpen {
		t.Errorf("the hook's own read gives %q, want %q", got, pep.ReasonBreakerOpen)
	}
}

// slowHook recovers the breaker while it is told that it opened.
type slowHook struct {
	log     []string
	recover func()
}

func (h *slowHook) OnBreaker(_, to string) {
	h.log = append(h.log, "begin "+to)
	if to == "open" {
		h.recover()
	}
	h.log = append(h.log, "end "+to)
}

func TestBreakerHooksHearOneChangeAfterTheOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hook := &slowHook{}
		pdp := unavailable(pep.ReasonUnavailable)
		cfg := config(pdp)
		cfg.Breaker.Failures = 1
		cfg.Hooks = []pep.Hook{hook}
		e := enforcer(t, cfg)
		defer e.Close()
		hook.recover = func() {
			pass(10 * time.Second)
			pdp.becomes(permitsByDefault())
			granted(t, e, as(service()), other(t, 1))
		}
		refused[*pep.PDPUnavailableError](t, e, as(service()), token(t))
		want := []string{"begin open", "end open", "begin half-open", "end half-open", "begin closed", "end closed"}
		if diff := cmp.Diff(want, hook.log); diff != "" {
			t.Errorf("hook (-want +got):\n%s", diff)
		}
	})
}

func TestAPDPThatGivesUpAtItsDeadlineTimedOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pdp := &fakePDP{answer: func(ctx context.Context, _ pep.Request) (pep.Decision, error) {
			<-ctx.Done()
			return pep.Decision{Permit: true}, errors.New("canary")
		}}
		cfg := config(pdp)
		cfg.Breaker.Failures = 1000
		cfg.PDPTimeout = 0
		e := enforcer(t, cfg)
		defer e.Close()
		for range 50 { // its answer and the deadline come at once
			start := time.Now()
			if got := refused[*pep.PDPUnavailableError](t, e, as(service()), token(t)).Reason; got != pep.ReasonTimeout {
				t.Fatalf("reason %q, want %q", got, pep.ReasonTimeout)
			}
			if took := time.Since(start); took != 250*time.Millisecond {
				t.Fatalf("took %v, want the default budget", took)
			}
		}
	})
}

func TestSixtyFourCallsAreInFlightAtMost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var now, most atomic.Int64
		pdp := &fakePDP{answer: func(context.Context, pep.Request) (pep.Decision, error) {
			most.Store(max(most.Load(), now.Add(1)))
			pass(100 * time.Millisecond)
			now.Add(-1)
			return pep.Decision{Permit: true}, nil
		}}
		e := enforcer(t, config(pdp))
		defer e.Close()
		var wg sync.WaitGroup
		for i := range 100 {
			wg.Go(func() { granted(t, e, as(service()), other(t, i)) })
		}
		wg.Wait()
		if most.Load() > 64 {
			t.Errorf("%d calls side by side", most.Load())
		}
	})
}

func TestADecisionWithoutAnIDIsGivenOne(t *testing.T) {
	t.Parallel()
	pdp := permitsApp(1)
	plain := pdp.answer
	pdp.answer = func(reqs []pep.Request) ([]pep.Decision, error) {
		decs, err := plain(reqs)
		for i := range decs {
			decs[i].ID = ""
		}
		return decs, err
	}
	batch := enforcer(t, config(pdp)).AuthorizeAll(as(service()), []*pep.Declared{token(t), password(t)})
	single := granted(t, enforcer(t, config(always(pep.Decision{Permit: true}, nil))), as(service()), token(t))
	ids := map[string]bool{batch[0].Permit.DecisionID: true, batch[1].Permit.DecisionID: true, single.DecisionID: true}
	if len(ids) != 3 || ids[""] {
		t.Errorf("decision ids %v, want three of their own", ids)
	}
}

func TestErrorsOfAPDPAreReducedToAReason(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		err  error
		want pep.Reason
	}{
		"an error of another kind": {errors.New("canary-address"), pep.ReasonUnavailable},
		"one that wraps a reason":  {fmt.Errorf("canary: %w", &pep.PDPUnavailableError{Reason: pep.ReasonConfig}), pep.ReasonConfig},
		"a deadline of its own":    {fmt.Errorf("canary: %w", context.DeadlineExceeded), pep.ReasonTimeout},
		"a reason that is none":    {&pep.PDPUnavailableError{Reason: "canary"}, pep.ReasonUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := enforcer(t, config(always(pep.Decision{Permit: true}, tt.err)))
			want := &pep.PDPUnavailableError{Accessor: "api.token", Reason: tt.want}
			got := refused[*pep.PDPUnavailableError](t, e, as(service()), token(t))
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}
