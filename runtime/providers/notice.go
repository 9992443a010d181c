package providers

import (
	"context"

	"github.com/secretsgen/secretsgen/runtime/observe"
)

// Notice says what happened to a provider apart from the reads that it answers
// to: its breaker, its credential. It names neither a path nor an address.
type Notice string

// The notices.
const (
	BreakerOpened   Notice = "breaker_open"      // the store is not asked any more
	BreakerProbing  Notice = "breaker_half_open" // one read is let through
	BreakerClosed   Notice = "breaker_closed"    // the store is asked again
	LoggedIn        Notice = "logged_in"         // a new credential of the store's is there
	LoginFailed     Notice = "login_failed"      // none could be had; tried again later
	CredentialEnded Notice = "credential_ended"  //nolint:gosec // a word, and no credential: the last one is no longer good
)

// Tell hands a notice to whoever listens, if anybody does. It does not wait.
func (in Instance) Tell(n Notice) {
	if in.Notify != nil {
		in.Notify(n)
	}
}

// Begin tells whoever observes that an operation begins: an unwrapping, a login.
// It returns the context to do it under, and what is called once with its error.
// The client itself tells of what it calls: Read, ReadWrapped, ReadMetadata. What
// is neither Unwrap nor Login is told of as OtherOperation.
func (in Instance) Begin(ctx context.Context, op observe.Operation) (context.Context, func(error)) {
	if in.Observe == nil {
		return ctx, func(error) {}
	}
	return in.Observe(ctx, op)
}
