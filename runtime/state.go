package runtime

import (
	"cmp"
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

// closeAfter has nobody read the state any more once the trail is closed, which
// counts to the end what it loses.
func (o *observers) closeAfter(closed <-chan struct{}) {
	if o == nil {
		return
	}
	select {
	case <-closed:
		o.close()
	default:
		o.waitOnce.Do(func() {
			go func() {
				<-closed
				o.close()
			}()
		})
	}
}

func (o *observers) close() {
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
	s.Breakers = append(s.Breakers, o.remotes()...)
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

// remote has the breaker of a provider shown from now on.
func (o *observers) remote(scheme string) {
	if o != nil {
		o.breakers.LoadOrStore(scheme, "closed")
	}
}

// remotes are the breakers of the providers that are not on this machine. One that
// has said nothing of its breaker has it closed, or has none. It waits for none of
// them: a provider could be waiting for what collects metrics.
func (o *observers) remotes() (all []observe.Breaker) {
	o.breakers.Range(func(scheme, state any) bool {
		name, _ := scheme.(string)
		said, _ := state.(string)
		all = append(all, observe.Breaker{Name: name, State: said})
		return true
	})
	slices.SortFunc(all, func(a, b observe.Breaker) int { return cmp.Compare(a.Name, b.Name) })
	return all
}
