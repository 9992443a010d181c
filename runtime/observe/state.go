package observe

// State is what a client holds at one moment. Counts are those of its life.
type State struct {
	Grants   Grants
	Denials  Table // by policy, remembered
	Replays  Table // proofs and tokens that were used; Capacity 0: in a shared store
	Pins     Table // tokens and identities with a sender binding
	Breakers []Breaker
	Asking   int // questions that hold one of the places at the PDP
	Sinks    []Sink
	Spool    Spool
}

// Table is a bounded table of this process. What has expired and has not been
// swept yet is counted.
type Table struct{ Entries, Capacity int }

// Grants is the cache of grants. A grant is never pushed out by another.
type Grants struct {
	Table           // Capacity 0: in a shared store, and then nothing is known of it but hits and misses
	Hits     uint64 // reads, and secrets of a Preflight, under a grant that was live
	Misses   uint64 // those that found none
	Spent    uint64 // that ended with their last use
	Expired  uint64 // that ended with their time
	Unstored uint64 // that found no room, and served only those who had asked
}

// Breaker is a circuit breaker: that of the PDP, or that of a provider.
type Breaker struct {
	Name  string // "pdp", or a scheme
	State string // "closed", "half-open" or "open"
}

// PDP is the name of the breaker around the policy decision point.
const PDP = "pdp"

// Sink is an audit sink. Every event that was recorded for it is written, dropped,
// failed or waiting.
type Sink struct {
	Name     string
	Waiting  int // in its queue, or in the spool
	Capacity int // of its queue; 0: it has the spool
	Written  uint64
	Dropped  uint64 // it was never offered
	Failed   uint64 // it did not take
}

// Spool is what fail_closed keeps on disk.
type Spool struct {
	Refused    uint64 // events that could not be put there, each the refusal of a read
	Bytes, Max int64  // 0: there is no spool
}
