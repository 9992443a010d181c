package exchange

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestSoManyRequestsGoSideBySide(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		under, most := 0, 0
		s, over := open(t, Config{InFlight: 3}, func(int, *http.Request) result {
			mu.Lock()
			under++
			most = max(most, under)
			mu.Unlock()
			<-time.After(time.Second)
			mu.Lock()
			under--
			mu.Unlock()
			return status(200)
		})
		begun := time.Now()
		var all sync.WaitGroup
		for range 9 {
			all.Go(func() {
				if got := do(t.Context(), s, read); got != "200" {
					t.Errorf("the outcome is %s", got)
				}
			})
		}
		all.Wait()
		if most != 3 || over.requests() != 9 || time.Since(begun) != 3*time.Second {
			t.Errorf("%d at once, %d in all, within %v", most, over.requests(), time.Since(begun))
		}
	})
}

func TestWaitingForAPlaceEnds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		caller time.Duration
		want   string
		took   time.Duration
	}{
		"with the time of a request":  {time.Hour, "unavailable, retryable", 10 * time.Second},
		"with the caller's own":       {time.Second, "context deadline exceeded", time.Second},
		"at once where it has passed": {-time.Second, "context deadline exceeded", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, over := open(t, Config{InFlight: 1, Timeout: 10 * time.Second, Retries: 5}, func(_ int, req *http.Request) result { return hangs(req) })
				s.places <- struct{}{} // a request that does not come back
				ctx, cancel := context.WithTimeout(t.Context(), c.caller)
				defer cancel()
				begun := time.Now()
				if got := do(ctx, s, read); got != c.want || time.Since(begun) != c.took || over.requests() != 0 {
					t.Errorf("%s after %v and %d requests", got, time.Since(begun), over.requests())
				}
			})
		})
	}
}

// Those that wait do not hold up what an open breaker says at once.
func TestAnOpenBreakerIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, _ := open(t, Config{InFlight: 1}, always(500))
		for range breakerFailures {
			do(t.Context(), s, read)
		}
		s.places <- struct{}{}
		begun := time.Now()
		if got := do(t.Context(), s, read); got != "unavailable, retryable" || time.Since(begun) != 0 {
			t.Errorf("%s after %v", got, time.Since(begun))
		}
	})
}

// Nobody holds a place while it waits to ask again.
func TestAPauseTakesNoPlace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, _ := open(t, Config{InFlight: 1, Retries: 1}, func(n int, _ *http.Request) result {
			if n == 0 {
				return status(429, "Retry-After", "5")
			}
			return status(200)
		})
		var all sync.WaitGroup
		all.Go(func() { do(t.Context(), s, read) })
		<-time.After(time.Second)
		begun := time.Now()
		if got := do(t.Context(), s, read); got != "200" || time.Since(begun) != 0 {
			t.Errorf("%s after %v", got, time.Since(begun))
		}
		all.Wait()
	})
}
