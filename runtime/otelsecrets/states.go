package otelsecrets

import (
	"sync"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/secretsgen/secretsgen/runtime/observe"
)

// states shows the state of all clients together when metrics are collected, and
// costs nothing before. What clients have counted is kept when they are closed, so
// that counters never fall.
type states struct {
	gauges *gauges

	mu    sync.Mutex
	next  int
	open  map[int]func() observe.State
	ended observe.State // the counts of clients that were closed
}

var _ observe.StateObserver = (*states)(nil)

func newStates(r *registry) *states {
	return &states{gauges: newGauges(r), open: map[int]func() observe.State{}}
}

func (s *states) observe(o metric.Observer) { s.gauges.observe(o, s.total()) }

// OnOpen implements [observe.StateObserver].
func (s *states) OnOpen(read func() observe.State) (closed func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := s.next
	s.next++
	s.open[id] = read
	return func() {
		last := read()
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.open, id)
		s.ended = sum(s.ended, counts(last))
	}
}

// total is the state of all clients. It reads none of them under the lock, which
// a client that is opened meanwhile waits for.
func (s *states) total() observe.State {
	s.mu.Lock()
	total := s.ended
	reads := make([]func() observe.State, 0, len(s.open))
	for _, read := range s.open {
		reads = append(reads, read)
	}
	s.mu.Unlock()
	for _, read := range reads {
		total = sum(total, read())
	}
	return total
}

// gauges are the instruments that are read when metrics are collected.
type gauges struct {
	grants, grantCapacity metric.Int64ObservableUpDownCounter
	hits, misses          metric.Int64ObservableCounter
	evictions             metric.Int64ObservableCounter
	entries, capacity     metric.Int64ObservableUpDownCounter
	breaker, asking       metric.Int64ObservableUpDownCounter

	queue, queueCapacity     metric.Int64ObservableUpDownCounter
	written, dropped, failed metric.Int64ObservableCounter
	refused                  metric.Int64ObservableCounter
	spool, spoolMax          metric.Int64ObservableUpDownCounter
}

func newGauges(r *registry) *gauges {
	g := &gauges{}
	g.grants = r.gauge("secrets_grant_cache_entries", "{grant}", "Grants in the memory of this process.")
	g.grantCapacity = r.gauge("secrets_grant_cache_capacity", "{grant}", "Grants that the memory of this process has room for.")
	g.hits = r.counter("secrets_grant_cache_hits_total", "{read}", "Reads, and secrets of a Preflight, under a grant that was live.")
	g.misses = r.counter("secrets_grant_cache_misses_total", "{read}", "Reads, and secrets of a Preflight, that found no live grant.")
	g.evictions = r.counter("secrets_grant_cache_evictions_total", "{grant}", "Grants that left the memory of this process: spent, expired, or unstored for want of room.")
	g.entries = r.gauge("secrets_table_entries", "{entry}", "Entries of the other tables of the enforcement point.")
	g.capacity = r.gauge("secrets_table_capacity", "{entry}", "Entries that these tables have room for. What finds none is refused.")
	g.breaker = r.gauge("secrets_breaker_state", "{breaker}", "Circuit breakers that are in this state.")
	g.asking = r.gauge("secrets_pdp_requests_in_flight", "{request}", "Questions to the policy decision point that are under way.")
	g.queue = r.gauge("secrets_audit_queue_events", "{event}", "Audit events that wait for a sink, in its queue or in the spool.")
	g.queueCapacity = r.gauge("secrets_audit_queue_capacity", "{event}", "Audit events that may wait in the queue of a sink.")
	g.written = r.counter("secrets_audit_written_total", "{event}", "Audit events that a sink has taken.")
	g.dropped = r.counter("secrets_audit_dropped_total", "{event}", "Audit events that a sink was never offered.")
	g.failed = r.counter("secrets_audit_failed_total", "{event}", "Audit events that a sink did not take.")
	g.refused = r.counter("secrets_audit_refused_total", "{event}", "Audit events that could not be put on disk, and whose reads were refused.")
	g.spool = r.gauge("secrets_audit_spool_bytes", "By", "Size of the audit spool.")
	g.spoolMax = r.gauge("secrets_audit_spool_max_bytes", "By", "Size that the audit spool may have.")
	return g
}

// observe shows a state.
func (g *gauges) observe(o metric.Observer, s observe.State) {
	count := func(c metric.Int64ObservableCounter, n uint64, labels ...attribute.KeyValue) {
		o.ObserveInt64(c, int64(n), metric.WithAttributes(labels...))
	}
	count(g.hits, s.Grants.Hits)
	count(g.misses, s.Grants.Misses)
	count(g.evictions, s.Grants.Spent, attribute.String("reason", "spent"))
	count(g.evictions, s.Grants.Expired, attribute.String("reason", "expired"))
	count(g.evictions, s.Grants.Unstored, attribute.String("reason", "unstored"))
	count(g.refused, s.Spool.Refused)
	g.observeTable(o, g.grants, g.grantCapacity, s.Grants.Table)
	for name, table := range map[string]observe.Table{"denials": s.Denials, "replays": s.Replays, "pins": s.Pins} {
		g.observeTable(o, g.entries, g.capacity, table, attribute.String("table", name))
	}
	for _, b := range s.Breakers { // those of one name add up
		for _, state := range breakerStates {
			in := int64(0)
			if state == b.State {
				in = 1
			}
			o.ObserveInt64(g.breaker, in, metric.WithAttributes(attribute.String("breaker", b.Name), attribute.String("state", state)))
		}
	}
	o.ObserveInt64(g.asking, int64(s.Asking))
	for _, sink := range s.Sinks {
		name := attribute.String("sink", sink.Name)
		count(g.written, sink.Written, name)
		count(g.dropped, sink.Dropped, name)
		count(g.failed, sink.Failed, name)
		o.ObserveInt64(g.queue, int64(sink.Waiting), metric.WithAttributes(name))
		if sink.Capacity > 0 {
			o.ObserveInt64(g.queueCapacity, int64(sink.Capacity), metric.WithAttributes(name))
		}
	}
	if s.Spool.Max > 0 {
		o.ObserveInt64(g.spool, s.Spool.Bytes)
		o.ObserveInt64(g.spoolMax, s.Spool.Max)
	}
}

// observeTable shows a table, if it is one of this process.
func (*gauges) observeTable(o metric.Observer, entries, capacity metric.Int64ObservableUpDownCounter, t observe.Table, labels ...attribute.KeyValue) {
	if t.Capacity == 0 {
		return
	}
	o.ObserveInt64(entries, int64(t.Entries), metric.WithAttributes(labels...))
	o.ObserveInt64(capacity, int64(t.Capacity), metric.WithAttributes(labels...))
}
