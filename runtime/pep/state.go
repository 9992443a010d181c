package pep

import "github.com/secretsgen/secretsgen/runtime/observe"

// State is what the enforcer holds now. It is for those who look at it now and
// then: it takes no lock that a decision waits for, but one of the breaker's. Hits
// and misses are for a [GrantHook] to count.
func (e *Enforcer) State() observe.State {
	s := observe.State{
		Denials: observe.Table{Entries: int(e.negatives.size.Load()), Capacity: e.negatives.capacity()},
		Pins: observe.Table{
			Entries:  int(e.pins.tokens.size.Load() + e.pins.identities.size.Load()),
			Capacity: e.pins.tokens.capacity() + e.pins.identities.capacity(),
		},
		Breakers: []observe.Breaker{{Name: observe.PDP, State: e.pdp.breaker.state()}},
		Asking:   len(e.pdp.slots),
	}
	if local, ok := e.replays.(localReplays); ok {
		s.Replays = observe.Table{Entries: int(local.claims.size.Load()), Capacity: local.claims.capacity()}
	}
	if local, ok := e.grants.(*localGrants); ok {
		s.Grants = observe.Grants{
			Table:    observe.Table{Entries: int(local.table.size.Load()), Capacity: local.table.capacity()},
			Spent:    local.spent.Load(),
			Expired:  uint64(local.table.ended.Load()),
			Unstored: local.unstored.Load(),
		}
	}
	return s
}
