package kv

import (
	"context"
	"maps"
	"slices"
	"sync"
	"testing"

	"github.com/secretsgen/secretsgen/e2e/internal/kvserver"
	"github.com/secretsgen/secretsgen/runtime/providers"
)

// recovers wants reads to succeed again, with the value that is stored.
func (s *store) recovers(a kvserver.Admin, mount, path, want string) {
	s.t.Helper()
	a.Await("a read", func() bool {
		value, got := s.read(s.t.Context(), mount, path, 0)
		if got == "value" && value != want {
			s.t.Error("the value is not the one stored")
		}
		return got == "value"
	})
}

// keepReading reads, side by side, until the function that it returns is called:
// that tells how often each outcome was seen.
func (s *store) keepReading(mount, path, want string) (stop func() map[string]int) {
	ctx, cancel := context.WithCancel(context.Background())
	var (
		mu   sync.Mutex
		seen = map[string]int{}
		wait sync.WaitGroup
	)
	for range 4 {
		wait.Go(func() {
			for ctx.Err() == nil {
				value, got := s.read(s.t.Context(), mount, path, 0)
				if got == "value" && value != want {
					got = "a wrong value"
				}
				mu.Lock()
				seen[got]++
				mu.Unlock()
			}
		})
	}
	return func() map[string]int {
		cancel()
		wait.Wait()
		return seen
	}
}

func TestASealedServerIsUnavailableUntilItIsUnsealed(t *testing.T) {
	t.Parallel()
	everyScheme(t, func(t *testing.T, scheme string) {
		a := own(t, kvserver.Options{})
		s := stock(a)
		static := open(t, scheme, at(a.Server, s.token))
		login := open(t, scheme, appRole(t, a, role{"token_policies": []string{a.Policy(s.mount)}}).with(vars{"URL": a.Server.Address}))
		late := open(t, scheme, appRole(t, a, role{"token_policies": []string{a.Policy(s.mount)}}).with(vars{"URL": a.Server.Address}))
		static.gets(s.mount, "app/api", s.latest())
		login.gets(s.mount, "app/api", s.latest())

		a.Seal()
		for _, p := range []*store{static, login, late} { // late has no token yet
			p.fails(s.mount, "app/api", "unavailable, retryable")
		}
		a.Unseal()
		for _, p := range []*store{static, login, late} {
			p.recovers(a, s.mount, "app/api", s.latest())
		}
	})
}

func TestAServerThatIsStartedAgainServesTheSameSecrets(t *testing.T) {
	t.Parallel()
	everyScheme(t, func(t *testing.T, scheme string) {
		a := own(t, kvserver.Options{Storage: t.TempDir()})
		s := stock(a)
		static := open(t, scheme, at(a.Server, s.token))
		login := open(t, scheme, appRole(t, a, role{"token_policies": []string{a.Policy(s.mount)}}).with(vars{"URL": a.Server.Address}))
		for _, p := range []*store{static, login} {
			p.gets(s.mount, "app/api", s.latest())
		}

		busy := login.keepReading(s.mount, "app/api", s.latest())
		if err := a.Server.Stop(); err != nil {
			t.Fatal(err)
		}
		for _, p := range []*store{static, login} {
			p.fails(s.mount, "app/api", "unavailable, retryable")
		}
		if err := a.Server.StartAgain(); err != nil {
			t.Fatal(err)
		}
		for _, p := range []*store{static, login} {
			p.fails(s.mount, "app/api", "unavailable, retryable") // sealed
		}
		a.Unseal()
		for _, p := range []*store{static, login} {
			p.recovers(a, s.mount, "app/api", s.latest())
			if _, got := p.read(t.Context(), s.mount, "app/api", 1); got != "deleted 1" {
				t.Errorf("a deleted version has become %s", got)
			}
		}
		if got := slices.Sorted(maps.Keys(busy())); !slices.Equal(got, []string{"unavailable, retryable", "value"}) {
			t.Errorf("while the server was away, reads came to %v", got)
		}
		// The token of before is still good, so nobody had to log in again.
		if n := login.count(providers.LoggedIn); n != 1 {
			t.Errorf("%d logins, want 1", n)
		}
	})
}
