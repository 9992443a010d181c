package pep

import (
	"context"
	"slices"
	"time"

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
func (e *Enforcer) caller(ctx context.Context, d Declaration, now time.Time) (*caller.Bound, error) {
	bound, ok := caller.Lookup(ctx)
	if !ok {
		bound = e.workload
	}
	if bound == nil {
		return nil, &caller.Error{Accessor: d.Accessor, Code: caller.MissingSubject}
	}
	if fault := bound.Fault(); fault != nil {
		return nil, &caller.Error{Accessor: d.Accessor, Code: fault.Code, Field: fault.Field}
	}
	c := bound.Caller()
	if !c.ExpiresAt.IsZero() && now.After(c.ExpiresAt.Add(expirySkew)) {
		return nil, &caller.Error{Accessor: d.Accessor, Code: caller.Expired}
	}
	if c.Credentialed() && !slices.Contains(c.Audience, e.audience) {
		return nil, &caller.Error{Accessor: d.Accessor, Code: caller.WrongAudience}
	}
	if c.Tenant != "" && c.Tenant != e.tenant {
		return nil, &caller.Error{Accessor: d.Accessor, Code: caller.WrongTenant}
	}
	return bound, nil
}
