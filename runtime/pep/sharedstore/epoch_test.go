package sharedstore_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/secretsgen/secretsgen/internal/servertest"
	"github.com/secretsgen/secretsgen/runtime/pep"
)

const window = 700 * time.Millisecond

// TestAStoreThatMayHaveForgottenRefusesForAWindow takes the store's memory away in
// the ways that there are. Nothing that was granted or used before may then pass for
// something new, in a process that was there before, nor in one that was not.
func TestAStoreThatMayHaveForgottenRefusesForAWindow(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(s *servertest.Server){
		"started again with nothing": func(s *servertest.Server) { s.Restart() },
		"flushed":                    func(s *servertest.Server) { s.Do("FLUSHALL") },
		"started again with what it knew earlier": func(s *servertest.Server) {
			s.Restart() // the test has saved it
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEach(t, func(t *testing.T, s *servertest.Server) {
				before := open(t, s)
				settle(t, before, window)
				k := key(t, "billing")
				asked := ask(t, before, k, grant("under way", 3))
				add(t, before, k, ask(t, before, k, grant("G", 3)))
				if strings.Contains(name, "earlier") {
					if got := s.Do("SAVE"); !strings.HasPrefix(got, "+OK") {
						t.Fatal(got)
					}
				}
				spend(t, before, pep.Attempt{Key: k})
				spend(t, before, pep.Attempt{Key: k})
				used := claim("used before", window)
				if left, err := before.Claim(t.Context(), used); err != nil || left <= 0 {
					t.Fatal(left, err)
				}

				lose(s)
				began := time.Now()
				after := open(t, s)
				for i, store := range []pep.SharedStore{after, before} {
					replay := claim("used before", window)
					eventually(t, "the store answers", func() bool {
						left, err := store.Claim(t.Context(), replay)
						if left > 0 && time.Since(began) < window {
							t.Fatalf("process %d: a replay was accepted %v after the loss", i, time.Since(began))
						}
						return errors.Is(err, pep.ErrStoreForgot)
					})
					fresh := pep.Use{Attempt: pep.Attempt{Key: k}, Spend: true, Proof: claim("new", window)}
					if u, err := store.Use(t.Context(), fresh); !errors.Is(err, pep.ErrStoreForgot) && time.Since(began) < window {
						t.Errorf("process %d: a new proof: %+v, %v; want a refusal", i, u, err)
					}
					if g, ok := spend(t, store, pep.Attempt{Key: k}); ok {
						t.Errorf("process %d: a use of a grant from before: %+v", i, g)
					}
					if add(t, store, k, asked) {
						t.Errorf("process %d: a grant was added that was asked for before", i)
					}
					if revoked, err := store.Revoked(t.Context(), k, asked.Generation); err != nil || !revoked {
						t.Errorf("process %d: one asked for before is not revoked: %v", i, err)
					}
				}
				// What can't be replayed goes on.
				add(t, after, k, ask(t, after, k, grant("anew", 1)))
				if _, ok := spend(t, before, pep.Attempt{Key: k}); !ok {
					t.Error("a grant that came afterwards is not served")
				}
				for _, store := range []pep.SharedStore{after, before} {
					settle(t, store, window)
				}
				if passed := time.Since(began); passed < window {
					t.Errorf("claims are taken after %v, want %v", passed, window)
				}
			}, "--dbfilename", "dump.rdb")
		})
	}
}

// TestAWindowOpensEverywhereAtOnce holds that callers of different buckets don't
// find out about a loss one after the other.
func TestAWindowOpensEverywhereAtOnce(t *testing.T) {
	t.Parallel()
	onAll(t, func(t *testing.T, s *servertest.Server) {
		store := open(t, s)
		settle(t, store, window)
		s.Do("FLUSHALL")
		if _, err := store.Claim(t.Context(), claim("first", window)); !errors.Is(err, pep.ErrStoreForgot) {
			t.Fatalf("%v, want a refusal", err)
		}
		if got := len(keys(t, s)); got != 64 {
			t.Errorf("%d buckets know of it, want all 64", got)
		}
	})
}

func TestAnEpochThatBeginsIsTold(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *servertest.Server) {
		first, in := &logged{}, instance(s.URL(), nil)
		in.Logger = logger(first)
		if err := openWith(t, in).Check(t.Context()); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(first.String(), "ANTI_REPLAY_TTL_S") {
			t.Errorf("the log says nothing of it: %q", first)
		}
		second := &logged{}
		in.Logger = logger(second)
		if err := openWith(t, in).Check(t.Context()); err != nil {
			t.Fatal(err)
		}
		if second.String() != "" {
			t.Errorf("a process that comes later says %q", second)
		}
	})
}

func TestAProcessThatComesLaterChangesNothing(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *servertest.Server) {
		store, k := open(t, s), key(t, "billing")
		settle(t, store, window)
		add(t, store, k, ask(t, store, k, grant("G", 2)))
		later := open(t, s)
		if _, ok := spend(t, later, pep.Attempt{Key: k}); !ok {
			t.Error("a live grant is not served")
		}
		if left, err := later.Claim(t.Context(), claim("new", window)); err != nil || left <= 0 {
			t.Errorf("a claim: %v, %v", left, err)
		}
	})
}
