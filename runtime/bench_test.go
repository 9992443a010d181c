package runtime_test

import (
	"context"
	"math"
	"testing"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/audit"
	"github.com/secretsgen/secretsgen/runtime/decode"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/providers"
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

func TestAnEventAddsNoAllocationToItsRead(t *testing.T) { //nolint:paralleltest // counts allocations, also those of other goroutines
	const reads = 1000
	stuck := make(chan struct{})
	sink := audit.Factory{Name: "stuck", Always: true, Open: func(context.Context, audit.Instance, string) (audit.Sink, error) { return stuckSink(stuck), nil }}
	allocations := func(ext ...runtime.Extension) (float64, *runtime.Client) {
		cfg := stubConfig()
		cfg.Grants.MaxUsesMax, cfg.Audit.Queue = math.MaxInt, 3*reads
		s := &stub{read: func(context.Context, providers.Location) (providers.Document, error) { return text("canary") }}
		decision := pep.Decision{Permit: true, Obligations: pep.Obligations{MaxUses: math.MaxInt}}
		client, err := runtime.New(t.Context(), cfg, append(ext, s.factory(), pep.Extension{PDP: says{&decision}})...)
		if err != nil {
			t.Fatal(err)
		}
		set := runtime.NewSet(client, []runtime.Declaration{{Accessor: "stub", URI: stubRef}})
		handle := runtime.Bind(set, "stub", stringDecoder)
		read := func() {
			if _, err := handle.Read(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		for range 300 { // from here on the sink's goroutine does nothing
			read()
		}
		return testing.AllocsPerRun(reads, read), client
	}
	silent, without := allocations()
	recorded, with := allocations(sink)
	if waiting := with.AuditStats().Sinks[0].Waiting; recorded != silent || waiting < reads {
		t.Errorf("%v allocations a read with its event, %v without, %d events waiting", recorded, silent, waiting)
	}
	close(stuck)
	_, _ = without.Close(t.Context()), with.Close(t.Context())
}

// stuckSink is a sink that takes nothing until it is closed.
type stuckSink chan struct{}

func (s stuckSink) Write(context.Context, *audit.Event) error { <-s; return nil }

func (stuckSink) Close(context.Context) error { return nil }

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
