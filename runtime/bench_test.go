package runtime_test

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/audit"
	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/providers"
)

// endless is a PDP whose grants have no end of uses.
type endless struct{}

func (endless) Decide(context.Context, pep.Request) (pep.Decision, error) {
	return pep.Decision{Permit: true, Obligations: pep.Obligations{MaxUses: math.MaxInt}}, nil
}

// liveHandle returns a handle on a store in memory, and a context whose caller
// holds a grant that does not end. Sampling leaves out the events of its reads.
func liveHandle(b testing.TB, local bool, cache time.Duration) (runtime.Handle[string], context.Context) {
	b.Helper()
	doc, _ := text("canary")
	factory := (&stub{read: func(context.Context, providers.Location) (providers.Document, error) { return doc, nil }}).factory()
	factory.Local = local
	cfg := stubConfig()
	cfg.Grants.MaxUsesMax = math.MaxInt
	cfg.Audit.SampleCacheHits = math.MaxInt
	declarations := []runtime.Declaration{{Accessor: "stub", URI: stubRef, Cache: cache}}
	client, err := runtime.New(b.Context(), cfg, factory, (&recording{}).factory(), pep.Extension{PDP: endless{}}, runtime.Declared(declarations))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := client.Close(context.Background()); err != nil {
			b.Error(err)
		}
	})
	set := runtime.NewSet(client, declarations)
	handle := runtime.Bind(set, "stub", stringDecoder)
	ctx := caller.NewContext(b.Context(), caller.Caller{Subject: "alice", Type: caller.User, Tenant: "t"})
	if _, err := handle.Read(ctx); err != nil {
		b.Fatal(err)
	}
	return handle, ctx
}

func TestAReadUnderALiveGrantAllocatesTheSecretAlone(t *testing.T) {
	for name, tt := range map[string]struct {
		local bool
		cache time.Duration
	}{
		"of a local store":     {local: true},
		"of what is kept":      {cache: time.Hour},
		"of a local one, kept": {local: true, cache: time.Hour},
	} {
		handle, ctx := liveHandle(t, tt.local, tt.cache)
		n := testing.AllocsPerRun(1000, func() {
			if _, err := handle.Read(ctx); err != nil {
				t.Fatal(err)
			}
		})
		if n > 2 {
			t.Errorf("%s: %v allocations, want 2: the text, and the function that hides it", name, n)
		}
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
		factory := s.factory()
		factory.Local = true
		decision := pep.Decision{Permit: true, Obligations: pep.Obligations{MaxUses: math.MaxInt}}
		client, err := runtime.New(t.Context(), cfg, append(ext, factory, pep.Extension{PDP: says{&decision}})...)
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

// BenchmarkRead is one accessor call under a live grant: enforcement, a store in
// memory, decoding, and an event that sampling leaves out. A store that is not
// local is read by a flight, which others may board.
func BenchmarkRead(b *testing.B) {
	for name, bb := range map[string]struct {
		local bool
		cache time.Duration
	}{
		"local":      {local: true},
		"shared":     {},
		"kept":       {cache: time.Hour},
		"kept/local": {local: true, cache: time.Hour},
	} {
		b.Run(name, func(b *testing.B) {
			handle, ctx := liveHandle(b, bb.local, bb.cache)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := handle.Read(ctx); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkReadTogether has many goroutines read one document.
func BenchmarkReadTogether(b *testing.B) {
	handle, ctx := liveHandle(b, false, 0)
	b.ReportAllocs()
	b.SetParallelism(32)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := handle.Read(ctx); err != nil {
				b.Error(err)
				return
			}
		}
	})
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
	handle, ctx := liveHandle(b, true, 0)
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
