package kv

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"
)

// aFew answers so many requests with a status, and lets all others through.
func aFew(n int32, status int, header ...string) func(http.ResponseWriter, *http.Request) bool {
	var left atomic.Int32
	left.Store(n)
	return func(w http.ResponseWriter, _ *http.Request) bool {
		if left.Add(-1) < 0 {
			return false
		}
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = fmt.Fprint(w, `{"errors":["canary-standby"]}`)
		return true
	}
}

// standbys are the statuses of nodes that don't serve, and what a read comes to
// if nobody asks again.
var standbys = map[int]string{ //nolint:gochecknoglobals // a table
	http.StatusTooManyRequests:    "throttled, retryable",
	http.StatusPreconditionFailed: "unavailable, retryable",
	472:                           "unavailable, retryable",
	473:                           "unavailable, retryable",
	http.StatusBadGateway:         "unavailable, retryable",
	http.StatusServiceUnavailable: "unavailable, retryable",
}

func TestANodeThatDoesNotServeIsAskedAgain(t *testing.T) {
	t.Parallel()
	s := stock(operator(t))
	everyScheme(t, func(t *testing.T, scheme string) {
		for status, want := range standbys {
			t.Run(fmt.Sprint(status), func(t *testing.T) {
				t.Parallel()
				f := before(t, shared)
				base := vars{"URL": f.address, "TOKEN": s.token}
				f.answers(aFew(1, status))
				open(t, scheme, base.with(vars{"MAX_RETRIES": "0"})).fails(s.mount, "app/api", want)
				f.requests()
				f.answers(aFew(2, status))
				open(t, scheme, base).gets(s.mount, "app/api", s.latest())
				if n := len(f.requests()); n != 3 {
					t.Errorf("%d requests, want 3", n)
				}
				f.answers(aFew(3, status))
				open(t, scheme, base).fails(s.mount, "app/api", want)
			})
		}
	})
}

func TestAWishToBeLeftAloneIsHeeded(t *testing.T) {
	t.Parallel()
	s := stock(operator(t))
	everyScheme(t, func(t *testing.T, scheme string) {
		f := before(t, shared)
		p := open(t, scheme, vars{"URL": f.address, "TOKEN": s.token})
		f.answers(aFew(1, http.StatusTooManyRequests, "Retry-After", "1"))
		start := time.Now()
		p.gets(s.mount, "app/api", s.latest())
		if took := time.Since(start); took < time.Second {
			t.Errorf("asked again after %v", took)
		}
		// Longer than anybody waits for a secret: the caller is told at once.
		f.answers(aFew(1, http.StatusTooManyRequests, "Retry-After", "3600"))
		start = time.Now()
		p.fails(s.mount, "app/api", "throttled, retryable")
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("the caller was told after %v", took)
		}
	})
}

// A standby of a cluster sends its clients to the active node.
func TestAStandbyLeadsToListedNodesAlone(t *testing.T) {
	t.Parallel()
	s := stock(operator(t))
	everyScheme(t, func(t *testing.T, scheme string) {
		f, active := before(t, shared), before(t, shared)
		f.answers(func(w http.ResponseWriter, r *http.Request) bool {
			http.Redirect(w, r, active.address+r.URL.RequestURI(), http.StatusTemporaryRedirect)
			return true
		})
		base := vars{"URL": f.address, "TOKEN": s.token}
		open(t, scheme, base).fails(s.mount, "app/api", "misconfigured")
		if seen := active.requests(); len(seen) > 0 {
			t.Errorf("a node that is not listed got %v", seen)
		}
		p := open(t, scheme, base.with(vars{"REDIRECT_ADDRS": active.address}))
		p.gets(s.mount, "app/api", s.latest())
		if _, got := p.read(t.Context(), s.mount, "app/api", 1); got != "deleted 1" {
			t.Errorf("by way of a standby a deleted version is %s", got)
		}
		if seen := active.requests(); len(seen) != 2 {
			t.Errorf("the active node got %v, want 2 requests", seen)
		}
		login := open(t, scheme, appRole(t, operator(t), role{"token_policies": []string{operator(t).Policy(s.mount)}}).
			with(vars{"URL": f.address, "REDIRECT_ADDRS": active.address}))
		login.gets(s.mount, "app/api", s.latest())
	})
}
