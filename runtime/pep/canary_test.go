package pep_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/pep"
)

// TestNoErrorHoldsWhatItIsAbout raises every error of this room for a caller
// and a secret that are canaries all over, and looks for them in the errors.
func TestNoErrorHoldsWhatItIsAbout(t *testing.T) {
	t.Parallel()
	who := caller.Caller{
		Issuer: "canary-issuer", Subject: "canary-subject", Actor: "canary-actor", ClientID: "canary-client",
		Audience: []string{audience}, TokenID: "canary-jti", ProofID: "canary-proof", JKT: "canary-jkt", X5T: "canary-x5t",
		CorrelationID: "canary-correlation", WorkflowRunID: "canary-run", NodeID: "canary-node", SystemID: "canary-system",
	}
	d := declare(t, "openbao+kv2://secret/canary-path/canary-segment#canary-key", "api.token")
	var raised []error
	log := &hookLog{}
	raise := func(pdp *fakePDP, change func(*pep.Config), callers ...caller.Caller) {
		cfg := config(pdp)
		if change != nil {
			change(&cfg)
		}
		cfg.Hooks = []pep.Hook{log}
		e := enforcer(t, cfg)
		for _, c := range callers {
			_, err := e.Authorize(as(c), d)
			raised = append(raised, err)
		}
		raised = append(raised, e.Revoke(context.Background(), pep.Revocation{
			Issuer: who.Issuer, Subject: who.Subject, Ref: d.Declaration().Ref, Accessor: "api.token",
		}))
	}
	with := func(change func(*caller.Caller)) caller.Caller {
		c := who
		change(&c)
		return c
	}
	raise(permits(1), nil, who, who, with(func(c *caller.Caller) { c.JKT = "canary-other" }),
		with(func(c *caller.Caller) { c.ProofID = "canary-proof-2" }))
	raise(permits(1), nil, with(func(c *caller.Caller) { c.Audience = nil }), with(func(c *caller.Caller) { c.Tenant = "canary-tenant" }),
		with(func(c *caller.Caller) { c.JKT = "canary:" }), with(func(c *caller.Caller) { c.Type = "canary" }))
	raise(denies(), nil, who)
	raise(always(pep.Decision{Permit: true, Obligations: pep.Obligations{Refused: "canary path"}}, nil), nil, who)
	raise(always(pep.Decision{}, fmt.Errorf("canary: %w", errStore)), nil, who)
	raise(permits(1), func(c *pep.Config) { c.Grants = brokenStore{errStore} }, who)
	raise(permits(1), func(c *pep.Config) { c.Replay = brokenStore{errStore} }, who)
	raise(permits(1), func(c *pep.Config) {
		c.Attributes = tellsAlways(map[string]string{"owner": "canary"}, fmt.Errorf("canary: %w", errStore)).attributes
	}, who)
	raise(permits(1), func(c *pep.Config) { c.Replay, c.Capacities.Pins = nil, 1 }, with(func(c *caller.Caller) { c.TokenID = "canary-1" }),
		with(func(c *caller.Caller) { c.TokenID, c.ProofID = "canary-2", "" }))

	kinds := map[string]bool{}
	for _, err := range raised {
		if err == nil {
			continue
		}
		kinds[fmt.Sprintf("%T", err)] = true
		for e := err; e != nil; e = errors.Unwrap(e) {
			for _, text := range []string{e.Error(), fmt.Sprintf("%+v", e), fmt.Sprintf("%#v", e)} {
				if strings.Contains(text, "canary") {
					t.Errorf("%T tells %q", e, text)
				}
			}
		}
	}
	if len(kinds) != 6 {
		t.Errorf("raised %v, want the six kinds of error but that of the reference", kinds)
	}
	told := map[string]bool{}
	for _, line := range log.all {
		if strings.Contains(line, "canary") {
			t.Errorf("a hook was told %q", line)
		}
		hook, _, _ := strings.Cut(line, " ")
		told[hook] = true
	}
	if len(told) != 7 { // all but that of the breaker
		t.Errorf("hooks were told of %v", told)
	}
}

func TestErrorsReadAsSentences(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		err    error
		want   string
		denied bool
	}{
		{&pep.AuthzDeniedError{Accessor: "api.token", Code: pep.DeniedByPolicy}, "secretsgen: api.token: access denied by policy", true},
		{&pep.AuthzDeniedError{Code: pep.DeniedObligation, Obligation: "step-up"}, "secretsgen: secret: access denied by obligation step-up", true},
		{&pep.BindingDriftError{}, "secretsgen: secret: sender binding differs from the one the credential is pinned to", true},
		{&pep.BindingDriftError{Code: pep.DriftTableFull}, "secretsgen: secret: binding table is full, refusing what it cannot pin", true},
		{&pep.ReplayError{Code: pep.ReplayedProof}, "secretsgen: secret: proof was used before", true},
		{&pep.ReplayError{Code: pep.ReplayStoreFull}, "secretsgen: secret: replay store is full, refusing what it cannot remember", true},
		{&pep.ReplayError{Code: pep.ReplayStoreUnavailable}, "secretsgen: secret: replay store is unavailable, refusing what it cannot check", true},
		{&pep.PDPUnavailableError{Reason: pep.ReasonTimeout}, "secretsgen: secret: no policy decision: timeout", false},
		{&caller.Error{Code: caller.Expired}, "secretsgen: caller: the caller's credential has expired: get a fresh one", false},
	} {
		if got := tt.err.Error(); got != tt.want {
			t.Errorf("%T reads %q, want %q", tt.err, got, tt.want)
		}
		if got := errors.Is(tt.err, pep.ErrDenied); got != tt.denied {
			t.Errorf("%T matches ErrDenied: %v, want %v", tt.err, got, tt.denied)
		}
		if errors.Is(tt.err, context.Canceled) {
			t.Errorf("%T matches what it is not", tt.err)
		}
	}
}
