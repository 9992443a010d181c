package otelsecrets_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/observe"
	"github.com/secretsgen/secretsgen/runtime/otelsecrets"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/providers"
)

func TestCountersCountAndBeginAtZero(t *testing.T) {
	t.Parallel()
	e, s, p := newTelemetry(t), &store{value: `{"canary-key-4be1":"canary"}`}, &pdp{decision: permit(2)}
	c, handle := client(t, e, s, p)
	before := e.series(t)
	for _, name := range []string{
		"secrets_decisions_total{effect=allow}", "secrets_decisions_total{effect=deny}", "secrets_decisions_total{effect=error}",
		"secrets_errors_total{code=policy}", "secrets_errors_total{code=other}", "secrets_tenant_mount_violations_total{}",
		"secrets_grant_cache_hits_total{}",
	} {
		if n, ok := before[name]; !ok || n != 0 {
			t.Errorf("%s is %d, %v before anything has happened", name, n, ok)
		}
	}
	for _, name := range []string{"secrets_errors_total{code=absent}", "secrets_reads_total{effect=deny}", "secrets_audit_spool_bytes{}"} {
		if _, ok := before[name]; ok {
			t.Errorf("%s is there, which can't be", name)
		}
	}
	ctx := context.Background()
	read := func() { _, _ = handle.Read(ctx) }
	read()
	read()
	s.fails(&providers.ProviderError{Code: "canary"})
	read()
	p.becomes(pep.Decision{}, nil)
	read() // the second use of the grant that the last one was given
	read()
	p.becomes(pep.Decision{}, errPDP)
	read()
	outside, err := c.Parse("openbao+kv2://elsewhere/canary")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = runtime.Resolve[string](ctx, c, outside)

	after := e.series(t)
	for name, want := range map[string]int64{
		"secrets_decisions_total{effect=allow}":                          4,
		"secrets_decisions_total{effect=deny}":                           2,
		"secrets_decisions_total{effect=error}":                          1,
		"secrets_reads_total{effect=allow}":                              2,
		"secrets_reads_total{effect=error}":                              2,
		"secrets_errors_total{code=policy}":                              1,
		"secrets_errors_total{code=other}":                               2,
		"secrets_errors_total{code=pdp_unavailable}":                     1,
		"secrets_errors_total{code=TENANT_MOUNT_MISMATCH}":               1,
		"secrets_tenant_mount_violations_total{}":                        1,
		"secrets_resolve_seconds{}":                                      7,
		"secrets_pdp_request_seconds{effect=allow}":                      2,
		"secrets_pdp_request_seconds{effect=deny}":                       1,
		"secrets_pdp_request_seconds{effect=error}":                      1,
		"secrets_provider_request_seconds{op=read,provider=openbao+kv2}": 4,
		"secrets_grant_cache_age_seconds{}":                              2,
		"secrets_grant_cache_hits_total{}":                               2,
		"secrets_grant_cache_misses_total{}":                             4,
		"secrets_grant_cache_evictions_total{reason=spent}":              2,
		"secrets_grant_cache_evictions_total{reason=expired}":            0,
		"secrets_grant_cache_entries{}":                                  0,
		"secrets_breaker_state{breaker=pdp,state=closed}":                1,
		"secrets_breaker_state{breaker=openbao+kv2,state=open}":          0,
	} {
		if got, ok := after[name]; !ok || got != want {
			t.Errorf("%s is %d (%v), want %d", name, got, ok, want)
		}
	}
}

