package otelsecrets

import (
	"slices"

	"github.com/secretsgen/secretsgen/runtime/observe"
)

// breakerStates are the states of a circuit breaker.
var breakerStates = []string{"closed", "half-open", "open"}

// sum is the state of two clients together. Sinks of one name are one.
func sum(a, b observe.State) observe.State {
	a.Grants.Table = sumTable(a.Grants.Table, b.Grants.Table)
	a.Grants.Hits += b.Grants.Hits
	a.Grants.Misses += b.Grants.Misses
	a.Grants.Spent += b.Grants.Spent
	a.Grants.Expired += b.Grants.Expired
	a.Grants.Unstored += b.Grants.Unstored
	a.Denials = sumTable(a.Denials, b.Denials)
	a.Replays = sumTable(a.Replays, b.Replays)
	a.Pins = sumTable(a.Pins, b.Pins)
	a.Asking += b.Asking
	a.Spool.Refused += b.Spool.Refused
	a.Spool.Bytes += b.Spool.Bytes
	a.Spool.Max += b.Spool.Max
	a.Breakers, a.Sinks = slices.Concat(a.Breakers, b.Breakers), slices.Clone(a.Sinks)
	for _, sink := range b.Sinks {
		at := slices.IndexFunc(a.Sinks, func(known observe.Sink) bool { return known.Name == sink.Name })
		if at < 0 {
			a.Sinks = append(a.Sinks, sink)
			continue
		}
		known := &a.Sinks[at]
		known.Waiting += sink.Waiting
		known.Capacity += sink.Capacity
		known.Written += sink.Written
		known.Dropped += sink.Dropped
		known.Failed += sink.Failed
	}
	return a
}

func sumTable(a, b observe.Table) observe.Table {
	return observe.Table{Entries: a.Entries + b.Entries, Capacity: a.Capacity + b.Capacity}
}

// counts is what of a state stays true when its client is no more.
func counts(s observe.State) observe.State {
	s.Grants.Table, s.Denials, s.Replays, s.Pins = observe.Table{}, observe.Table{}, observe.Table{}, observe.Table{}
	s.Breakers, s.Asking = nil, 0
	s.Spool.Bytes, s.Spool.Max = 0, 0
	s.Sinks = slices.Clone(s.Sinks)
	for i := range s.Sinks {
		s.Sinks[i].Waiting, s.Sinks[i].Capacity = 0, 0
	}
	return s
}
