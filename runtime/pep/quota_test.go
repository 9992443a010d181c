package pep

import (
	"context"
	"fmt"
	"hash/maphash"
	"math/rand/v2"
	"testing"
	"time"
	"unique"

	"github.com/secretsgen/secretsgen/runtime/caller"
)

// TestOneSubjectCannotFillATableForAll has one subject, under many keys and
// certificates of its own, try to fill each table. Then many subjects come, the
// live entries of those who were there before survive, and there is room for more.
func TestOneSubjectCannotFillATableForAll(t *testing.T) {
	t.Parallel()
	const capacity, share, others = 8192, 0.25, 2000
	seed, ctx := maphash.MakeSeed(), context.Background()
	grants := newLocalGrants(seed, capacity, share, time.Hour)
	replays := newLocalReplays(seed, capacity, share)
	negatives := newTable[keyDigest, denial](capacity, share)
	random := rand.New(rand.NewPCG(1, 2))

	identity := func(subject string, variant int) unique.Handle[caller.Identity] {
		return unique.Make(caller.Identity{Issuer: "i", Subject: subject, Binding: caller.Binding{JKT: fmt.Sprint(variant)}})
	}
	digest := func(subject string, variant int) caller.Digest { return caller.DigestOf(subject, fmt.Sprint(variant)) }
	key := func(subject string, variant int) Key {
		k := Key{Identity: identity(subject, variant), Declaration: unique.Make(Declaration{}), hash: random.Uint64()}
		k.digest.identity = k.Identity.Value().Digest()
		return k
	}
	fill := map[string]func(subject string, variant int) bool{
		"grants": func(subject string, variant int) bool {
			ok, _ := grants.Add(ctx, key(subject, variant), Grant{ID: "g", Uses: 1, TTL: time.Hour}, 0)
			return ok
		},
		"replays": func(subject string, variant int) bool {
			left, _ := replays.Claim(ctx, Claim{
				ID: digest(subject, variant), Owner: caller.RequestID{1}, TTL: time.Hour, Identity: identity(subject, variant),
			})
			return left > 0
		},
		"negatives": func(subject string, variant int) bool {
			k := key(subject, variant)
			return negatives.replace(newEntry[keyDigest, denial](k.hash, k.digest, subjectOf(seed, k.Identity), int64(time.Hour)), 0)
		},
	}
	for name, add := range fill {
		kept := func(subject string, from, to int) (n int) {
			for i := from; i < to; i++ {
				if add(subject, i) {
					n++
				}
			}
			return n
		}
		if got := kept("early", 0, 100); got != 100 {
			t.Errorf("%s: %d of 100 entries are kept in an empty table", name, got)
		}
		if got := kept("hog", 0, 2*capacity); got > capacity/4 || got < capacity/5 {
			t.Errorf("%s: one subject has %d of %d entries, want a quarter", name, got, capacity)
		}
		missed := 0
		for i := range others {
			missed += 1 - kept(fmt.Sprintf("other-%d", i), 0, 1)
		}
		if missed > 0 {
			t.Errorf("%s: %d of %d other subjects find no room", name, missed, others)
		}
	}
	for i := range 100 {
		if ok, _ := replays.Claimed(ctx, Claim{ID: digest("early", i)}); !ok {
			t.Fatalf("claim %d of the first subject is forgotten", i)
		}
	}
	if got := grants.table.size.Load(); got < 100+others {
		t.Errorf("%d grants live", got)
	}
}

// TestManyRandomSubjectsEvictNobody floods each table with more subjects than it
// has room for.
func TestManyRandomSubjectsEvictNobody(t *testing.T) {
	t.Parallel()
	const capacity = 4096
	tab, claims := newTable[int, int](capacity, 0.25), newClaims(maphash.MakeSeed(), capacity, 0.25)
	random := rand.New(rand.NewPCG(3, 4))
	hash := func(i int) uint64 { return uint64(i+1) * 0x9e3779b97f4a7c15 }
	id := func(i int) (d caller.Digest) { return caller.DigestOf(fmt.Sprint(i)) }
	const early = 1000
	for i := range 8 * capacity {
		who := subjectHash(random.Uint32())
		added := tab.findOrAdd(newEntry[int, int](hash(i), i, who, 10), 0) != nil
		_, claimed := claims.getOrAdd(newClaim(id(i), caller.RequestID{}, who, 10), 0)
		if i < early && (!added || !claimed) {
			t.Fatalf("no room for %d of %d", i, capacity)
		}
	}
	if tab.size.Load() > capacity || claims.size.Load() > capacity {
		t.Errorf("%d and %d entries, in tables of %d", tab.size.Load(), claims.size.Load(), capacity)
	}
	for i := range early {
		_, claimed := claims.get(id(i), 9)
		if tab.find(hash(i), i, 9) == nil || !claimed {
			t.Fatalf("the flood took %d", i)
		}
	}
	tab.sweep(10)
	claims.sweep(10)
	for i := range quotaCells {
		if got := tab.quota.rows[0][i].Load() + claims.quota.rows[1][i].Load(); got != 0 {
			t.Fatalf("a quota still counts %d after everything has expired", got)
		}
	}
}

func TestAQuotaGivesBackWhatExpiresIsSpentOrIsReplaced(t *testing.T) {
	t.Parallel()
	const who = 7
	tab := newTable[int, int](1000, 0.07) // seventy
	add := func(key int, until, now int64) bool {
		return tab.replace(newEntry[int, int](uint64(key)<<8, key, who, until), now)
	}
	for i := range 70 {
		for range 2 { // the second replaces the first
			if !add(i, 10, 0) {
				t.Fatalf("no room for %d of 70", i)
			}
		}
	}
	if add(70, 10, 0) {
		t.Error("an entry more than the quota")
	}
	s := tab.shard(0)
	s.mu.Lock()
	tab.remove(s, s.find(3<<8, 3, 0))
	s.mu.Unlock()
	if !add(70, 10, 0) || add(71, 10, 0) {
		t.Error("an entry that was removed is not given back, or twice")
	}
	tab.sweep(10)
	for i := range 70 {
		if !add(i, 20, 10) {
			t.Fatalf("no room for %d of 70 after all had expired", i)
		}
	}
}
