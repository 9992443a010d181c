package runtime

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/secretsgen/secretsgen/runtime/audit"
	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/observe"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/uri"
)

// recordDecision records what the enforcement point said and returns its
// error. A permit that this call did not ask the PDP for is no decision of its
// own; its read is recorded alone.
func (k *core) recordDecision(ctx context.Context, t *target, permit pep.Permit, err error, start time.Time) error {
	k.observers().decided(t, permit, err)
	if err == nil && !permit.Decided {
		return nil
	}
	e := k.event(ctx, t, permit, err, start)
	e.Type = audit.Decided
	switch failure := err.(type) { //nolint:errorlint // the enforcement point returns its errors bare
	case *BindingDriftError:
		e.Type = audit.Drift
	case *ReplayError:
		e.Type = audit.Replay
	case *AuthzDeniedError:
		e.DecisionID, e.PolicyVersion, e.GrantCached = failure.DecisionID, failure.PolicyVersion, failure.Cached
	case *URIError:
		err = t.guarded(failure)
	}
	return k.record(ctx, &e, err)
}

// admit is recordDecision for a call that reads. A permit that could not be recorded
// is all that becomes of its read.
func (k *core) admit(ctx context.Context, t *target, permit pep.Permit, err error, start time.Time) error {
	recorded := k.recordDecision(ctx, t, permit, err, start)
	if err == nil && recorded != nil {
		k.observers().ended(t, permit, ending{}, recorded)
	}
	return recorded
}

// guarded says which declaration the guard refused: the error of a reference
// knows of none.
func (t *target) guarded(err *URIError) error {
	if t.declaration.Accessor == "" {
		return err
	}
	return fmt.Errorf("secretsgen: %s: %w", t.declaration.Accessor, err)
}

// ending is what an event tells of a read beside its error.
type ending struct {
	version int
	absent  bool // it found nothing, and its declaration allows that
	kept    bool // it asked no store
}

// recordRead records what became of a permitted read and returns its error.
func (k *core) recordRead(ctx context.Context, t *target, permit pep.Permit, ended ending, err error, start time.Time) error {
	e := k.event(ctx, t, permit, err, start)
	e.Type, e.ValueCached = audit.Read, ended.kept
	switch {
	case err != nil:
		e.KVVersion = t.versionOf(err)
	case ended.absent:
		e.Code, e.KVVersion = observe.Absent, cmp.Or(ended.version, t.location.Version)
	default:
		e.KVVersion = ended.version
	}
	e.KVVersion = max(e.KVVersion, 0) // a provider could say anything
	err = k.record(ctx, &e, err)
	k.observers().ended(t, permit, ended, err)
	return err
}

// versionOf is the version that a failed read was about, as far as it is known.
func (t *target) versionOf(err error) int {
	switch e := err.(type) { //nolint:errorlint // the corridor's own errors, bare
	case *SecretVersionDeletedError:
		return cmp.Or(e.Version, t.location.Version)
	case *SecretVersionDestroyedError:
		return cmp.Or(e.Version, t.location.Version)
	default:
		return t.location.Version
	}
}

// record returns err as it is, unless the trail refuses to go on without the
// event: then both.
func (k *core) record(ctx context.Context, e *audit.Event, err error) error {
	e.DecisionID, e.PolicyVersion = fit(e.DecisionID), fit(e.PolicyVersion)
	failed := k.trail.Record(ctx, e)
	switch {
	case failed == nil:
		return err
	case err == nil:
		return failed
	}
	return errors.Join(err, failed)
}

// event is what both events of a read have in common.
func (k *core) event(ctx context.Context, t *target, permit pep.Permit, err error, start time.Time) audit.Event {
	effect, code := outcome(err)
	e := audit.Event{
		Effect:        effect,
		Code:          code,
		Tenant:        k.tenant,
		Action:        pep.ActionExecute,
		Accessor:      t.declaration.Accessor,
		ResourceRef:   t.resourceRef,
		Provider:      t.store.scheme,
		GrantID:       permit.GrantID,
		DecisionID:    permit.DecisionID,
		PolicyVersion: permit.PolicyVersion,
		GrantCached:   permit.GrantCached,
		LatencyMicros: time.Since(start).Microseconds(),
	}
	k.describe(ctx, &e)
	return e
}

// describe says in the event whom the read was for. A caller that makes no
// sense by itself, and is refused for it, is not quoted: its texts could be of
// any length and hold anything.
func (k *core) describe(ctx context.Context, e *audit.Event) {
	bound, ok := caller.Lookup(ctx)
	if !ok {
		bound = k.workload
	}
	if bound == nil || bound.Fault() != nil {
		return
	}
	who := bound.Caller()
	e.Subject, e.Issuer, e.ClientID = who.Subject, who.Issuer, who.ClientID
	e.CorrelationID, e.WorkflowRunID, e.NodeID, e.SystemID = who.CorrelationID, who.WorkflowRunID, who.NodeID, who.SystemID
}

// outcome names an error by effect and stable code. It looks at types and
// never at texts.
func outcome(err error) (audit.Effect, string) {
	switch e := err.(type) { //nolint:errorlint // the corridor's own errors, bare
	case nil:
		return audit.Allow, ""
	case *CallerError:
		return audit.Deny, "caller_" + string(e.Code)
	case *URIError:
		return audit.Deny, codes(e.Codes)
	case *AuthzDeniedError:
		return audit.Deny, string(e.Code)
	case *BindingDriftError:
		return audit.Deny, "binding_drift"
	case *ReplayError:
		return audit.Deny, "replay_" + string(e.Code)
	case *PDPUnavailableError:
		return audit.Error, "pdp_" + string(e.Reason)
	case *SecretNotFoundError:
		return audit.Error, "not_found"
	case *SecretKeyNotFoundError:
		return audit.Error, "key_not_found"
	case *SecretVersionDeletedError:
		return audit.Error, "version_deleted"
	case *SecretVersionDestroyedError:
		return audit.Error, "version_destroyed"
	case *ProviderError:
		return audit.Error, "provider_" + word(e.Code)
	case *DecodeError:
		return audit.Error, "decode"
	case *AuditError: // for observers: there is no event that could tell of it
		return audit.Error, "audit_" + string(e.Code)
	}
	switch {
	case errors.Is(err, ErrClosed):
		return audit.Error, "closed"
	case errors.Is(err, context.Canceled):
		return audit.Error, "canceled"
	case errors.Is(err, context.DeadlineExceeded):
		return audit.Error, "deadline"
	}
	return audit.Error, "internal"
}

// fit is what a PDP calls something, if it is fit for an event: at most 128
// visible ASCII characters.
func fit(id string) string {
	if len(id) > 128 || strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return ""
	}
	return id
}

// word is the code of a provider, which could be any text, if it is a word of
// lower case.
func word(code providers.Code) string {
	if code == "" || len(code) > 64 || strings.Trim(string(code), "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
		return "other"
	}
	return string(code)
}

func codes(all []uri.Code) string {
	texts := make([]string, len(all))
	for i, c := range all {
		texts[i] = string(c)
	}
	return strings.Join(texts, ",")
}
