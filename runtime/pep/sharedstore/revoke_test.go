package sharedstore_test

import (
	"fmt"
	"testing"
	"time"
	"unique"

	"github.com/secretsgen/secretsgen/internal/servertest"
	"github.com/secretsgen/secretsgen/runtime/pep"
)

// TestARevocationEndsWhatItSelectsInEveryProcess revokes in one process and reads
// in another, what was granted before, what is under way and what comes after.
func TestARevocationEndsWhatItSelectsInEveryProcess(t *testing.T) {
	billing, shipping := "billing", "shipping"
	cases := map[string]struct {
		revocation pep.Revocation
		selects    map[string]bool // subject and accessor
	}{
		"all":                         {pep.Revocation{}, map[string]bool{"billing/a": true, "billing/b": true, "shipping/a": true}},
		"a subject":                   {pep.Revocation{Issuer: "https://issuer-canary", Subject: billing}, map[string]bool{"billing/a": true, "billing/b": true}},
		"a subject of another issuer": {pep.Revocation{Issuer: "other", Subject: billing}, map[string]bool{}},
		"an accessor":                 {pep.Revocation{Accessor: "a"}, map[string]bool{"billing/a": true, "shipping/a": true}},
		"a reference":                 {pep.Revocation{Ref: ref(t, "env://secret/B")}, map[string]bool{"billing/b": true}},
		"a subject and an accessor": {
			pep.Revocation{Issuer: "https://issuer-canary", Subject: billing, Accessor: "b"},
			map[string]bool{"billing/b": true},
		},
		"a subject, an accessor and a reference that don't meet": {
			pep.Revocation{Issuer: "https://issuer-canary", Subject: billing, Accessor: "a", Ref: ref(t, "env://secret/B")},
			map[string]bool{},
		},
	}
	t.Parallel()
	onAll(t, func(t *testing.T, s *servertest.Server) {
		for name, tt := range cases {
			s.Do("FLUSHALL")
			one, other := open(t, s), open(t, s)
			of := map[string]pep.Key{
				"billing/a":  {Identity: identity(billing), Declaration: unique.Make(pep.Declaration{Ref: ref(t, "env://secret/A"), Accessor: "a"})},
				"billing/b":  {Identity: identity(billing), Declaration: unique.Make(pep.Declaration{Ref: ref(t, "env://secret/B"), Accessor: "b"})},
				"shipping/a": {Identity: identity(shipping), Declaration: unique.Make(pep.Declaration{Ref: ref(t, "env://secret/A"), Accessor: "a"})},
			}
			asked := map[string]pep.Grant{}
			for at, k := range of {
				asked[at] = ask(t, other, k, grant("under way", 5))
				add(t, other, k, ask(t, other, k, grant("G", 5)))
			}
			if err := one.Revoke(t.Context(), tt.revocation, 0); err != nil {
				t.Fatal(err)
			}
			for at, k := range of {
				revoked := tt.selects[at]
				if _, ok, err := other.Live(t.Context(), pep.Attempt{Key: k}); err != nil || ok == revoked {
					t.Errorf("%s: %s: live: %v, %v", name, at, ok, err)
				}
				if got, err := other.Revoked(t.Context(), k, asked[at].Generation); err != nil || got != revoked {
					t.Errorf("%s: %s: Revoked says %v, %v", name, at, got, err)
				}
				if added := add(t, other, k, asked[at]); added == revoked {
					t.Errorf("%s: %s: what was under way was added: %v", name, at, added)
				}
				for g, ok := spend(t, other, pep.Attempt{Key: k}); ok; g, ok = spend(t, other, pep.Attempt{Key: k}) {
					if revoked {
						t.Fatalf("%s: %s: a use of %q after Revoke returned", name, at, g.ID)
					}
				}
				if !add(t, one, k, ask(t, one, k, grant("anew", 1))) {
					t.Errorf("%s: %s: a grant that was asked for afterwards was not taken", name, at)
				}
				if _, ok := spend(t, other, pep.Attempt{Key: k}); !ok {
					t.Errorf("%s: %s: it is not served", name, at)
				}
			}
		}
	})
}

