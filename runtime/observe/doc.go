// Package observe is how a program watches a client at work: where it spends
// time, what became of each decision and read, and what state it is in. It is for
// traces and metrics of any make; package otelsecrets, a module of its own, makes
// OpenTelemetry of it.
//
//	client, err := runtime.New(ctx, cfg, observe.Extension{Observers: []observe.Observer{mine}})
//
// An observer implements whichever of the interfaces of this package it needs. A
// client without one pays nothing for them.
//
// # What observers see
//
// Accessors, resource_refs, schemes, effects, codes, versions and times: what
// [About] and [Outcome] hold, and no more. There is no value, path, address,
// subject, token id or text of an error among them, so that an observer can't
// write one down. A reference that the program learned at run time has no
// accessor, and there may be any number of them: a label of a metric must not be
// a resource_ref.
//
// The contexts that [SpanObserver] gets are those of the reads. Who looks into
// them finds what the program has put there.
//
// # Failure
//
// Observers are called from many goroutines, in the middle of a read, and must
// not block. A panic in one is caught, and changes nothing for the read and the
// other observers.
package observe
