package pep_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/pep"
)

// dpop is a caller with everything that a use has to be checked against.
func dpop(proof string) caller.Caller {
	c := bound("canary-token", "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I")
	c.ProofID, c.ExpiresAt, c.Tenant = proof, time.Now().Add(time.Hour), tenant
	return c
}

func TestALiveGrantIsEnforcedWithoutAllocating(t *testing.T) {
	e := enforcer(t, config(permits(10_000)))
	ctx, d := as(dpop("canary-proof")), token(t)
	granted(t, e, ctx, d)
	allocs := testing.AllocsPerRun(1000, func() {
		if _, err := e.Authorize(ctx, d); err != nil {
			t.Fatal(err)
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations a use, want 0", allocs)
	}
}

func BenchmarkAuthorizeLiveGrant(b *testing.B) {
	b.Run("dpop-bound", func(b *testing.B) {
		e, ctxs, ds := liveGrants(b, 1)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := e.Authorize(ctxs[0], ds[0]); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("dpop-bound-parallel-distinct-keys", func(b *testing.B) {
		e, ctxs, ds := liveGrants(b, 64)
		var next atomic.Int64
		b.RunParallel(func(pb *testing.PB) {
			i := int(next.Add(1)) % len(ds)
			for pb.Next() {
				if _, err := e.Authorize(ctxs[i], ds[i]); err != nil {
					b.Error(err)
					return
				}
			}
		})
	})
	b.Run("12-sync-map-loads", func(b *testing.B) {
		var m sync.Map
		var keys [1000]string
		for i := range keys {
			keys[i] = fmt.Sprintf("sync-map-key-of-27-bytes%03d", i)
			m.Store(keys[i], i)
		}
		i := 0
		for b.Loop() {
			for range 12 {
				m.Load(keys[i])
				if i++; i == len(keys) {
					i = 0
				}
			}
		}
	})
}

func liveGrants(b *testing.B, n int) (*pep.Enforcer, []context.Context, []*pep.Declared) {
	b.Helper()
	cfg := config(permits(1 << 40))
	cfg.Limits.MaxUsesMax = 1 << 40
	e := enforcer(b, cfg)
	ctxs, ds := make([]context.Context, n), make([]*pep.Declared, n)
	for i := range n {
		c := dpop(fmt.Sprintf("canary-proof-%d", i))
		c.TokenID = fmt.Sprintf("canary-token-%d", i)
		ctxs[i] = as(c)
		ds[i] = declare(b, fmt.Sprintf("openbao+kv2://secret/app/service-%d#token", i), fmt.Sprintf("service.token_%d", i))
		granted(b, e, ctxs[i], ds[i])
	}
	return e, ctxs, ds
}