func TestOneRevocationTooManyEndsAllGrantsOfItsBucket(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *servertest.Server) {
		store, k := open(t, s), key(t, "billing")
		add(t, store, k, ask(t, store, k, grant("G", 5)))
		for i := range 4096 {
			r := pep.Revocation{Issuer: "https://issuer-canary", Subject: "billing", Accessor: fmt.Sprint("other-", i)}
			if err := store.Revoke(t.Context(), r, 0); err != nil {
				t.Fatal(err)
			}
		}
		if _, ok := spend(t, store, pep.Attempt{Key: k}); !ok {
			t.Fatal("a grant that nobody revoked is gone")
		}
		if err := store.Revoke(t.Context(), pep.Revocation{Issuer: "https://issuer-canary", Subject: "billing", Accessor: "one more"}, 0); err != nil {
			t.Fatal(err)
		}
		if _, ok := spend(t, store, pep.Attempt{Key: k}); ok {
			t.Error("a grant lives after a revocation that could not be remembered")
		}
		add(t, store, k, ask(t, store, k, grant("anew", 1)))
		if _, ok := spend(t, store, pep.Attempt{Key: k}); !ok {
			t.Error("a grant that came afterwards is not served")
		}
	})
}

func TestARevocationOutlivesEveryGrantFromBefore(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *servertest.Server) {
		store, k := open(t, s), key(t, "billing")
		g := grant("G", 5)
		g.TTL = 48 * time.Hour
		add(t, store, k, ask(t, store, k, g))
		if err := store.Revoke(t.Context(), pep.Revocation{Accessor: k.Declaration.Value().Accessor}, 0); err != nil {
			t.Fatal(err)
		}
		for _, name := range keys(t, s) {
			var ms int64
			if _, err := fmt.Sscanf(s.Do("PTTL", name), ":%d", &ms); err != nil {
				t.Fatal(err)
			}
			left := time.Duration(ms) * time.Millisecond
			switch name[len("secretsgen:{12345678}")] {
			case 'r':
				if left < 119*time.Minute {
					t.Errorf("a revocation is remembered for %v", left)
				}
			case 'g':
				for _, other := range keys(t, s) {
					if other == name[:len("secretsgen:{12345678}")]+"r" {
						var until int64
						_, _ = fmt.Sscanf(s.Do("PTTL", other), ":%d", &until)
						if until < ms-1000 {
							t.Errorf("a revocation is remembered for %d ms, the grant for %d ms", until, ms)
						}
					}
				}
			}
		}
	})
}

func TestADenialIsTheDenialOfAllProcesses(t *testing.T) {
	t.Parallel()
	onAll(t, func(t *testing.T, s *servertest.Server) {
		one, other, k := open(t, s), open(t, s), key(t, "billing")
		asked := ask(t, other, k, grant("under way", 3))
		add(t, other, k, ask(t, other, k, grant("G", 2)))
		denial := pep.Denial{DecisionID: "D", PolicyVersion: "v7", TTL: 300 * time.Millisecond, Known: time.Minute}
		use := pep.Use{Attempt: pep.Attempt{Key: k}, Spend: true, Proof: claim("proof of "+t.Name(), time.Millisecond)}
		for range 2 { // the second takes the place of the first
			if err := one.Deny(t.Context(), k, denial); err != nil {
				t.Fatal(err)
			}
			used, err := other.Use(t.Context(), use)
			if err != nil || !used.Denied || used.Live || used.Owned > 0 {
				t.Fatalf("%+v, %v; want a denial", used, err)
			}
			if d := used.Denial; d.DecisionID != "D" || d.PolicyVersion != "v7" || d.TTL <= 0 || d.TTL > denial.TTL || d.Known <= d.TTL {
				t.Errorf("the denial comes as %+v", d)
			}
			denial.TTL = 200 * time.Millisecond
		}
		if claimed, err := other.Claimed(t.Context(), use.Proof); err != nil || claimed {
			t.Errorf("a denied read claimed its proof: %v, %v", claimed, err)
		}
		if add(t, other, k, asked) {
			t.Error("a grant was taken that is older than the denial")
		}
		neighbor := key(t, "shipping")
		if used, err := other.Use(t.Context(), pep.Use{Attempt: pep.Attempt{Key: neighbor}}); err != nil || used.Denied {
			t.Errorf("somebody else: %+v, %v", used, err)
		}
		use.Proof = pep.Claim{}
		eventually(t, "the denial ends", func() bool {
			used, err := other.Use(t.Context(), use)
			return err == nil && used.Live
		})
		if add(t, other, k, asked) {
			t.Error("a grant was taken that is older than a denial which is still known")
		}
		if g, ok := spend(t, other, pep.Attempt{Key: k}); !ok || g.ID != "G" {
			t.Errorf("the grant from before: %+v, %v", g, ok)
		}
		add(t, other, k, ask(t, other, k, grant("anew", 1)))
		if g, ok := spend(t, one, pep.Attempt{Key: k}); !ok || g.ID != "anew" {
			t.Errorf("a grant that was asked for afterwards: %+v, %v", g, ok)
		}
	})
}
