package observe

import (
	"context"
	"time"
)

// Observer watches a client. Implement whichever of the interfaces of this file
// is needed; an observer that implements none is refused by runtime.New.
type Observer any

// SpanObserver hears of an operation before it begins and when it has ended.
// Begin returns the context that what happens within is under; it must be derived
// from ctx. The function it returns is called once, possibly from another
// goroutine; it may be nil.
type SpanObserver interface {
	Begin(ctx context.Context, op Operation, about About) (context.Context, End)
}

// OperationObserver hears of an operation when it has ended, and of how long it
// took. Nothing is kept for it meanwhile, as there is for a [SpanObserver]. The
// context is what happened within was under.
type OperationObserver interface {
	OnOperation(ctx context.Context, op Operation, about About, outcome Outcome, took time.Duration)
}

// End says how an operation ended.
type End func(Outcome)

// Begin is the method of [SpanObserver] as a function, for rooms that do not know
// who observes.
type Begin func(ctx context.Context, op Operation, about About) (context.Context, End)

// DecisionObserver hears once for each secret and call what the enforcement point
// said, whether it asked the PDP or not. Every decision of the audit trail is
// among what it hears, and every permit under a grant that was live.
type DecisionObserver interface {
	OnDecision(about About, outcome Outcome)
}

// ReadObserver hears once for each read that was permitted what became of it.
type ReadObserver interface {
	OnRead(about About, outcome Outcome)
}

// StateObserver reads the state of a client when it pleases.
type StateObserver interface {
	// OnOpen is called by runtime.New with the function that reads the state. It
	// returns the function that is called when that client and its audit trail are
	// closed, after which the state does not change; nil for none.
	OnOpen(read func() State) (closed func())
}

// Operation names what takes time.
type Operation string

// The operations. Those of a provider are one call each; a wrapped read has the
// unwrapping within.
const (
	Resolve   Operation = "resolve"   // one read of one secret, from the call to its value
	Load      Operation = "load"      // one read of every secret of a package
	Preflight Operation = "preflight" // a question about many secrets, and no read
	Decide    Operation = "decide"    // one question to the PDP, the wait for a place included

	Read         Operation = "read"          // a document from its provider
	ReadWrapped  Operation = "read_wrapped"  // the same, wrapped on its way
	ReadMetadata Operation = "read_metadata" // what its provider tells beside the value
	Unwrap       Operation = "unwrap"        // a look at a wrapping token, and its one use
	Login        Operation = "login"         // a new credential for a provider

	OtherOperation Operation = "other" // that a provider tells of and this list has not
)

// About says what an operation, a decision or a read is about. What is not known
// is empty.
type About struct {
	Accessor    string // empty for a reference that was learned at run time
	ResourceRef string
	Provider    string // the scheme; empty for Decide, Load and Preflight
	Items       int    // secrets of a Load or Preflight, and of a question about several
	Local       bool   // nothing leaves this machine for it
}

// Outcome says how something ended.
type Outcome struct {
	Effect      Effect
	Code        string // why it ended like that, one of [Codes]; empty for what just worked
	GrantCached bool   // the grant, or the denial, was there before the call
	ValueCached bool   // the value was there before the call
	KVVersion   int    // that was read; 0: not known
	// GrantAge is how long the grant had been there, for a permit with GrantCached;
	// 0: not known.
	GrantAge time.Duration
}

// Effect is the kind of an outcome.
type Effect string

// The effects.
const (
	Allow Effect = "allow"
	Deny  Effect = "deny"
	Error Effect = "error"
)
