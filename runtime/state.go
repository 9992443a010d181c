package runtime

import (
	"maps"
	"slices"

	"github.com/secretsgen/secretsgen/runtime/observe"
	"github.com/secretsgen/secretsgen/runtime/providers"
)

// open has the observers of k's state read it from now on.
func (o *observers) open(k *core) {
	if o == nil {
		return
	}
	for _, s := range o.states {
		guarded(func() {
			if closed := s.OnOpen(k.state); closed != nil {
				o.closed = append(o.closed, closed)
			}
		})
	}
}

// close has nobody read the state any more.
func (o *observers) close() {
	if o == nil {
		return
	}
	o.closeOnce.Do(func() {
		for _, closed := range o.closed {
			guarded(closed)
		}
	})
}

// noticed keeps what a provider says of its breaker.
func (o *observers) noticed(scheme string, notice providers.Notice) {
	state := ""
	switch notice {
	case providers.BreakerOpened:
		state = "open"
	case providers.BreakerProbing:
		state = "half-open"
	case providers.BreakerClosed:
		state = "closed"
	}
	if o != nil && state != "" {
		o.breakers.Store(scheme, state)
	}
}

// state is what the client holds now. It has observers.
func (k *core) state() observe.State {
	o := k.observers()
	s := k.enforcer.State()
	s.Grants.Hits, s.Grants.Misses = o.hits.Load(), o.misses.Load()
	s.Breakers = append(s.Breakers, k.breakers()...)
	trail := k.trail.Stats()
	for _, sink := range trail.Sinks {
		s.Sinks = append(s.Sinks, observe.Sink{
			Name:     sink.Name,
			Waiting:  sink.Waiting,
			Capacity: sink.Capacity,
			Written:  sink.Written,
			Dropped:  sink.Dropped,
			Failed:   sink.Failed,
		})
	}
	s.Spool = observe.Spool{Refused: trail.Refused, Bytes: trail.SpoolBytes, Max: trail.SpoolMax}
	return s
}

// breakers are those of the providers that are not on this machine. One that has
// said nothing of its breaker has it closed, or has none.
func (k *core) breakers() (all []observe.Breaker) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, scheme := range slices.Sorted(maps.Keys(k.stores)) {
		if k.stores[scheme].local {
			continue
		}
		state := "closed"
		if said, ok := k.observers().breakers.Load(scheme); ok {
			state, _ = said.(string)
		}
		all = append(all, observe.Breaker{Name: scheme, State: state})
	}
	return all
}
