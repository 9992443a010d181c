package runtime

import (
	"context"
	"log/slog"
	"sync/atomic"

	"github.com/secretsgen/secretsgen/runtime/audit"
	"github.com/secretsgen/secretsgen/runtime/providers"
)

// notices puts what providers tell apart from reads into the trail: a breaker's
// changes as events of type breaker, which those of the PDP's are told from by
// their provider, and what becomes of a credential as events of type config. What
// an operator has to know is logged as well. It never waits.
type notices struct {
	tenant string
	logger *slog.Logger
	trail  atomic.Pointer[audit.Trail] // nil: there is none yet, or no more
}

// into has notices recorded in a trail from now on, or in none.
func (n *notices) into(trail *audit.Trail) { n.trail.Store(trail) }

// from takes the notices of the provider of a scheme. One that is none of the list
// is not passed on: it could say anything.
func (n *notices) from(scheme string, o *observers) func(providers.Notice) {
	return func(notice providers.Notice) {
		o.noticed(scheme, notice)
		e := audit.Event{Type: audit.Config, Effect: audit.Error, Tenant: n.tenant, Provider: scheme, Code: string(notice)}
		said := ""
		switch notice {
		case providers.BreakerOpened:
			e.Type, said = audit.Breaker, "fails, and is left alone for a while"
		case providers.BreakerProbing:
			e.Type = audit.Breaker
		case providers.BreakerClosed:
			e.Type, e.Effect, said = audit.Breaker, audit.Allow, "answers again"
		case providers.LoggedIn:
			e.Effect = audit.Allow
		case providers.LoginFailed:
			said = "could not be logged in to, which is tried again"
		case providers.CredentialEnded:
			said = "takes the credential of this process no longer"
		default:
			return
		}
		if said != "" {
			n.logger.Log(context.Background(), levelOf(e.Effect), "secretsgen: the store of "+scheme+" "+said)
		}
		if trail := n.trail.Load(); trail != nil {
			trail.Note(&e)
		}
	}
}

func levelOf(effect audit.Effect) slog.Level {
	if effect == audit.Allow {
		return slog.LevelInfo
	}
	return slog.LevelWarn
}
