package exchange

import (
	"context"
	"errors"
	"net/http"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/providers"
)

// notices keeps what a breaker tells.
type notices struct {
	mu  sync.Mutex
	all []providers.Notice
}

func (n *notices) take(notice providers.Notice) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.all = append(n.all, notice)
}

func TestTheBreakerOpensProbesAndCloses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var told notices
		well := false
		s, over := open(t, Config{Notify: told.take}, func(_ int, req *http.Request) result {
			if well {
				return status(200)
			}
			return refused(req)
		})
		ask := func(want string, requests int) {
			t.Helper()
			if got := do(t.Context(), s, read); got != want || over.requests() != requests {
				t.Fatalf("%s and not %s, after %d requests and not %d", got, want, over.requests(), requests)
			}
		}
		const down = "unavailable, retryable"
		for n := range breakerFailures {
			ask(down, n+1)
		}
		begun := time.Now()
		ask(down, breakerFailures)
		if time.Since(begun) != 0 {
			t.Error("an open breaker takes time")
		}
		<-time.After(breakerOpen) // to the very end of it
		ask(down, breakerFailures)
		<-time.After(time.Millisecond)
		ask(down, breakerFailures+1) // the probe, which fails
		ask(down, breakerFailures+1)
		<-time.After(breakerOpen + time.Millisecond)
		well = true
		ask("200", breakerFailures+2)
		ask("200", breakerFailures+3)
		want := []providers.Notice{
			providers.BreakerOpened, providers.BreakerProbing, providers.BreakerOpened, providers.BreakerProbing, providers.BreakerClosed,
		}
		if diff := cmp.Diff(want, told.all); diff != "" {
			t.Errorf("notices (-want +got):\n%s", diff)
		}
	})
}

// Five outcomes of one kind in a row, and whether the sixth request goes out.
func TestWhatOpensTheBreaker(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		step func(int, *http.Request) result
		open bool
	}{
		"500":           {always(500), true},
		"503":           {always(503), true},
		"no connection": {func(_ int, req *http.Request) result { return refused(req) }, true},
		"no answer":     {func(_ int, req *http.Request) result { return hangs(req) }, true},
		"200":           {always(200), false},
		"404":           {always(404), false},
		"400":           {always(400), false},
		"403":           {always(403), false},
		"412":           {always(412), false},
		"429":           {always(429), false},
		"473":           {always(473), false},
		"307":           {always(307), false},
		"an answer past the cap": {func(int, *http.Request) result {
			return result{err: &http.MaxBytesError{Limit: 1}}
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, over := open(t, Config{}, c.step)
				for range breakerFailures + 1 {
					do(t.Context(), s, read)
				}
				if opened := over.requests() == breakerFailures; opened != c.open {
					t.Errorf("%d requests went out", over.requests())
				}
			})
		})
	}
}

func TestFailuresThatAreNotInARowDoNotOpenTheBreaker(t *testing.T) {
	t.Parallel()
	for code, well := range map[int]bool{200: true, 404: true, 403: false, 429: false} {
		synctest.Test(t, func(t *testing.T) {
			s, over := open(t, Config{}, func(n int, _ *http.Request) result {
				if n%breakerFailures == breakerFailures-1 {
					return status(code)
				}
				return status(500)
			})
			for range 10 * breakerFailures {
				do(t.Context(), s, read)
			}
			if all := over.requests() == 10*breakerFailures; all != well {
				t.Errorf("%d: %d requests went out", code, over.requests())
			}
		})
	}
}

// A caller may end its context with any cause, so that no error's type tells.
func TestCallersThatLeaveDoNotOpenTheBreaker(t *testing.T) {
	t.Parallel()
	for name, leave := range map[string]func(context.Context) (context.Context, context.CancelFunc){
		"a cancellation": func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancelCause(ctx)
			time.AfterFunc(time.Second, func() { cancel(errors.New("a cause of its own")) })
			return ctx, func() { cancel(nil) }
		},
		"a deadline": func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, time.Second)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, over := open(t, Config{}, func(_ int, req *http.Request) result { return hangs(req) })
				for range 3 * breakerFailures {
					ctx, cancel := leave(t.Context())
					do(ctx, s, read)
					cancel()
				}
				if over.requests() != 3*breakerFailures {
					t.Errorf("%d requests went out", over.requests())
				}
			})
		})
	}
}