func TestClientsShareMetricsAndLeaveTheirCounts(t *testing.T) {
	t.Parallel()
	e, p := newTelemetry(t), &pdp{decision: permit(2)}
	var clients []*runtime.Client
	for range 2 {
		c, handle := client(t, e, &store{value: `{"canary-key-4be1":"canary"}`}, p)
		clients = append(clients, c)
		for range 2 {
			if _, err := handle.Read(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
	}
	const hits, room = "secrets_grant_cache_hits_total{}", "secrets_grant_cache_capacity{}"
	both := e.series(t)
	if both[hits] != 2 {
		t.Errorf("%d hits of two clients, want 2", both[hits])
	}
	if err := clients[0].Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	one := e.series(t)
	if one[hits] != 2 || one[room] != both[room]/2 {
		t.Errorf("after one has closed: %d hits, room for %d of %d", one[hits], one[room], both[room])
	}
	if err := clients[1].Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	none := e.series(t)
	if _, ok := none[room]; none[hits] != 2 || ok {
		t.Errorf("after both have closed: %d hits, room %v", none[hits], ok)
	}
}

// TestExtensionsOfOneMeterProviderAddUp has two parts of a program make an extension
// each, and one client each.
func TestExtensionsOfOneMeterProviderAddUp(t *testing.T) {
	t.Parallel()
	e := newTelemetry(t)
	one, again := e.extension, e.again(t)
	clients := []struct {
		ext   observe.Extension
		state observe.State
	}{
		{one, observe.State{Grants: observe.Grants{Table: observe.Table{Entries: 3, Capacity: 10}, Hits: 1}, Breakers: []observe.Breaker{{Name: "pdp", State: "open"}}}},
		{again, observe.State{Grants: observe.Grants{Table: observe.Table{Entries: 1, Capacity: 10}, Hits: 2}, Breakers: []observe.Breaker{{Name: "pdp", State: "closed"}}}},
	}
	for _, c := range clients {
		stateObserver(t, c.ext).OnOpen(func() observe.State { return c.state })
		for _, o := range c.ext.Observers {
			if o, ok := o.(observe.DecisionObserver); ok {
				o.OnDecision(observe.About{}, observe.Outcome{Effect: observe.Allow})
			}
		}
	}
	got := e.series(t)
	for name, want := range map[string]int64{
		"secrets_decisions_total{effect=allow}": 2, "secrets_grant_cache_hits_total{}": 3,
		"secrets_grant_cache_entries{}": 4, "secrets_grant_cache_capacity{}": 20,
		"secrets_breaker_state{breaker=pdp,state=open}": 1, "secrets_breaker_state{breaker=pdp,state=closed}": 1,
	} {
		if got[name] != want {
			t.Errorf("%s is %d, want %d", name, got[name], want)
		}
	}
}

// TestStatesOfManyClients reads made-up states, for what takes hours to come to.
func TestStatesOfManyClients(t *testing.T) {
	t.Parallel()
	e := newTelemetry(t)
	states := stateObserver(t, e.extension)
	table := func(n int) observe.Table { return observe.Table{Entries: n, Capacity: 10} }
	closed := states.OnOpen(func() observe.State {
		return observe.State{
			Grants: observe.Grants{Table: table(1), Unstored: 1, Expired: 2}, Denials: table(2), Replays: table(3), Pins: table(4), Asking: 5,
			Breakers: []observe.Breaker{{Name: "pdp", State: "half-open"}, {Name: "a", State: "closed"}},
			Sinks:    []observe.Sink{{Name: "slog", Waiting: 1, Capacity: 2, Written: 3, Dropped: 4, Failed: 5}},
			Spool:    observe.Spool{Refused: 1, Bytes: 2, Max: 3},
		}
	})
	states.OnOpen(func() observe.State {
		return observe.State{
			Grants: observe.Grants{Table: table(1)}, Denials: table(1), Asking: 1,
			Breakers: []observe.Breaker{{Name: "pdp", State: "open"}, {Name: "b", State: "closed"}},
			Sinks:    []observe.Sink{{Name: "slog", Waiting: 1, Capacity: 2, Written: 3}, {Name: "kafka", Waiting: 7}},
			Spool:    observe.Spool{Refused: 1, Bytes: 2, Max: 3},
		}
	})
	want := map[string]int64{
		"secrets_grant_cache_entries{}": 2, "secrets_grant_cache_capacity{}": 20,
		"secrets_grant_cache_evictions_total{reason=unstored}": 1, "secrets_grant_cache_evictions_total{reason=expired}": 2,
		"secrets_table_entries{table=denials}": 3, "secrets_table_entries{table=replays}": 3, "secrets_table_entries{table=pins}": 4,
		"secrets_table_capacity{table=denials}": 20, "secrets_table_capacity{table=pins}": 10,
		"secrets_pdp_requests_in_flight{}":              6,
		"secrets_breaker_state{breaker=pdp,state=open}": 1, "secrets_breaker_state{breaker=pdp,state=half-open}": 1, "secrets_breaker_state{breaker=pdp,state=closed}": 0,
		"secrets_breaker_state{breaker=a,state=closed}": 1, "secrets_breaker_state{breaker=b,state=closed}": 1,
		"secrets_audit_queue_events{sink=slog}": 2, "secrets_audit_queue_capacity{sink=slog}": 4,
		"secrets_audit_queue_events{sink=kafka}": 7,
		"secrets_audit_written_total{sink=slog}": 6, "secrets_audit_dropped_total{sink=slog}": 4, "secrets_audit_failed_total{sink=slog}": 5,
		"secrets_audit_refused_total{}": 2, "secrets_audit_spool_bytes{}": 4, "secrets_audit_spool_max_bytes{}": 6,
	}
	expect := func(want map[string]int64) {
		t.Helper()
		got := e.series(t)
		for name, n := range want {
			if got[name] != n {
				t.Errorf("%s is %d, want %d", name, got[name], n)
			}
		}
		if _, ok := got["secrets_audit_queue_capacity{sink=kafka}"]; ok {
			t.Error("a sink with a spool has the room of a queue")
		}
	}
	expect(want)
	expect(want) // reading a state twice counts nothing twice
	closed()
	want = map[string]int64{
		"secrets_grant_cache_entries{}": 1, "secrets_audit_queue_events{sink=slog}": 1, "secrets_audit_spool_bytes{}": 2,
		"secrets_pdp_requests_in_flight{}": 1, "secrets_grant_cache_evictions_total{reason=expired}": 2,
		"secrets_audit_written_total{sink=slog}": 6, "secrets_audit_refused_total{}": 2,
	}
	expect(want)
	expect(want) // nor what a closed client has left
}

// TestWhatTheListsDoNotHaveIsCountedAsOther of what tells it without a client.
func TestWhatTheListsDoNotHaveIsCountedAsOther(t *testing.T) {
	t.Parallel()
	e := newTelemetry(t)
	before := names(e.series(t))
	for _, o := range e.extension.Observers {
		if o, ok := o.(observe.ReadObserver); ok {
			o.OnRead(observe.About{}, observe.Outcome{Effect: observe.Error, Code: "canary"})
		}
		if o, ok := o.(observe.OperationObserver); ok {
			for _, op := range []observe.Operation{observe.Load, observe.Preflight} {
				o.OnOperation(t.Context(), op, observe.About{}, observe.Outcome{}, 1)
			}
		}
	}
	after := e.series(t)
	if n := after["secrets_errors_total{code=other}"]; n != 1 {
		t.Errorf("%d other errors, want 1", n)
	}
	if diff := cmp.Diff(before, names(after)); diff != "" {
		t.Errorf("series (-before +after):\n%s", diff)
	}
}

func stateObserver(t *testing.T, e observe.Extension) observe.StateObserver {
	t.Helper()
	for _, o := range e.Observers {
		if s, ok := o.(observe.StateObserver); ok {
			return s
		}
	}
	t.Fatal("nobody observes the state")
	return nil
}

func TestEitherProviderMayBeLeftOutButNotBoth(t *testing.T) {
	t.Parallel()
	e := newTelemetry(t)
	for _, cfg := range []otelsecrets.Config{{TracerProvider: e.tracer}, {MeterProvider: noop.NewMeterProvider()}} {
		if _, err := otelsecrets.New(cfg); err != nil {
			t.Error(err)
		}
	}
	if _, err := otelsecrets.New(otelsecrets.Config{}); err == nil || !strings.Contains(err.Error(), "TracerProvider") {
		t.Errorf("neither is accepted: %v", err)
	}
}

var errRefused = errors.New("no such instrument")

// refusing is a meter provider that makes no instrument of some kinds.
type refusing struct {
	noop.MeterProvider
	counters, gauges, histograms, callbacks error
}

type refusingMeter struct {
	noop.Meter
	refusing
}

func (r refusing) Meter(string, ...metric.MeterOption) metric.Meter {
	return refusingMeter{refusing: r}
}

func (m refusingMeter) Int64ObservableCounter(string, ...metric.Int64ObservableCounterOption) (metric.Int64ObservableCounter, error) {
	return noop.Int64ObservableCounter{}, m.counters
}

func (m refusingMeter) Int64ObservableUpDownCounter(string, ...metric.Int64ObservableUpDownCounterOption) (metric.Int64ObservableUpDownCounter, error) {
	return noop.Int64ObservableUpDownCounter{}, m.gauges
}

func (m refusingMeter) Float64Histogram(string, ...metric.Float64HistogramOption) (metric.Float64Histogram, error) {
	return noop.Float64Histogram{}, m.histograms
}

func (m refusingMeter) RegisterCallback(metric.Callback, ...metric.Observable) (metric.Registration, error) {
	return noop.Registration{}, m.callbacks
}

func TestAnInstrumentThatIsRefusedIsAnError(t *testing.T) {
	t.Parallel()
	var got []bool
	for _, p := range []refusing{{counters: errRefused}, {gauges: errRefused}, {histograms: errRefused}, {callbacks: errRefused}, {}} {
		_, err := otelsecrets.New(otelsecrets.Config{MeterProvider: p})
		got = append(got, errors.Is(err, errRefused))
	}
	if diff := cmp.Diff([]bool{true, true, true, true, false}, got); diff != "" {
		t.Errorf("refused (-want +got):\n%s", diff)
	}
}
