package sharedstore_test

import (
	"errors"
	"testing"
	"time"

	"github.com/secretsgen/secretsgen/internal/servertest"
	"github.com/secretsgen/secretsgen/runtime/pep"
)

// settle waits until a store that is new takes claims of that life.
func settle(t *testing.T, store pep.SharedStore, ttl time.Duration) {
	t.Helper()
	eventually(t, "a new store takes claims", func() bool {
		left, err := store.Claim(t.Context(), claim("first of "+t.Name(), ttl))
		if err != nil && !errors.Is(err, pep.ErrStoreForgot) {
			t.Fatal(err)
		}
		return left > 0
	})
}

func TestAnIDHasOneOwnerAmongAllProcesses(t *testing.T) {
	t.Parallel()
	onAll(t, func(t *testing.T, s *servertest.Server) {
		one, other := open(t, s), open(t, s)
		const ttl = 500 * time.Millisecond
		settle(t, one, ttl)
		first, second := claim("jti", ttl), claim("jti", ttl)
		for i, tt := range []struct {
			store pep.SharedStore
			claim pep.Claim
			owns  bool
		}{{one, first, true}, {other, second, false}, {other, first, true}, {one, second, false}} {
			left, err := tt.store.Claim(t.Context(), tt.claim)
			if err != nil || left > 0 != tt.owns || left > ttl {
				t.Errorf("claim %d: for %v, %v; owner: want %v", i, left, err, tt.owns)
			}
			claimed, err := tt.store.Claimed(t.Context(), tt.claim)
			if err != nil || !claimed {
				t.Errorf("claim %d: claimed: %v, %v", i, claimed, err)
			}
		}
		if claimed, err := one.Claimed(t.Context(), claim("another jti", ttl)); err != nil || claimed {
			t.Errorf("an id that nobody claimed: %v, %v", claimed, err)
		}
		eventually(t, "the claim ends", func() bool {
			left, err := other.Claim(t.Context(), second)
			return err == nil && left > 0
		})
	})
}

func TestAUseClaimsItsProofAndTakesNothingIfThatIsAnothers(t *testing.T) {
	t.Parallel()
	onAll(t, func(t *testing.T, s *servertest.Server) {
		one, other := open(t, s), open(t, s)
		const ttl = time.Second
		settle(t, one, ttl)
		k := key(t, "billing")
		add(t, one, k, ask(t, one, k, grant("G", 3)))
		first, second := claim("proof", ttl), claim("proof", ttl)
		for i, tt := range []struct {
			store pep.SharedStore
			claim pep.Claim
			uses  int // left; -1: none was taken
		}{{one, first, 2}, {other, second, -1}, {other, first, 1}} {
			used, err := tt.store.Use(t.Context(), pep.Use{Attempt: pep.Attempt{Key: k}, Spend: true, Proof: tt.claim})
			if err != nil {
				t.Fatal(err)
			}
			if owns := tt.uses >= 0; used.Owned > 0 != owns || used.Live != owns || owns && used.Grant.Uses != tt.uses {
				t.Errorf("use %d: %+v, want %d uses left", i, used, tt.uses)
			}
		}
		if g, _, _ := one.Live(t.Context(), pep.Attempt{Key: k}); g.Uses != 1 {
			t.Errorf("%d uses left, want 1", g.Uses)
		}
	})
}

func TestAUseSaysWhetherATokenHasHadItsOnlyGrant(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *servertest.Server) {
		one, other := open(t, s), open(t, s)
		const ttl = time.Second
		settle(t, one, ttl)
		k, token := key(t, "billing"), claim("token", ttl)
		use := pep.Use{Attempt: pep.Attempt{Key: k}, Spend: true, Token: token}
		for _, want := range []bool{false, true} {
			used, err := other.Use(t.Context(), use)
			if err != nil || used.Live || used.TokenClaimed != want {
				t.Errorf("%+v, %v; claimed: want %v", used, err, want)
			}
			if _, err := one.Claim(t.Context(), token); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestAnIDOfAnotherBindingOfTheSubjectIsTheSameID(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *servertest.Server) {
		store := open(t, s)
		settle(t, store, time.Second)
		first, second := claim("jti", time.Second), claim("jti", time.Second)
		second.Identity = boundIdentity("billing", "key-B")
		for i, c := range []pep.Claim{first, second} {
			if left, err := store.Claim(t.Context(), c); err != nil || left > 0 != (i == 0) {
				t.Errorf("claim %d: for %v, %v", i, left, err)
			}
		}
	})
}
