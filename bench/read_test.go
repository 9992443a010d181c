package bench

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"strings"
	"testing"

	"github.com/secretsgen/secretsgen/bench/internal/paired"
	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/audit"
	"github.com/secretsgen/secretsgen/runtime/decode"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/providers/env"
	"github.com/secretsgen/secretsgen/runtime/secretstest"
)

const (
	canary   = "canary-value-of-the-benchmarks"
	variable = "SECRETSGEN_BENCH_CANARY"
	accessor = "bench.canary"

	unsampled = math.MaxInt // AUDIT_SAMPLE_CACHE_HIT_N that keeps the first read alone
)

// BenchmarkRead is what a generated accessor does, from enforcement point to
// Secret, of a DPoP-bound caller with a live grant and a store in memory, beside
// 12 loads of a sync.Map. "audited" has an event reach the sink for every read;
// "sampled" has it left out, as AUDIT_SAMPLE_CACHE_HIT_N may.
func BenchmarkRead(b *testing.B) {
	const block = 50
	cached := newLoads()
	for _, bb := range []struct {
		name string
		open func(b *testing.B) (client *runtime.Client, ref string)
	}{
		{"store=secretstest/sampled", kitClient},
		{"store=env/sampled", sampled},
		{"store=env/audited", audited},
	} {
		b.Run(bb.name+"/cores=1", func(b *testing.B) {
			reads := newReads(b, bb.open)
			paired.Bench(b, paired.Sides{
				Subject:  func(n int) error { return reads.run(0, n) },
				Baseline: func(n int) error { return cached.run(0, n) },
				Block:    block,
				Rounds:   2500, // and so many counted reads that the queue of events fills up
			})
		})
	}
	b.Run("store=env/sampled/cores=2", func(b *testing.B) { onTwoCores(b, 16*block, newReads(b, sampled).run) })
}

// BenchmarkReadShared is what it costs a caller who is alone that others could
// share the read, beside a read that nobody can: of a variable, as if it were read
// over a network.
func BenchmarkReadShared(b *testing.B) {
	shared, alone := newReads(b, network), newReads(b, sampled)
	paired.Bench(b, paired.Sides{
		Subject:  func(n int) error { return shared.run(0, n) },
		Baseline: func(n int) error { return alone.run(0, n) },
		Block:    50,
		Rounds:   2500,
	})
}

func sampled(b *testing.B) (client *runtime.Client, ref string) {
	b.Helper()
	return envClient(b, env.Provider(), unsampled)
}

func audited(b *testing.B) (client *runtime.Client, ref string) {
	b.Helper()
	return envClient(b, env.Provider(), 1)
}

func network(b *testing.B) (client *runtime.Client, ref string) {
	b.Helper()
	factory := env.Provider()
	factory.Local = false
	return envClient(b, factory, unsampled)
}

// kitClient is a client as a service's own tests have it.
func kitClient(b *testing.B) (client *runtime.Client, ref string) {
	b.Helper()
	kit := secretstest.New(b, secretstest.WithConfig(func(cfg *runtime.Config) {
		cfg.Grants.MaxUsesMax = endless
		cfg.Audit.SampleCacheHits = unsampled // the kit keeps what it is told, for ever
	}))
	kit.Grant(pep.Obligations{MaxUses: endless})
	ref = "openbao+kv2://secret/bench/app#token"
	kit.Set(ref, canary)
	return kit.Client, ref
}

// envClient is a client as a service has it, but for a PDP that grants
// everything and a trail that ends in a sink that keeps nothing. No event is
// dropped: a read that finds the queue full waits, and the wait counts.
func envClient(b *testing.B, factory providers.Factory, sample int) (client *runtime.Client, ref string) {
	b.Helper()
	client, ref = openEnv(b, factory, runtime.AuditConfig{Policy: audit.Block, SampleCacheHits: sample}, drain{}.factory())
	b.Cleanup(func() {
		if stats := client.AuditStats(); stats.Sinks[0].Dropped > 0 {
			b.Errorf("%d events were dropped", stats.Sinks[0].Dropped)
		}
	})
	return client, ref
}

// openEnv is such a client with another trail, whose one sink the factory makes.
func openEnv(b *testing.B, factory providers.Factory, trail runtime.AuditConfig, sink audit.Factory, ext ...runtime.Extension) (client *runtime.Client, ref string) {
	b.Helper()
	b.Setenv(variable, canary)
	trail.Sinks = []string{sink.Name}
	client, err := runtime.New(b.Context(), runtime.Config{
		TenantID:      tenant,
		AllowedMounts: []string{"secret"},
		Salt:          []byte(strings.Repeat("bench canary salt ", 2)),
		Grants:        runtime.GrantConfig{MaxUsesMax: endless},
		Audit:         trail,
		Logger:        slog.New(slog.DiscardHandler),
	}, append(ext, factory, sink, pep.Extension{PDP: permit{}})...)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = client.Close(context.Background()) }) // its error counts events, which some benchmarks lose
	return client, "env://secret/" + variable
}

// reads are two requests, each with a live grant of its own.
type reads struct {
	handle   runtime.Handle[string]
	requests [2]context.Context
}

func newReads(b *testing.B, open func(b *testing.B) (*runtime.Client, string)) *reads {
	b.Helper()
	client, ref := open(b)
	set := runtime.NewSet(client, []runtime.Declaration{{Accessor: accessor, URI: ref}})
	r := &reads{handle: runtime.Bind(set, accessor, decode.String)}
	if err := set.Err(); err != nil {
		b.Fatal(err)
	}
	for i := range r.requests {
		r.requests[i] = request(b.Context(), i)
		if err := r.run(i, 1); err != nil {
			b.Fatal(err)
		}
	}
	return r
}

// run reads and reveals n times.
func (r *reads) run(which, n int) error {
	for range n {
		secret, err := r.handle.Read(r.requests[which])
		if err != nil {
			return err
		}
		if secret.Reveal() != canary {
			return errors.New("the value that was read is not the one stored")
		}
	}
	return nil
}
