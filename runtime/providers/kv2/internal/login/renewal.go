package login

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/providers/kv2/internal/exchange"
)

// The parts of a lease: when it is renewed and how far that may be off, for
// jitter, and when it is too late for that, so that a login has the rest.
const (
	renewalPart   = 2.0 / 3
	renewalJitter = 1.0 / 15
	lastCallPart  = 9.0 / 10
)

// due is when a lease is renewed, or a token that can't be renewed replaced.
func (k *keeper) due(h *held) time.Time {
	return h.at(renewalPart + (2*k.random()-1)*renewalJitter)
}

// keep renews a token while that helps, and then sees to a successor. It returns
// when there is one, when the lease has ended, or on Close.
func (k *keeper) keep(h *held) {
	defer k.leave()
	due := k.due(h)
	for failures := 0; h.renewable; {
		if !k.until(h, due, nil) {
			return
		}
		next, err := k.renew(h)
		if err == nil {
			if !k.held.CompareAndSwap(h, next) {
				return // replaced meanwhile
			}
			h, failures, due = next, 0, k.due(next)
			continue
		}
		if k.ctx.Err() != nil {
			return
		}
		failures++
		k.log.Warn("KV token could not be renewed", append(failureAttrs(err), slog.Int("failures", failures))...)
		due = time.Now()
		if final(err) {
			break
		}
		if due = due.Add(backoff(failures, k.random())); !due.Before(h.at(lastCallPart)) {
			due = h.at(lastCallPart)
			break
		}
	}
	k.succeed(h, due)
}

// renew asks for a token to live on. It gives up in time for a login.
func (k *keeper) renew(h *held) (*held, error) {
	start := time.Now()
	deadline := start.Add(loginTimeout)
	if lastCall := h.at(lastCallPart); lastCall.Before(deadline) {
		deadline = lastCall
	}
	ctx, cancel := context.WithDeadline(k.ctx, deadline)
	defer cancel()
	answer, err := k.server.Do(ctx, post("auth/token/renew-self", h.text()))
	switch {
	case err != nil:
		return nil, failure(err)
	case answer.Status == http.StatusNotFound:
		return nil, misconfigured()
	}
	if err := answer.Refusal(); err != nil {
		return nil, err
	}
	l, err := parseRenewal(answer.Body)
	if err != nil {
		return nil, err
	}
	return h.renewed(l, start), nil
}

// final reports whether the server has refused a renewal: the token is gone or
// can't be renewed.
func final(err error) bool {
	return hasCode(err, providers.Denied, providers.Misconfigured)
}

func post(path, token string) exchange.Request {
	return exchange.Request{Method: http.MethodPost, Path: path, Token: token, Body: []byte("{}")}
}
