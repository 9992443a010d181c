// Package audit is the trail: one event for each decision and each read, on its
// way through a bounded queue to the sinks that the settings name (DESIGN
// section 8).
//
// An [Event] names who asked, which accessor, and what came of it. It has no
// field for a value, a path or a jti; resource_ref, a keyed hash, stands for the
// reference. A new field is safe only if it can hold none of these, and the
// event's form is versioned.
//
// [Trail.Record] is called on the hot path and returns at once under the policy
// best_effort: what finds the queue full is dropped and counted exactly. Denials
// and errors have room of their own, so that a flood of reads can't push them
// out. One goroutine writes to the sinks; [Trail.Close] flushes.
//
// This package imports neither the client nor a provider, so it can't even name
// a type that holds a value.
package audit
