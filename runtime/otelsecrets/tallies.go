package otelsecrets

import (
	"sync/atomic"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/secretsgen/secretsgen/runtime/observe"
)

// tallies counts decisions and reads, in numbers that the SDK reads when metrics
// are collected. Each is shown from the start, at 0, since a series that appears
// with its first event shows no increase by it.
type tallies struct {
	decisions, reads map[observe.Effect]*tally
	errors           map[string]*tally
	violations       *tally
}

// tally is one series of a counter, alone on its cache line.
type tally struct {
	n atomic.Int64
	_ [56]byte

	counter metric.Int64ObservableCounter
	labels  []metric.ObserveOption
}

var effects = []observe.Effect{observe.Allow, observe.Deny, observe.Error}

// violation is the code of a reference that the guard refuses.
const violation = "TENANT_MOUNT_MISMATCH"

func (t *tallies) make(r *registry) {
	t.decisions, t.reads, t.errors = map[observe.Effect]*tally{}, map[observe.Effect]*tally{}, map[string]*tally{}
	decisions := r.counter("secrets_decisions_total", "{decision}", "What the enforcement point said, once for each secret and call.")
	reads := r.counter("secrets_reads_total", "{read}", "Permitted reads, by what became of them.")
	failures := r.counter("secrets_errors_total", "{error}", "Decisions and reads that gave no value, by code.")
	for _, effect := range effects {
		label := attribute.String("effect", string(effect))
		t.decisions[effect] = r.tally(decisions, label)
		if effect != observe.Deny { // what was permitted is not denied
			t.reads[effect] = r.tally(reads, label)
		}
	}
	for _, code := range observe.Codes() {
		if code != observe.Absent { // no failure
			t.errors[code] = r.tally(failures, attribute.String("code", code))
		}
	}
	t.violations = r.tally(r.counter("secrets_tenant_mount_violations_total", "{violation}", "References to a mount that the tenant does not have."))
}

func (t *tallies) decided(outcome observe.Outcome) {
	t.decisions[outcome.Effect].add()
	t.failed(outcome)
	if outcome.Code == violation {
		t.violations.add()
	}
}

func (t *tallies) read(outcome observe.Outcome) {
	t.reads[outcome.Effect].add()
	t.failed(outcome)
}

func (t *tallies) failed(outcome observe.Outcome) {
	if outcome.Effect != observe.Allow {
		t.errors[observe.Known(outcome.Code)].add()
	}
}

func (t *tally) add() { t.n.Add(1) }

func (t *tally) observe(o metric.Observer) { o.ObserveInt64(t.counter, t.n.Load(), t.labels...) }
