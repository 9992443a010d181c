package kv

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/secretsgen/secretsgen/e2e/internal/kvserver"
)

// limited is a server whose shelf may be read once in an interval.
func limited(t *testing.T, interval string) (kvserver.Admin, shelf) {
	t.Helper()
	a := own(t, kvserver.Options{})
	s := stock(a)
	// Without this the server says no Retry-After.
	a.Must(http.MethodPost, "sys/quotas/config", map[string]any{"enable_rate_limit_response_headers": true})
	a.Must(http.MethodPost, "sys/quotas/rate-limit/e2e", map[string]any{"path": s.mount, "rate": 1, "interval": interval})
	return a, s
}

func TestAQuotaThatIsUsedUpIsThrottled(t *testing.T) {
	t.Parallel()
	everyScheme(t, func(t *testing.T, scheme string) {
		a, s := limited(t, "1h")
		p := open(t, scheme, at(a.Server, s.token).with(vars{"MAX_RETRIES": "0"}))
		p.gets(s.mount, "app/api", s.latest())
		for range 20 { // a breaker would open, were this an outage
			p.fails(s.mount, "app/api", "throttled, retryable")
		}
		// The quota is the server's for this host, so another client has it too.
		start := time.Now()
		open(t, scheme, at(a.Server, s.token)).fails(s.mount, "app/api", "throttled, retryable")
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("an hour of Retry-After was told after %v", took)
		}
	})
}

// Vault rounds its Retry-After down to whole seconds. One repetition is enough all
// the same, since a second is added.
func TestAReadWaitsForItsShareOfAQuota(t *testing.T) {
	t.Parallel()
	everyScheme(t, func(t *testing.T, scheme string) {
		a, s := limited(t, "2s")
		p := open(t, scheme, at(a.Server, s.token).with(vars{"MAX_RETRIES": "1"}))
		start := time.Now()
		for range 3 {
			p.gets(s.mount, "app/api", s.latest())
		}
		if took := time.Since(start); took < 2*time.Second {
			t.Errorf("3 reads at one in 2s took %v", took)
		}
	})
}

func TestReadsSideBySideShareAQuota(t *testing.T) {
	t.Parallel()
	a, s := limited(t, "1s")
	p := open(t, "openbao+kv2", at(a.Server, s.token).with(vars{"MAX_RETRIES": "10"}))
	var wait sync.WaitGroup
	for range 3 {
		wait.Go(func() { p.gets(s.mount, "app/api", s.latest()) })
	}
	wait.Wait()
}
