package kv

import (
	"context"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/secretsgen/secretsgen/e2e/internal/toxic"
	"github.com/secretsgen/secretsgen/runtime/providers"
)

const (
	// budget is what the provider leaves the server in these tests: VAULT_TIMEOUT.
	budget = 500 * time.Millisecond
	// hurry is the longest that a read may take that must not hang, on a machine
	// with other work.
	hurry = 5 * time.Second

	breakerFailures = 5 // in a row open it
)

// hostPort is the end of the way to a server.
func hostPort(address string) string {
	_, after, _ := strings.Cut(address, "://")
	return after
}

// quickly wants a read not to hang, and to have an outcome.
func (s *store) quickly(mount, path, want string) {
	s.t.Helper()
	start := time.Now()
	s.fails(mount, path, want)
	if took := time.Since(start); took > hurry {
		s.t.Errorf("%s took %v", want, took)
	}
}

func TestAWayThatIsBrokenIsUnavailableUntilItIsMended(t *testing.T) {
	t.Parallel()
	a := operator(t)
	s := stock(a)
	everyScheme(t, func(t *testing.T, scheme string) {
		for name, wrong := range map[string]toxic.Toxic{
			"slower than the budget":         toxic.Latency(2 * budget),
			"a black hole":                   toxic.BlackHole(),
			"hung up before the answer":      toxic.HangUp(50 * time.Millisecond),
			"reset":                          toxic.Reset(),
			"cut in the head of the answer":  toxic.Cut(40),
			"cut in the body of the answer":  toxic.Cut(400),
			"cut a byte before the very end": toxic.Cut(answerSize(t, s) - 1),
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				way := toxic.To(t, hostPort(shared.Address))
				p := open(t, scheme, vars{"URL": "http://" + way.Address, "TOKEN": s.token, "TIMEOUT": budget.String(), "MAX_RETRIES": "0"})
				a := operator(t)
				p.recovers(a, s.mount, "app/api", s.latest()) // a busy machine may be slow at first
				way.Go(wrong)
				for range breakerFailures {
					p.quickly(s.mount, "app/api", "unavailable, retryable")
				}
				// Nobody waits for a server that is known to be gone.
				a.Await("the breaker", func() bool {
					start := time.Now()
					p.fails(s.mount, "app/api", "unavailable, retryable")
					return time.Since(start) < budget/5 && p.count(providers.BreakerOpened) > 0
				})
				way.Heal()
				p.recovers(a, s.mount, "app/api", s.latest())
				told := p.told()
				if last := len(told) - 1; last < 2 || told[last] != providers.BreakerClosed || told[last-1] != providers.BreakerProbing {
					t.Errorf("the notices are %v, want a breaker that opened, probed and closed", told)
				}
			})
		}
	})
}

// answerSize is how many bytes a server sends for one read.
func answerSize(t *testing.T, s shelf) int {
	t.Helper()
	connection, err := net.Dial("tcp", hostPort(shared.Address))
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	request := "GET /v1/" + s.mount + "/data/app/api HTTP/1.1\r\nHost: e2e\r\nX-Vault-Token: " + s.token + "\r\nX-Vault-Request: true\r\nConnection: close\r\n\r\n"
	if _, err := connection.Write([]byte(request)); err != nil {
		t.Fatal(err)
	}
	size, buffer := 0, make([]byte, 4096)
	for {
		n, err := connection.Read(buffer)
		size += n
		if err != nil {
			return size - len("Connection: close\r\n")
		}
	}
}

func TestASlowWayWithinTheBudgetServes(t *testing.T) {
	t.Parallel()
	s := stock(operator(t))
	everyScheme(t, func(t *testing.T, scheme string) {
		for name, wrong := range map[string]toxic.Toxic{
			"latency": toxic.Latency(300 * time.Millisecond),
			"crumbs":  toxic.Crumbs(),
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				way := toxic.To(t, hostPort(shared.Address))
				way.Go(wrong)
				p := open(t, scheme, vars{"URL": "http://" + way.Address, "TOKEN": s.token})
				for range 2 {
					p.gets(s.mount, "app/api", s.latest())
				}
				if told := p.told(); len(told) > 0 {
					t.Errorf("the notices are %v", told)
				}
			})
		}
	})
}

// A caller that has no more time is told so at once, and its leaving says nothing
// about the server.
func TestACallerThatLeavesIsNotAnOutage(t *testing.T) {
	t.Parallel()
	s := stock(operator(t))
	everyScheme(t, func(t *testing.T, scheme string) {
		way := toxic.To(t, hostPort(shared.Address))
		p := open(t, scheme, vars{"URL": "http://" + way.Address, "TOKEN": s.token})
		way.Go(toxic.BlackHole())
		for range 2 * breakerFailures {
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
			if _, got := p.read(ctx, s.mount, "app/api", 0); got != context.DeadlineExceeded.Error() {
				t.Errorf("the outcome is %s", got)
			}
			cancel()
		}
		way.Heal()
		p.recovers(operator(t), s.mount, "app/api", s.latest())
		if slices.Contains(p.told(), providers.BreakerOpened) {
			t.Error("callers that left have opened the breaker")
		}
	})
}

// While a way is broken, a login fails like a read, and no login is tried for
// each of the reads that wait for one.
func TestALoginOverABrokenWay(t *testing.T) {
	t.Parallel()
	s := stock(operator(t))
	everyScheme(t, func(t *testing.T, scheme string) {
		a := operator(t)
		way := toxic.To(t, hostPort(shared.Address))
		v := appRole(t, a, role{"token_policies": []string{a.Policy(s.mount)}})
		p := open(t, scheme, v.with(vars{"URL": "http://" + way.Address, "TIMEOUT": budget.String()}))
		way.Go(toxic.Reset())
		for range breakerFailures {
			p.quickly(s.mount, "app/api", "unavailable, retryable")
		}
		way.Heal()
		p.recovers(a, s.mount, "app/api", s.latest())
		if n := p.count(providers.LoggedIn); n != 1 {
			t.Errorf("%d logins, want 1", n)
		}
	})
}
