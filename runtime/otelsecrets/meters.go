package otelsecrets

import (
	"context"
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

// meters counts and times what happens. Label values are fixed by the program and
// its settings: effects, codes, operations, and the schemes of providers.
type meters struct {
	tallies

	resolve  metric.Float64Histogram
	pdp      metric.Float64Histogram
	provider metric.Float64Histogram
	grantAge metric.Float64Histogram

	effects  map[observe.Effect][]metric.RecordOption
	requests memo[request, []metric.RecordOption]
}

// request is what calls of a provider are told apart by.
type request struct {
	provider string
	op       observe.Operation
}

func (r request) labels() []metric.RecordOption {
	return recorded(attribute.String("provider", r.provider), attribute.String("op", string(r.op)))
}

// recorded are the labels of a measurement, worked out once.
func recorded(kvs ...attribute.KeyValue) []metric.RecordOption {
	return []metric.RecordOption{metric.WithAttributeSet(attribute.NewSet(kvs...))}
}

var (
	_ observe.OperationObserver = (*meters)(nil)
	_ observe.DecisionObserver  = (*meters)(nil)
	_ observe.ReadObserver      = (*meters)(nil)
)

func newMeters(r *registry) *meters {
	m := &meters{effects: map[observe.Effect][]metric.RecordOption{}}
	m.tallies.make(r)
	m.requests.work = request.labels
	for _, effect := range effects {
		m.effects[effect] = recorded(attribute.String("effect", string(effect)))
	}
	m.resolve = r.histogram("secrets_resolve_seconds", "Time of a read, from the call to its value.", readBounds)
	m.pdp = r.histogram("secrets_pdp_request_seconds", "Time of a question to the policy decision point.", requestBounds)
	m.provider = r.histogram("secrets_provider_request_seconds", "Time of a call of a provider.", requestBounds)
	m.grantAge = r.histogram("secrets_grant_cache_age_seconds", "Age of grants at each hit.", ageBounds)
	return m
}

// OnOperation implements [observe.OperationObserver].
func (m *meters) OnOperation(ctx context.Context, op observe.Operation, about observe.About, outcome observe.Outcome, took time.Duration) {
	switch op {
	case observe.Load, observe.Preflight:
	case observe.Resolve:
		m.resolve.Record(ctx, took.Seconds())
	case observe.Decide:
		m.pdp.Record(ctx, took.Seconds(), m.effects[outcome.Effect]...)
	default:
		m.provider.Record(ctx, took.Seconds(), m.requests.get(request{about.Provider, op})...)
	}
}

// OnDecision implements [observe.DecisionObserver].
func (m *meters) OnDecision(_ observe.About, outcome observe.Outcome) {
	m.decided(outcome)
	if outcome.GrantAge > 0 {
		m.grantAge.Record(context.Background(), outcome.GrantAge.Seconds())
	}
}

// OnRead implements [observe.ReadObserver].
func (m *meters) OnRead(_ observe.About, outcome observe.Outcome) { m.read(outcome) }
