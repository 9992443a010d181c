package pep

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/bits"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unique"

	"github.com/secretsgen/secretsgen/runtime/caller"
)

// keyOf is the key of a grant of one subject and accessor.
func keyOf(subject, accessor string) Key {
	identity := unique.Make(caller.Identity{Issuer: "i", Subject: subject})
	digest := identity.Value().Digest()
	n := &note{identity: identity, digest: digest, hash: binary.LittleEndian.Uint64(digest[:])}
	return newKey(n, Declare(Declaration{Accessor: accessor}))
}

// TestAGrantOfKUsesGivesExactlyKInTenMillionAttempts has 64 goroutines try ten
// million times in all. What is given back while they do is given once more.
func TestAGrantOfKUsesGivesExactlyKInTenMillionAttempts(t *testing.T) {
	t.Parallel()
	const goroutines, attempts = 64, 10_000_000
	ks := []int64{1, 2, 63, 64, 1000, 100_000, 499_999, 900_000, 999_936, 1_000_000}
	for i, k := range ks {
		l, key, ctx := someGrants(10), keyOf("s", "a"), context.Background()
		if ok, err := l.Add(ctx, key, Grant{ID: "g", Uses: int(k), TTL: time.Hour}, 0); err != nil || !ok {
			t.Fatalf("not added: %v", err)
		}
		var given, last, back atomic.Int64
		var wg sync.WaitGroup
		for range goroutines {
			wg.Go(func() {
				mine, lasts := int64(0), int64(0)
				for n := range attempts / len(ks) / goroutines {
					g, ok, err := l.Spend(ctx, Attempt{Key: key})
					if err != nil || ok && g.ID != "g" {
						t.Errorf("spent %+v, %v", g, err)
						return
					}
					if !ok {
						continue
					}
					mine++
					if g.Uses == 0 {
						lasts++
					}
					if i%2 == 1 && n%1000 == 0 { // as a caller does that is gone
						_, _ = l.Add(ctx, key, Grant{ID: "g", Uses: 1, TTL: time.Hour}, 0)
						back.Add(1)
					}
				}
				given.Add(mine)
				last.Add(lasts)
			})
		}
		wg.Wait()
		for g, ok, _ := l.Spend(ctx, Attempt{Key: key}); ok; g, ok, _ = l.Spend(ctx, Attempt{Key: key}) {
			given.Add(1)
			if g.Uses == 0 {
				last.Add(1)
			}
		}
		if got := given.Load(); got != k+back.Load() {
			t.Errorf("a grant of %d uses gave %d, with %d given back", k, got, back.Load())
		}
		if got := last.Load(); got < 1 || got > 1+back.Load() {
			t.Errorf("a grant of %d uses had %d last ones", k, got)
		}
		if got := l.table.size.Load(); got != 0 {
			t.Errorf("a spent grant of %d uses is remembered", k)
		}
	}
}

func TestAUseGivenBackToASpentGrantIsThere(t *testing.T) {
	t.Parallel()
	l, key, ctx := someGrants(10), keyOf("s", "a"), context.Background()
	g := Grant{ID: "g", Uses: 1, TTL: time.Hour}
	for range 3 {
		if ok, _ := l.Add(ctx, key, g, 0); !ok {
			t.Fatal("not added")
		}
		if got, ok, _ := l.Live(ctx, Attempt{Key: key}); !ok || got.Uses != 1 || got.TTL != time.Hour {
			t.Errorf("Live: %+v, %v", got, ok)
		}
		if _, ok, _ := l.Spend(ctx, Attempt{Key: key}); !ok {
			t.Error("the use is not there")
		}
		if _, ok, _ := l.Live(ctx, Attempt{Key: key}); ok {
			t.Error("a spent grant lives")
		}
	}
}

// TestAUseGivenBackBeforeASpentGrantIsDroppedIsThere has it come between the last
// use and the removal.
func TestAUseGivenBackBeforeASpentGrantIsDroppedIsThere(t *testing.T) {
	t.Parallel()
	l, key, ctx := someGrants(10), keyOf("s", "a"), context.Background()
	g := Grant{ID: "g", Uses: 1, TTL: time.Hour}
	_, _ = l.Add(ctx, key, g, 0)
	s := l.table.shard(key.hash)
	n := s.find(key.hash, key.digest, 0)
	if left, ok := n.value.take(); left != 0 || !ok {
		t.Fatalf("took one of one: %d left, %v", left, ok)
	}
	_, _ = l.Add(ctx, key, g, 0)
	l.drop(s, n)
	if _, ok, _ := l.Spend(ctx, Attempt{Key: key}); !ok {
		t.Error("the use that was given back is lost")
	}
	if got := l.table.size.Load(); got != 0 {
		t.Errorf("%d grants are remembered after the last use", got)
	}
}

func TestEachGrantHasCacheLinesOfItsOwn(t *testing.T) {
	t.Parallel()
	if size := reflect.TypeFor[entry[keyDigest, liveGrant]]().Size(); bits.UintSize == 64 && size%64 != 0 {
		t.Errorf("an entry has %d bytes, want a multiple of 64: change the padding of liveGrant", size)
	}
}

func pointer(k Key) *Key { return &k }

