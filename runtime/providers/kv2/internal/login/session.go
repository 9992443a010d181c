package login

import (
	"context"
	"sync/atomic"

	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/providers/kv2/internal/exchange"
)

// Exchanger asks the server; it is an [*exchange.Server].
type Exchanger interface {
	Do(ctx context.Context, req exchange.Request) (exchange.Answer, error)
}

// Session holds the client token of one server. It is safe for concurrent use.
// Errors are ctx.Err(), a [*providers.ProviderError] or, after Close,
// [providers.ErrClosed].
type Session struct {
	source source
	closed atomic.Bool
}

// source is where a session's token comes from.
type source interface {
	token(ctx context.Context) (string, error)
	replace(ctx context.Context, rejected string) (token string, ok bool, err error)
	close(ctx context.Context) error
}

// Static is a session with a token that is given and never changes.
func Static(token string) *Session {
	return &Session{source: static(func() string { return token })}
}

// Token returns the token to send now. With one at hand it neither waits nor
// allocates; ctx ends the wait for a login, and not the login.
func (s *Session) Token(ctx context.Context) (string, error) {
	if s.closed.Load() {
		return "", providers.ErrClosed
	}
	return s.source.token(ctx)
}

// Replace is told that the server has refused a token with 403, and returns
// another one if there is one. It reports false if there is none: the refusal
// then stands.
func (s *Session) Replace(ctx context.Context, rejected string) (token string, ok bool, err error) {
	if s.closed.Load() {
		return "", false, providers.ErrClosed
	}
	return s.source.replace(ctx, rejected)
}

// Close ends what goes on in the background and waits for it, and revokes a token
// that the session logged in for, as well as that can be done before ctx ends.
func (s *Session) Close(ctx context.Context) error {
	s.closed.Store(true)
	return s.source.close(ctx)
}

// static is a token, behind a function so that nothing prints it.
type static func() string

func (s static) token(context.Context) (string, error) { return s(), nil }

func (static) replace(context.Context, string) (token string, ok bool, err error) {
	return "", false, nil
}

func (static) close(context.Context) error { return nil }