func TestOneProbeAtATimeAndNoneForEver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, over := open(t, Config{}, func(n int, req *http.Request) result {
			if n < breakerFailures {
				return status(500)
			}
			return hangs(req)
		})
		for range breakerFailures {
			do(t.Context(), s, read)
		}
		<-time.After(breakerOpen + time.Millisecond)
		begun := time.Now()
		var all sync.WaitGroup
		for range 100 {
			all.Go(func() { do(t.Context(), s, read) })
		}
		all.Wait()
		if n := over.requests() - breakerFailures; n != 1 || time.Since(begun) != probeTimeout {
			t.Errorf("%d probes, for %v", n, time.Since(begun))
		}
	})
}

// A probe that ends without a word gives its place back.
func TestAProbeThatIsAbandonedGivesItsPlaceBack(t *testing.T) {
	t.Parallel()
	for name, abandon := range map[string]func(context.CancelFunc){
		"its caller leaves":      func(cancel context.CancelFunc) { cancel() },
		"its goroutine panics":   func(context.CancelFunc) { panic(canary) },
		"its goroutine is ended": func(context.CancelFunc) { runtime.Goexit() },
		"the server refuses it":  nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				s, _ := open(t, Config{InFlight: 1}, func(n int, req *http.Request) result {
					switch {
					case n < breakerFailures:
						return status(500)
					case n > breakerFailures:
						return status(200)
					case abandon == nil:
						return status(403)
					}
					abandon(cancel)
					return hangs(req)
				})
				for range breakerFailures {
					do(t.Context(), s, read)
				}
				<-time.After(breakerOpen + time.Millisecond)
				var probe sync.WaitGroup
				probe.Go(func() {
					defer func() { _ = recover() }()
					do(ctx, s, read)
				})
				probe.Wait()
				if got := do(t.Context(), s, read); got != "200" {
					t.Errorf("the next request: %s", got)
				}
			})
		})
	}
}

func TestABreakerThatOpensEndsTheRepetitions(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, over := open(t, Config{Retries: 10}, always(503))
		begun := time.Now()
		got := do(t.Context(), s, read)
		if took := time.Since(begun); got != "503" || over.requests() != breakerFailures || took != 1500*time.Millisecond { // 4 pauses
			t.Errorf("%s after %d requests and %v", got, over.requests(), took)
		}
	})
}

func TestTheOpenTimeIsSpread(t *testing.T) {
	t.Parallel()
	for random, want := range map[float64]time.Duration{0: 4 * time.Second, 0.5: 5 * time.Second, 0.75: 5500 * time.Millisecond} {
		synctest.Test(t, func(t *testing.T) {
			b := newBreaker(func() float64 { return random }, nil)
			for range breakerFailures {
				b.ask(func(bool) error { return errFailed })
			}
			<-time.After(want)
			if !b.isOpen() {
				t.Errorf("%v: it is not open any more", random)
			}
			<-time.After(time.Nanosecond)
			if b.isOpen() {
				t.Errorf("%v: it is still open", random)
			}
		})
	}
}

// A listener is the program's own, as its log is, and may be at fault. The place of
// the probe is not lost with it, nor the place among the requests in flight.
func TestAListenerThatPanicsLeavesTheBreakerWorking(t *testing.T) {
	t.Parallel()
	for _, notice := range []providers.Notice{providers.BreakerOpened, providers.BreakerProbing, providers.BreakerClosed} {
		t.Run(string(notice), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, _ := open(t, Config{InFlight: 1, Notify: func(n providers.Notice) {
					if n == notice {
						panic(canary)
					}
				}}, func(n int, _ *http.Request) result {
					if n < breakerFailures {
						return status(500)
					}
					return status(200)
				})
				ask := func() string {
					defer func() { _ = recover() }()
					return do(t.Context(), s, read)
				}
				for range breakerFailures {
					ask()
				}
				<-time.After(breakerOpen + time.Millisecond)
				ask()
				ask()
				if got := ask(); got != "200" || len(s.places) > 0 {
					t.Errorf("%q, and %d places are taken", got, len(s.places))
				}
			})
		})
	}
}

// Whoever listens may read a secret of the same server.
func TestANoticeMayAskTheServer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var s *Server
		var told notices
		s, _ = open(t, Config{Notify: func(n providers.Notice) {
			told.take(n)
			do(t.Context(), s, read)
		}}, always(500))
		for range breakerFailures {
			do(t.Context(), s, read)
		}
		if diff := cmp.Diff([]providers.Notice{providers.BreakerOpened}, told.all); diff != "" {
			t.Errorf("notices (-want +got):\n%s", diff)
		}
	})
}
