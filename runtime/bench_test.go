package runtime_test

import (
	"context"
	"math"
	"testing"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/decode"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/secretstest"
)

// liveHandle returns a handle, and a context whose caller holds a grant that
// does not end.
func liveHandle(b testing.TB, sample int) (runtime.Handle[string], context.Context) {
	b.Helper()
	kit := secretstest.New(b, secretstest.WithConfig(func(cfg *runtime.Config) {
		cfg.Grants.MaxUsesMax = math.MaxInt
		cfg.Audit.SampleCacheHits = sample
	}))
	kit.Grant(pep.Obligations{MaxUses: math.MaxInt})
	kit.Set(apiToken, "canary")
	set := runtime.NewSet(kit.Client, []runtime.Declaration{{Accessor: "api.token", URI: apiToken}})
	handle := runtime.Bind(set, "api.token", decode.Decoder[string](decode.String))
	ctx := kit.Context(b.Context(), "alice")
	if _, err := handle.Read(ctx); err != nil {
		b.Fatal(err)
	}
	return handle, ctx
}

func TestAReadUnderALiveGrantAllocatesTheSecretAlone(t *testing.T) {
	handle, ctx := liveHandle(t, math.MaxInt)
	n := testing.AllocsPerRun(1000, func() {
		if _, err := handle.Read(ctx); err != nil {
			t.Fatal(err)
		}
	})
	if n > 2 {
		t.Errorf("%v allocations, want 2: the text, and the function that hides it", n)
	}
}

// BenchmarkRead is one accessor call under a live grant: enforcement, store in
// memory, decoding, and an event that sampling leaves out.
func BenchmarkRead(b *testing.B) {
	handle, ctx := liveHandle(b, math.MaxInt)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := handle.Read(ctx); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkReveal(b *testing.B) {
	s := runtime.NewSecret("canary")
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		n += len(s.Reveal())
	}
}

func BenchmarkRef(b *testing.B) {
	handle, ctx := liveHandle(b, math.MaxInt)
	s, err := handle.Read(ctx)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		n += len(s.Ref())
	}
}
