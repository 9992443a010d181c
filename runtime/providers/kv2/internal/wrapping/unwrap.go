package wrapping

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/providers/kv2/internal/exchange"
)

// Server is who wrapped: an [exchange.Server].
type Server interface {
	Do(ctx context.Context, req exchange.Request) (exchange.Answer, error)
}

// Expected is what a token must stand for.
type Expected struct {
	// From reports whether a path, below /v1/ and below the namespace, is where
	// the wrapped answer may come from.
	From func(creationPath string) bool
	// MaxTTL bounds the life that the token was made for; 0: any.
	MaxTTL time.Duration
}

// UnwrapPath is what is asked for the one use of a token.
const UnwrapPath = "sys/wrapping/unwrap"

// Exactly accepts one path.
func Exactly(path string) func(string) bool {
	return func(creationPath string) bool { return creationPath == path }
}

// Unwrap looks a wrapping token up, and unwraps it once if it stands for what is
// expected. The answer is the one that was wrapped: its status is 200, or 404
// with data that says why there is no value.
//
// The error is [Invalid] whatever the server has against the token, one of the
// same type that can be retried where the server can't answer now, and ctx.Err()
// where ctx has ended. Whatever it is, the token may be used up: what can be
// tried again is to ask for another.
func Unwrap(ctx context.Context, server Server, token string, want Expected) (exchange.Answer, error) {
	if !sendable(token) {
		return exchange.Answer{}, Invalid()
	}
	info, err := ask(ctx, server, exchange.Request{Path: "sys/wrapping/lookup", Token: token, Repeatable: true})
	if err != nil {
		return exchange.Answer{}, err
	}
	if info.Status != http.StatusOK || !want.met(info.Body) {
		return exchange.Answer{}, Invalid()
	}
	answer, err := ask(ctx, server, exchange.Request{Path: UnwrapPath, Token: token})
	if err != nil {
		return exchange.Answer{}, err
	}
	if answer.Status != http.StatusOK && !tombstone(answer.Body) {
		return exchange.Answer{}, Invalid()
	}
	return answer, nil
}

// ask posts a request without a body. It returns answers of status 200 and 404.
func ask(ctx context.Context, server Server, req exchange.Request) (exchange.Answer, error) {
	req.Method = http.MethodPost
	answer, err := server.Do(ctx, req)
	if err != nil {
		return exchange.Answer{}, err
	}
	refusal, ok := errors.AsType[*providers.ProviderError](answer.Refusal())
	switch {
	case !ok:
		return answer, nil
	case refusal.Retryable: // throttled, sealed: nothing is wrong with the token
		return exchange.Answer{}, refusal
	}
	return exchange.Answer{}, Invalid()
}

// met reports whether the answer of a lookup is what is expected.
func (e Expected) met(body []byte) bool {
	info, ok := exchange.Object(body, "data")
	path := info["creation_path"]
	return ok && path.Kind() == providers.Text && e.From(string(path.Bytes())) &&
		(e.MaxTTL == 0 || within(info["creation_ttl"], e.MaxTTL))
}

// tombstone reports whether the body of a 404 is a wrapped one. The server's own,
// about a token that it does not know, lists errors.
func tombstone(body []byte) bool {
	_, ok := exchange.Object(body, "data")
	return ok
}
