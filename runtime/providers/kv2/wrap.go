package kv2

import (
	"context"
	"net/http"
	"time"

	"github.com/secretsgen/secretsgen/runtime/observe"
	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/providers/kv2/internal/exchange"
	"github.com/secretsgen/secretsgen/runtime/providers/kv2/internal/wrapping"
)

// ReadWrapped implements [providers.Wrapper] with three requests: the read, whose
// answer the server keeps and wraps; what its token stands for; and the one use
// of that token. A ttl that is not above zero would ask for a plain answer, and is
// wrap_invalid like one.
//
// It ends with ctx. What is then left is a token that nobody knows, which the
// server forgets within ttl, and a value that can be read again: a read that went
// on by itself would bring plaintext for nobody.
func (p *provider) ReadWrapped(ctx context.Context, at providers.Location, ttl time.Duration) (providers.Document, error) {
	path, ok := p.mounts.path("data", at)
	switch {
	case !ok:
		return providers.Document{}, misconfigured()
	case ttl <= 0:
		return providers.Document{}, wrapping.Invalid()
	}
	answer, err := p.ask(ctx, exchange.Request{Method: http.MethodGet, Path: path, Query: pin(at), WrapTTL: ttl, Repeatable: true})
	if err == nil {
		err = answer.Refusal()
	}
	if err == nil && answer.Status != http.StatusNotFound { // what is not there is not wrapped
		answer, err = p.unwrap(ctx, answer, path, ttl)
	}
	if err != nil {
		return providers.Document{}, err
	}
	return document(answer.Status, answer.Body, at.Version)
}

// unwrap returns the answer that another one stands for. Server and engine call
// the path as it was asked for: without the version, and in a namespace without
// its name.
func (p *provider) unwrap(ctx context.Context, answer exchange.Answer, path string, ttl time.Duration) (exchange.Answer, error) {
	token, err := wrapping.Token(answer.Body, ttl)
	if err != nil {
		return exchange.Answer{}, err
	}
	ctx, end := p.begin(ctx, observe.Unwrap)
	answer, err = wrapping.Unwrap(ctx, p.server, token, wrapping.Expected{From: wrapping.Exactly(path), MaxTTL: ttl})
	end(err)
	return answer, err
}
