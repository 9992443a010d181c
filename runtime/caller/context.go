package caller

import (
	"context"
	"crypto/rand"
)

// RequestID tells one inbound request from another. It is random, stays in the
// process and in the replay store, and is no correlation id.
type RequestID [16]byte

type contextKey struct{}

// entry is what a context carries. bound is nil in a context that [AsWorkload]
// made: there is a request, and no caller.
type entry struct {
	request RequestID
	bound   *Bound
}

// NewContext returns a context whose reads are c's. The outermost call marks the
// inbound request; a nested one keeps the request and replaces the caller. c is
// copied; nothing is refused here, a caller that makes no sense is refused when
// it reads.
func NewContext(ctx context.Context, c Caller) context.Context {
	request := requestOf(ctx)
	return context.WithValue(ctx, contextKey{}, &entry{request, newBound(c.clone(), request)})
}

// AsWorkload returns a context whose reads are the process's own, within the
// same inbound request: they carry the client's fixed workload identity
// (SECRETS_SUBJECT), and are refused with [MissingSubject] where it has none.
func AsWorkload(ctx context.Context) context.Context {
	return context.WithValue(ctx, contextKey{}, &entry{request: requestOf(ctx)})
}

// FromContext returns the caller that ctx carries, as a copy, and whether there
// is one.
func FromContext(ctx context.Context) (Caller, bool) {
	bound, ok := Lookup(ctx)
	if !ok {
		return Caller{}, false
	}
	return bound.caller.clone(), true
}

// Lookup is for the enforcement point: it returns the caller of ctx in the form
// that [NewContext] worked out once, without allocating.
func Lookup(ctx context.Context) (*Bound, bool) {
	e, ok := ctx.Value(contextKey{}).(*entry)
	if !ok || e.bound == nil {
		return nil, false
	}
	return e.bound, true
}

// requestOf returns the inbound request that ctx belongs to, or starts one.
func requestOf(ctx context.Context) RequestID {
	if e, ok := ctx.Value(contextKey{}).(*entry); ok {
		return e.request
	}
	var id RequestID
	_, _ = rand.Read(id[:]) // never fails: crypto/rand ends the program instead
	return id
}
