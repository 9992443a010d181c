// Package audit is the trail: one event for each decision and each read, on its
// way through a bounded queue to the sinks that the settings name (DESIGN
// section 8).
//
// An [Event] names who asked, which accessor, and what came of it. It has no
// field for a value, a path or a jti; resource_ref, a keyed hash, stands for the
// reference. A new field is safe only if it can hold none of these, and the
// event's form is versioned.
//
// [Trail.Record] is called on the hot path. What it does depends on the policy:
//
//   - best_effort returns at once; what finds a sink's queue full is dropped for
//     that sink and counted exactly.
//   - block waits for room, and then drops and counts.
//   - fail_closed returns when the event is on disk, in a [Spool], and otherwise
//     fails with a [*RecordError]; the client then returns no value. What a sink
//     did not get before the process ended it gets at the next start, under the
//     same id.
//
// Denials, drift and replays have room of their own, so that a flood of reads
// can't push them out, and errors, of which an outage makes a flood, may take half
// of it. Sampling leaves out nothing but reads under a grant
// that was already live.
//
// # Sinks
//
// Each [Sink] has a queue and a goroutine of its own, and holds up no other. One
// that also is a [BatchSink] gets many events at once; one that is a [Flusher]
// may write behind. Built in are slog and jsonl; others are passed to runtime.New
// as a [Factory].
//
// This package imports neither the client nor a provider, so it can't even name
// a type that holds a value.
package audit
