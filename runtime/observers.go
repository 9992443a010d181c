package runtime

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/secretsgen/secretsgen/runtime/observe"
	"github.com/secretsgen/secretsgen/runtime/pep"
)

// observers are who watches a client, by what they implement. Nil: nobody does,
// and then every method returns at once. A panic in one of them ends there.
type observers struct {
	spans      []observe.SpanObserver
	operations []observe.OperationObserver
	decisions  []observe.DecisionObserver
	reads      []observe.ReadObserver
	states     []observe.StateObserver

	hits, misses atomic.Uint64
	breakers     sync.Map // scheme of a remote provider to state, as its last notice has it

	closed    []func()
	closeOnce sync.Once
	waitOnce  sync.Once
}

// add reports whether an observer implements anything.
func (o *observers) add(observer observe.Observer) bool {
	added := []bool{
		addObserver(&o.spans, observer),
		addObserver(&o.operations, observer),
		addObserver(&o.decisions, observer),
		addObserver(&o.reads, observer),
		addObserver(&o.states, observer),
	}
	return slices.Contains(added, true)
}

func addObserver[O any](to *[]O, observer observe.Observer) bool {
	o, ok := observer.(O)
	if ok {
		*to = append(*to, o)
	}
	return ok
}

// takeObservers takes observers, of which there may be many.
func (b *builder) takeObservers(e observe.Extension) {
	for _, observer := range e.Observers {
		if b.opener.observers == nil {
			b.opener.observers = &observers{}
		}
		if !b.opener.observers.add(observer) {
			b.report("runtime.New", "was passed an observer that implements none of the interfaces of runtime/observe")
		}
	}
}

// guarded keeps the panic of an observer from whom it observes.
func guarded(tell func()) {
	defer func() { _ = recover() }()
	tell()
}

// decided tells what the enforcement point said.
func (o *observers) decided(t *target, permit pep.Permit, err error) {
	if o == nil || len(o.decisions) == 0 {
		return
	}
	about, outcome := t.observed(), told(permit, ending{}, err)
	for _, d := range o.decisions {
		guarded(func() { d.OnDecision(about, outcome) })
	}
}

// ended tells what became of a read.
func (o *observers) ended(t *target, permit pep.Permit, e ending, err error) {
	if o == nil || len(o.reads) == 0 {
		return
	}
	about, outcome := t.observed(), told(permit, e, err)
	for _, r := range o.reads {
		guarded(func() { r.OnRead(about, outcome) })
	}
}

// OnGrant implements [pep.GrantHook].
func (o *observers) OnGrant(event pep.GrantEvent, _ string) {
	switch event {
	case pep.GrantHit:
		o.hits.Add(1)
	case pep.GrantMiss:
		o.misses.Add(1)
	}
}
