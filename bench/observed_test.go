package bench

import (
	"context"
	"testing"

	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/trace"

	"github.com/secretsgen/secretsgen/bench/internal/paired"
	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/audit"
	"github.com/secretsgen/secretsgen/runtime/otelsecrets"
	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/providers/env"
)

// BenchmarkObserved is a read under a live grant with OpenTelemetry's SDK watching,
// beside the same read without: of a variable of this process, and of a store that
// is asked as one over a network is. "unsampled" are spans that a sampler drops,
// "sampled" spans that reach an exporter, which drops them.
func BenchmarkObserved(b *testing.B) {
	metrics := func(cfg *otelsecrets.Config) {
		cfg.MeterProvider = metric.NewMeterProvider(metric.WithReader(metric.NewManualReader()))
	}
	spans := func(sampler trace.Sampler) func(*otelsecrets.Config) {
		return func(cfg *otelsecrets.Config) {
			cfg.TracerProvider = trace.NewTracerProvider(trace.WithSampler(sampler), trace.WithSyncer(discarded{}))
		}
	}
	for _, bb := range []struct {
		name string
		with []func(*otelsecrets.Config)
	}{
		{"metrics", []func(*otelsecrets.Config){metrics}},
		{"unsampled", []func(*otelsecrets.Config){spans(trace.NeverSample())}},
		{"sampled", []func(*otelsecrets.Config){spans(trace.AlwaysSample())}},
		{"metrics+sampled", []func(*otelsecrets.Config){metrics, spans(trace.AlwaysSample())}},
	} {
		for _, local := range []bool{true, false} {
			name := bb.name + "/store=network"
			if local {
				name = bb.name + "/store=env"
			}
			b.Run(name, func(b *testing.B) {
				factory := env.Provider()
				factory.Local = local
				watched := newReads(b, observedClient(factory, bb.with...))
				plain := newReads(b, observedClient(factory))
				paired.Bench(b, paired.Sides{
					Subject:  func(n int) error { return watched.run(0, n) },
					Baseline: func(n int) error { return plain.run(0, n) },
					Block:    50,
				})
			})
		}
	}
}

// observedClient is a client whose events are left out, watched as the changes say.
func observedClient(factory providers.Factory, with ...func(*otelsecrets.Config)) func(b *testing.B) (*runtime.Client, string) {
	return func(b *testing.B) (client *runtime.Client, ref string) {
		b.Helper()
		var ext []runtime.Extension
		if len(with) > 0 {
			var cfg otelsecrets.Config
			for _, change := range with {
				change(&cfg)
			}
			telemetry, err := otelsecrets.New(cfg)
			if err != nil {
				b.Fatal(err)
			}
			ext = append(ext, telemetry)
		}
		trail := runtime.AuditConfig{Policy: audit.Block, SampleCacheHits: unsampled}
		return openEnv(b, factory, trail, drain{}.factory(), ext...)
	}
}

// discarded is an exporter that keeps nothing.
type discarded struct{}

func (discarded) ExportSpans(context.Context, []trace.ReadOnlySpan) error { return nil }

func (discarded) Shutdown(context.Context) error { return nil }
