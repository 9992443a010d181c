package pep

import (
	"context"
	"slices"

	"github.com/secretsgen/secretsgen/runtime/caller"
)

// Caller returns whom a read under ctx is for: the caller of the context, or
// the fixed identity of the process where it carries none. It judges nothing.
func (e *Enforcer) Caller(ctx context.Context) (caller.Caller, bool) {
	if c, ok := caller.FromContext(ctx); ok {
		return c, true
	}
	if e.workload == nil {
		return caller.Caller{}, false
	}
	c := *e.workload.Caller()
	c.Audience = slices.Clone(c.Audience)
	return c, true
}

// caller is step 2: somebody to decide about, whose credential is of now, of
// this tenant and meant for this client.
func (e *Enforcer) caller(ctx context.Context, a *attempt) error {
	bound, ok := caller.Lookup(ctx)
	if !ok {
		bound = e.workload
	}
	if bound == nil {
		return &caller.Error{Accessor: a.accessor(), Code: caller.MissingSubject}
	}
	a.bound, a.note = bound, e.about(bound)
	if fault := a.note.fault; fault != nil {
		return &caller.Error{Accessor: a.accessor(), Code: fault.Code, Field: fault.Field}
	}
	if a.note.expires != never && e.clock.day(a.now) > a.note.expires {
		return &caller.Error{Accessor: a.accessor(), Code: caller.Expired}
	}
	return nil
}
