package pep

import (
	"fmt"
	"hash/maphash"
	"math/rand/v2"
	"testing"

	"github.com/secretsgen/secretsgen/runtime/caller"
)

// TestClaimsDoWhatAMapDoes compares random claims, expiries and sweeps with a
// map that is too simple to be wrong.
func TestClaimsDoWhatAMapDoes(t *testing.T) {
	t.Parallel()
	type simple struct {
		owner byte
		until int64
	}
	random := rand.New(rand.NewPCG(5, 6))
	claims, model := newClaims(maphash.MakeSeed(), 1<<20, 1), map[int]simple{}
	ids := make([]caller.Digest, 3000)
	for i := range ids {
		ids[i] = caller.DigestOf(fmt.Sprint(i))
	}
	for now := int64(1); now < 100_000; now++ {
		i, owner, until := random.IntN(len(ids)), byte(random.IntN(250)), now+1+random.Int64N(5000)<<random.IntN(24)
		want, live := model[i]
		live = live && want.until > now
		if got, ok := claims.get(ids[i], now); ok != live || ok && (got.owner[0] != want.owner || got.until() != want.until) {
			t.Fatalf("at %d: get %d: %v %v, want %+v %v", now, i, got, ok, want, live)
		}
		if !live {
			want = simple{owner, until}
			model[i] = want
		}
		got, ok := claims.getOrAdd(newClaim(ids[i], caller.RequestID{owner}, subjectHash(owner), until), now)
		if !ok || got.owner[0] != want.owner || got.until() != want.until {
			t.Fatalf("at %d: claim %d: %v %v, want %+v", now, i, got, ok, want)
		}
		if now%5000 == 0 {
			claims.sweep(now)
			alive := int64(0)
			for _, m := range model {
				if m.until > now {
					alive++
				}
			}
			if got := claims.size.Load(); got != alive {
				t.Fatalf("at %d: %d claims after a sweep, want %d", now, got, alive)
			}
		}
	}
}

func TestPredecessorFaultP_ClaimsAreBoundedSweptAndGiveMemoryBack(t *testing.T) {
	t.Parallel()
	const capacity = 4096
	claims := newClaims(maphash.MakeSeed(), capacity, 1)
	stored := 0
	add := func(i int, until, now int64) bool {
		_, ok := claims.getOrAdd(newClaim(caller.DigestOf(fmt.Sprint(i)), caller.RequestID{}, 0, until), now)
		return ok
	}
	for i := range 3 * capacity {
		if add(i, 10, 0) {
			stored++
		}
	}
	if stored > capacity || stored < capacity*9/10 {
		t.Errorf("stored %d of a capacity of %d", stored, capacity)
	}
	if !add(0, 10, 9) || !add(0, 20, 10) {
		t.Error("a claim that is there, or has expired, finds no room")
	}
	if add(3*capacity, 99, 9) {
		t.Error("a full table forgets what is live")
	}
	if !add(3*capacity, 99, fullSweepEvery) {
		t.Error("a full table is not swept a second later")
	}
	claims.sweep(fullSweepEvery)
	if got := claims.size.Load(); got != 0 {
		t.Errorf("%d claims after a sweep, want none", got)
	}
	for i := range claims.shards {
		if claims.shards[i].slots != nil {
			t.Errorf("shard %d still holds memory", i)
		}
	}
}
