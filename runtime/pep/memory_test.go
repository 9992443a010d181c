package pep

import (
	"context"
	"crypto/rand"
	"fmt"
	"hash/maphash"
	"runtime"
	"testing"
	"time"
	"unique"

	"github.com/secretsgen/secretsgen/runtime/caller"
)

// BenchmarkMemory is what a million entries take, in bytes each, after a
// collection and beside the texts that callers and the PDP own. The targets are
// 400 for a grant, 200 for a denial and 80 for a claim.
func BenchmarkMemory(b *testing.B) {
	const million = 1_000_000
	ctx := context.Background()
	b.Run("grants", func(b *testing.B) { // each of a subject of its own
		perEntry(b, million, func() any {
			l := newLocalGrants(benchSeed, 1<<20, 1, time.Hour)
			d := Declare(Declaration{Accessor: "app.token"})
			for i := range million {
				g := Grant{ID: rand.Text(), DecisionID: "decision", PolicyVersion: "policy", Uses: 9, TTL: time.Hour}
				if ok, _ := l.Add(ctx, benchKey(i, d), g, 0); !ok {
					b.Fatalf("no room for grant %d", i)
				}
			}
			return l
		})
	})
	b.Run("negatives", func(b *testing.B) { // of a thousand subjects
		perEntry(b, million, func() any {
			t := newTable[keyDigest, denial](1<<20, 1)
			for i := range 1000 {
				d := Declare(Declaration{Accessor: fmt.Sprintf("app_%d.token", i)})
				for subject := range million / 1000 {
					k := benchKey(subject, d)
					n := newEntry[keyDigest, denial](k.hash, k.digest, 0, int64(time.Hour))
					n.value = denial{"decision", "policy", 0, int64(time.Hour)}
					if !t.replace(n, 0) {
						b.Fatalf("no room for denial %d", i)
					}
				}
			}
			return t
		})
	})
	b.Run("replays", func(b *testing.B) {
		perEntry(b, million, func() any {
			c := newClaims(benchSeed, 1<<20, 1)
			for i := range million {
				var id caller.Digest
				_, _ = rand.Read(id[:])
				if _, ok := c.getOrAdd(newClaim(id, caller.RequestID(id), 0, int64(time.Hour)), 0); !ok {
					b.Fatalf("no room for claim %d", i)
				}
			}
			return c
		})
	})
}

var benchSeed = maphash.MakeSeed()

func benchKey(subject int, d *Declared) Key {
	n := &note{identity: unique.Make(caller.Identity{
		Issuer: "https://issuer.test", Subject: fmt.Sprintf("service-%07d", subject), Tenant: "test", Type: caller.Workload,
		Binding: caller.Binding{JKT: "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"},
	})}
	n.digest = n.identity.Value().Digest()
	n.hash = maphash.Comparable(benchSeed, n.digest)
	return newKey(n, d)
}

// perEntry reports the heap that what is made keeps, by entry.
func perEntry(b *testing.B, entries int, build func() any) {
	b.Helper()
	var before, after runtime.MemStats
	for b.Loop() {
		heap(&before)
		made := build()
		heap(&after)
		runtime.KeepAlive(made)
	}
	b.ReportMetric(float64(int64(after.HeapAlloc-before.HeapAlloc))/float64(entries), "B/entry")
}

// heap collects twice: what is interned goes with the second.
func heap(stats *runtime.MemStats) {
	for range 3 {
		runtime.GC()
	}
	runtime.ReadMemStats(stats)
}
