package otelsecrets_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/decode"
	"github.com/secretsgen/secretsgen/runtime/observe"
	"github.com/secretsgen/secretsgen/runtime/otelsecrets"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/providers"
)

// telemetry is an SDK that keeps everything in memory.
type telemetry struct {
	spans     *tracetest.InMemoryExporter
	tracer    *trace.TracerProvider
	processor trace.SpanProcessor
	reader    *metric.ManualReader
	meter     *metric.MeterProvider
	extension observe.Extension
}

func newTelemetry(t testing.TB) *telemetry {
	t.Helper()
	e := &telemetry{spans: tracetest.NewInMemoryExporter(), reader: metric.NewManualReader()}
	e.processor = trace.NewSimpleSpanProcessor(e.spans)
	e.tracer = trace.NewTracerProvider(trace.WithSpanProcessor(e.processor))
	e.meter = metric.NewMeterProvider(metric.WithReader(e.reader))
	e.extension = e.again(t)
	return e
}

// again is another extension with the same providers.
func (e *telemetry) again(t testing.TB) observe.Extension {
	t.Helper()
	ext, err := otelsecrets.New(otelsecrets.Config{TracerProvider: e.tracer, MeterProvider: e.meter})
	if err != nil {
		t.Fatal(err)
	}
	return ext
}

// series are the values of all series by name and labels; of a histogram, how
// often it was recorded.
func (e *telemetry) series(t testing.TB) map[string]int64 {
	t.Helper()
	all := map[string]int64{}
	for name, points := range e.collect(t) {
		for labels, value := range points {
			all[name+labels] = value
		}
	}
	return all
}

func (e *telemetry) collect(t testing.TB) map[string]map[string]int64 {
	t.Helper()
	var rm metricdata.ResourceMetrics
	if err := e.reader.Collect(context.Background(), &rm); err != nil {
		t.Fatal(err)
	}
	all := map[string]map[string]int64{}
	for _, scope := range rm.ScopeMetrics {
		for _, m := range scope.Metrics {
			points := map[string]int64{}
			switch data := m.Data.(type) {
			case metricdata.Sum[int64]:
				for _, p := range data.DataPoints {
					points[labels(p.Attributes)] = p.Value
				}
			case metricdata.Gauge[int64]:
				for _, p := range data.DataPoints {
					points[labels(p.Attributes)] = p.Value
				}
			case metricdata.Histogram[float64]:
				for _, p := range data.DataPoints {
					points[labels(p.Attributes)] = int64(p.Count)
				}
			default:
				t.Fatalf("%s is of a kind that was not expected, %T", m.Name, m.Data)
			}
			all[m.Name] = points
		}
	}
	return all
}

func labels(set attribute.Set) string {
	var parts []string
	for _, kv := range set.ToSlice() {
		parts = append(parts, string(kv.Key)+"="+kv.Value.String())
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// store is a provider of one document that can wrap. It answers with the failure,
// if there is one.
type store struct {
	value string
	in    providers.Instance

	mu      sync.Mutex
	failure error
}

func (s *store) fails(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failure = err
}

func (s *store) Read(context.Context, providers.Location) (providers.Document, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failure != nil {
		return providers.Document{}, s.failure
	}
	return providers.Scalar(providers.NewValue(providers.Text, []byte(s.value)), providers.Metadata{Version: 3}), nil
}

func (s *store) ReadWrapped(ctx context.Context, at providers.Location, _ time.Duration) (providers.Document, error) {
	ctx, end := s.in.Begin(ctx, observe.Unwrap)
	doc, err := s.Read(ctx, at)
	end(err)
	return doc, err
}

func (s *store) factory(local bool) providers.Factory {
	return providers.Factory{
		Package: "example.com/store",
		Schemes: []string{"openbao+kv2"},
		Local:   local,
		Open: func(_ context.Context, in providers.Instance) (providers.Provider, error) {
			s.in = in
			return s, nil
		},
	}
}

// pdp answers with decision and err, and does what is to be done within before.
type pdp struct {
	within   func(context.Context) // nil: nothing
	mu       sync.Mutex
	decision pep.Decision
	err      error
}

func (p *pdp) Decide(ctx context.Context, _ pep.Request) (pep.Decision, error) {
	if p.within != nil {
		p.within(ctx)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.decision, p.err
}

func (p *pdp) becomes(dec pep.Decision, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.decision, p.err = dec, err
}

func permit(uses int) pep.Decision {
	return pep.Decision{Permit: true, ID: "decision-canary", Obligations: pep.Obligations{MaxUses: uses}}
}

var errPDP = errors.New("canary of a PDP")

const ref = "openbao+kv2://secret/canary-path-4be1/api#canary-key-4be1"

// client is one that reads a secret as the accessor api.token.
func client(t testing.TB, e *telemetry, s *store, p *pdp, ext ...runtime.Extension) (*runtime.Client, runtime.Handle[string]) {
	t.Helper()
	cfg := runtime.Config{
		Environment:   "test",
		TenantID:      "tenant",
		AllowedMounts: []string{"secret"},
		Salt:          []byte(strings.Repeat("canary salt ", 4)),
		Subject:       "canary-workload",
		PDP:           runtime.PDPConfig{Timeout: time.Minute}, // all that a busy machine may take
		Audit:         runtime.AuditConfig{Sinks: []string{"none"}},
		Grants:        runtime.GrantConfig{NegativeTTL: -1, MaxUsesMax: 1_000_000_000},
		Logger:        slog.New(slog.DiscardHandler),
	}
	declarations := []runtime.Declaration{{Accessor: "api.token", URI: ref}}
	all := append(slices.Clone(ext), e.extension, s.factory(false), pep.Extension{PDP: p}, runtime.Declared(declarations))
	c, err := runtime.New(context.Background(), cfg, all...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(context.Background()) })
	set := runtime.NewSet(c, declarations)
	handle := runtime.Bind(set, "api.token", decode.Decoder[string](decode.String))
	if err := set.Err(); err != nil {
		t.Fatal(err)
	}
	return c, handle
}