// TestARevocationEndsWhatItSelectsAndNothingElse has grants of two subjects and
// two accessors.
func TestARevocationEndsWhatItSelectsAndNothingElse(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for name, tt := range map[string]struct {
		revoke Revocation
		ends   []string
	}{
		"all":                              {Revocation{}, []string{"s/a", "s/b", "t/a", "t/b"}},
		"a subject":                        {Revocation{Issuer: "i", Subject: "s"}, []string{"s/a", "s/b"}},
		"a subject of another issuer":      {Revocation{Issuer: "j", Subject: "s"}, nil},
		"a subject of no issuer":           {Revocation{Subject: "s"}, nil},
		"an accessor":                      {Revocation{Accessor: "a"}, []string{"s/a", "t/a"}},
		"an accessor of a subject":         {Revocation{Issuer: "i", Subject: "s", Accessor: "a"}, []string{"s/a"}},
		"an accessor that there is not":    {Revocation{Accessor: "c"}, nil},
		"an accessor of nobody that reads": {Revocation{Issuer: "i", Subject: "u", Accessor: "a"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, ends := someGrants(100), map[string]bool{}
			for _, id := range tt.ends {
				ends[id] = true
			}
			keys := map[string]Key{}
			for _, subject := range []string{"s", "t"} {
				for _, accessor := range []string{"a", "b"} {
					key := keyOf(subject, accessor)
					keys[subject+"/"+accessor] = key
					_, _ = l.Add(ctx, key, Grant{ID: "old", Uses: 9, TTL: time.Hour}, 0)
				}
			}
			if err := l.Revoke(ctx, tt.revoke, 0); err != nil {
				t.Fatal(err)
			}
			for id, key := range keys {
				g, live, _ := l.Live(ctx, Attempt{Key: key})
				if live == ends[id] {
					t.Errorf("%s: live: %v", id, live)
				}
				if !live && g.Generation != 1 {
					t.Errorf("%s: to be asked for in generation %d, want 1", id, g.Generation)
				}
				late, _ := l.Add(ctx, key, Grant{ID: "late", Uses: 1, TTL: time.Hour}, 0)
				back, _ := l.Add(ctx, key, Grant{ID: "old", Uses: 1, TTL: time.Hour}, 0)
				if late == ends[id] || back == ends[id] {
					t.Errorf("%s: an older answer is added: %v, a use of it given back: %v", id, late, back)
				}
				if revoked, _ := l.Revoked(ctx, key, 0); revoked != ends[id] {
					t.Errorf("%s: revoked: %v", id, revoked)
				}
				if ok, _ := l.Add(ctx, key, Grant{ID: "new", Uses: 1, TTL: time.Hour, Generation: 1}, 0); !ok {
					t.Errorf("%s: a newer answer is not added", id)
				}
				if _, live, _ := l.Spend(ctx, Attempt{Key: key}); !live {
					t.Errorf("%s: nothing lives after a newer answer", id)
				}
			}
		})
	}
}

// TestRevocationsAreBoundedAndFailSafe revokes one subject more than can be told
// apart.
func TestRevocationsAreBoundedAndFailSafe(t *testing.T) {
	t.Parallel()
	const longest = int64(time.Hour)
	rs := newRevocations(time.Hour)
	bystander, generation := keyOf("bystander", "a"), rs.generation()
	revoke := func(i int, now int64) { rs.add(Revocation{Issuer: "i", Subject: fmt.Sprint(i)}, now) }
	for i := range maxRevocations {
		revoke(i, int64(i))
	}
	revoke(7, 0) // known: it takes no room
	if rs.since(&bystander, generation) {
		t.Error("revoked with others, though there was room")
	}
	if !rs.since(pointer(keyOf("0", "a")), generation) || !rs.since(pointer(keyOf("7", "a")), maxRevocations) || rs.since(pointer(keyOf("7", "a")), maxRevocations+1) {
		t.Error("a revocation was forgotten")
	}
	revoke(maxRevocations, longest-1) // nothing has expired yet
	if got := len(rs.some); got != 0 || !rs.since(&bystander, generation) || !rs.since(pointer(keyOf("5", "a")), generation) {
		t.Errorf("without room, %d revocations are told apart, and not all grants are revoked", got)
	}
	if rs.since(&bystander, rs.generation()) {
		t.Error("what is asked for afterwards is revoked as well")
	}
	generation = rs.generation()
	for i := range maxRevocations {
		revoke(i, longest)
	}
	revoke(-1, 2*longest) // all others have expired: no grant from before lives
	if got := len(rs.some); got != 1 || rs.since(&bystander, generation) {
		t.Errorf("%d revocations are remembered, want the one that matters", got)
	}
}

func TestTheClockNoticesAJumpWithinASecond(t *testing.T) {
	t.Parallel()
	c := newClock()
	today := c.day(c.now())
	c.dayZero.Add(-int64(time.Hour)) // as if the wall clock had gone forward by an hour since
	now := c.now()
	if got := c.day(now); got > today-int64(time.Hour)/2 {
		t.Errorf("looked at the wall clock before the second was over")
	}
	if got := time.Duration(c.day(now+wallEvery) - today); got < 0 || got > time.Minute {
		t.Errorf("after a second the day is off by %v", got)
	}
}
