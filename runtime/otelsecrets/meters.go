package otelsecrets

import (
	"context"
	"errors"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/secretsgen/secretsgen/runtime/observe"
)

// Bounds of histograms, in seconds.
var (
	requestBounds = []float64{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30}
	readBounds    = []float64{0.000001, 0.0000025, 0.000005, 0.00001, 0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30}
	ageBounds     = []float64{1, 5, 15, 30, 60, 120, 300, 600, 1800, 3600}
)

// meters counts and times what happens. Instruments have the names that
// Prometheus shows, units and suffixes included, so that these stay the same
// whatever an exporter or a collector makes of names.
//
// Label values are fixed by the program and its settings: effects, codes,
// operations, and the schemes of providers.
type meters struct {
	decisions  metric.Int64Counter
	reads      metric.Int64Counter
	errors     metric.Int64Counter
	violations metric.Int64Counter

	resolve  metric.Float64Histogram
	pdp      metric.Float64Histogram
	provider metric.Float64Histogram
	grantAge metric.Float64Histogram

	effects  map[observe.Effect]options
	codes    map[string]options
	requests sync.Map // request to options
}

// request is what calls of a provider are told apart by.
type request struct {
	provider string
	op       observe.Operation
}

// options are the labels of a measurement, worked out once.
type options struct {
	add    []metric.AddOption
	record []metric.RecordOption
}

func labels(kvs ...attribute.KeyValue) options {
	set := metric.WithAttributeSet(attribute.NewSet(kvs...))
	return options{[]metric.AddOption{set}, []metric.RecordOption{set}}
}

var (
	_ observe.SpanObserver     = (*meters)(nil)
	_ observe.DecisionObserver = (*meters)(nil)
	_ observe.ReadObserver     = (*meters)(nil)
)

func newMeters(meter metric.Meter) (*meters, error) {
	m := &meters{effects: map[observe.Effect]options{}, codes: map[string]options{}}
	var failures []error
	counter := func(name, unit, description string) metric.Int64Counter {
		c, err := meter.Int64Counter(name, metric.WithUnit(unit), metric.WithDescription(description))
		failures = append(failures, err)
		return c
	}
	histogram := func(name, description string, bounds []float64) metric.Float64Histogram {
		h, err := meter.Float64Histogram(name, metric.WithUnit("s"), metric.WithDescription(description), metric.WithExplicitBucketBoundaries(bounds...))
		failures = append(failures, err)
		return h
	}
	m.decisions = counter("secrets_decisions_total", "{decision}", "What the enforcement point said, once for each secret and call.")
	m.reads = counter("secrets_reads_total", "{read}", "Permitted reads, by what became of them.")
	m.errors = counter("secrets_errors_total", "{error}", "Decisions and reads that gave no value, by code.")
	m.violations = counter("secrets_tenant_mount_violations_total", "{violation}", "References to a mount that the tenant does not have.")
	m.resolve = histogram("secrets_resolve_seconds", "Time of a read, from the call to its value.", readBounds)
	m.pdp = histogram("secrets_pdp_request_seconds", "Time of a question to the policy decision point.", requestBounds)
	m.provider = histogram("secrets_provider_request_seconds", "Time of a call of a provider.", requestBounds)
	m.grantAge = histogram("secrets_grant_cache_age_seconds", "Age of grants at the reads that they served.", ageBounds)
	if err := errors.Join(failures...); err != nil {
		return nil, err
	}
	m.start()
	return m, nil
}

// start has every counter begin at 0 under every label, since a series that
// appears with its first event shows no increase by it.
func (m *meters) start() {
	ctx := context.Background()
	for _, effect := range []observe.Effect{observe.Allow, observe.Deny, observe.Error} {
		o := labels(attribute.String("effect", string(effect)))
		m.effects[effect] = o
		m.decisions.Add(ctx, 0, o.add...)
		if effect != observe.Deny { // what was permitted is not denied
			m.reads.Add(ctx, 0, o.add...)
		}
	}
	for _, code := range observe.Codes() {
		if code == observe.Absent { // no failure
			continue
		}
		m.codes[code] = labels(attribute.String("code", code))
		m.errors.Add(ctx, 0, m.codes[code].add...)
	}
	m.violations.Add(ctx, 0)
}

// Begin implements [observe.SpanObserver].
func (m *meters) Begin(ctx context.Context, op observe.Operation, about observe.About) (context.Context, observe.End) {
	start := time.Now()
	switch op {
	case observe.Load, observe.Preflight:
		return ctx, nil
	case observe.Resolve:
		return ctx, func(observe.Outcome) { m.resolve.Record(ctx, seconds(start)) }
	case observe.Decide:
		return ctx, func(outcome observe.Outcome) { m.pdp.Record(ctx, seconds(start), m.effects[outcome.Effect].record...) }
	}
	o := m.request(about.Provider, op)
	return ctx, func(observe.Outcome) { m.provider.Record(ctx, seconds(start), o.record...) }
}

func seconds(start time.Time) float64 { return time.Since(start).Seconds() }

func (m *meters) request(provider string, op observe.Operation) options {
	key := request{provider, op}
	stored, _ := m.requests.Load(key)
	if known, ok := stored.(options); ok {
		return known
	}
	o := labels(attribute.String("provider", provider), attribute.String("op", string(op)))
	m.requests.Store(key, o)
	return o
}

// OnDecision implements [observe.DecisionObserver].
func (m *meters) OnDecision(_ observe.About, outcome observe.Outcome) {
	ctx := context.Background()
	m.decisions.Add(ctx, 1, m.effects[outcome.Effect].add...)
	if outcome.Effect != observe.Allow {
		m.failed(ctx, outcome.Code)
	}
	if outcome.Code == violation {
		m.violations.Add(ctx, 1)
	}
	if outcome.GrantAge > 0 {
		m.grantAge.Record(ctx, outcome.GrantAge.Seconds())
	}
}

// violation is the code of a reference that the guard refuses.
const violation = "TENANT_MOUNT_MISMATCH"

// OnRead implements [observe.ReadObserver].
func (m *meters) OnRead(_ observe.About, outcome observe.Outcome) {
	ctx := context.Background()
	m.reads.Add(ctx, 1, m.effects[outcome.Effect].add...)
	if outcome.Effect != observe.Allow {
		m.failed(ctx, outcome.Code)
	}
}

func (m *meters) failed(ctx context.Context, code string) {
	m.errors.Add(ctx, 1, m.codes[observe.Known(code)].add...)
}
