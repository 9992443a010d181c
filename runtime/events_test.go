package runtime_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/audit"
	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/secretstest"
	"github.com/secretsgen/secretsgen/runtime/secretstest/leakcheck"
)

// whole is a caller with everything that an event may or may not hold.
func whole(secret string) caller.Caller {
	return caller.Caller{
		Issuer: "https://issuer", Subject: "alice", Type: caller.User, Actor: "actor", Tenant: "test", ClientID: "client",
		Audience: []string{"crud.secrets"}, TokenID: "token-" + secret, ProofID: "proof-" + secret, JKT: "jkt",
		CorrelationID: "correlation", WorkflowRunID: "run", NodeID: "node", SystemID: "system",
	}
}

func TestAnEventSaysWhoAndWhatAndHoldsNoID(t *testing.T) {
	t.Parallel()
	kit := secretstest.New(t)
	kit.Set(apiToken+"?version=3", "canary")
	const secret = "canary-of-a-jti"
	ctx := caller.NewContext(t.Context(), whole(secret))
	if _, err := bind(t, kit, "api.token", apiToken+"?version=3", stringDecoder).Read(ctx); err != nil {
		t.Fatal(err)
	}
	events := kit.Events()
	if len(events) != 2 {
		t.Fatalf("%d events, want 2", len(events))
	}
	want := audit.Event{
		Version: audit.EventVersion, Effect: audit.Allow, Subject: "alice", Issuer: "https://issuer", ClientID: "client",
		Tenant: "test", Action: "execute", Accessor: "api.token", Provider: "openbao+kv2", PolicyVersion: "test", DecisionID: "test-1",
		CorrelationID: "correlation", WorkflowRunID: "run", NodeID: "node", SystemID: "system",
	}
	for i, e := range events {
		if e.ID == "" || e.Time.IsZero() || len(e.ResourceRef) != 24 || e.GrantID == "" || e.LatencyMicros < 0 {
			t.Errorf("incomplete event %+v", e)
		}
		want.ID, want.Time, want.ResourceRef, want.GrantID, want.LatencyMicros = e.ID, e.Time, e.ResourceRef, e.GrantID, e.LatencyMicros
		want.Type, want.KVVersion = audit.Decided, 0
		if i == 1 {
			want.Type, want.KVVersion = audit.Read, 3
		}
		if diff := cmp.Diff(want, e); diff != "" {
			t.Errorf("event %d (-want +got):\n%s", i, diff)
		}
	}
	text, err := json.Marshal(events)
	if err != nil {
		t.Fatal(err)
	}
	if forms := leakcheck.Find(text, secret); forms != nil {
		t.Errorf("the events hold an id as %v", forms)
	}
}

// line is what a refusal's event has to say.
type line struct {
	Type    audit.Type
	Effect  audit.Effect
	Code    string
	Subject string
	Version int
	Cached  bool
}

func last(t *testing.T, kit *secretstest.Kit) line {
	t.Helper()
	events := kit.Events()
	if len(events) == 0 {
		t.Fatal("there is no event")
	}
	e := events[len(events)-1]
	if e.Accessor != "api.token" || e.ResourceRef == "" || e.Tenant != "test" || e.Provider != "openbao+kv2" {
		t.Errorf("incomplete event %+v", e)
	}
	return line{e.Type, e.Effect, e.Code, e.Subject, e.KVVersion, e.GrantCached}
}

func TestEveryRefusalLeavesItsEvent(t *testing.T) {
	t.Parallel()
	pinned := apiToken + "?version=2"
	long := strings.Repeat("canary", 1000)
	as := func(change func(*caller.Caller)) func(context.Context) context.Context {
		return func(ctx context.Context) context.Context {
			c := whole("id")
			change(&c)
			return caller.NewContext(ctx, c)
		}
	}
	for name, test := range map[string]struct {
		ref     string
		caller  func(context.Context) context.Context
		prepare func(*secretstest.Kit)
		want    line
		is      func(error) bool
	}{
		"a caller of another tenant": {
			caller: as(func(c *caller.Caller) { c.Tenant = "other" }),
			want:   line{audit.Decided, audit.Deny, "caller_tenant", "alice", 0, false}, is: isA[*runtime.CallerError],
		},
		"a caller of another audience": {
			caller: as(func(c *caller.Caller) { c.Audience = nil }),
			want:   line{audit.Decided, audit.Deny, "caller_audience", "alice", 0, false}, is: isA[*runtime.CallerError],
		},
		"a caller whose token has expired": {
			caller: as(func(c *caller.Caller) { c.ExpiresAt = time.Now().Add(-time.Hour) }),
			want:   line{audit.Decided, audit.Deny, "caller_expired", "alice", 0, false}, is: isA[*runtime.CallerError],
		},
		"a caller without a subject is not quoted": {
			caller: as(func(c *caller.Caller) { c.Subject, c.Issuer = "", long }),
			want:   line{audit.Decided, audit.Deny, "caller_missing_subject", "", 0, false}, is: isA[*runtime.CallerError],
		},
		"a caller of endless name is not quoted": {
			caller: as(func(c *caller.Caller) { c.Subject = long }),
			want:   line{audit.Decided, audit.Deny, "caller_malformed", "", 0, false}, is: isA[*runtime.CallerError],
		},
		"a mount that is not the tenant's": {
			ref:  "openbao+kv2://elsewhere/a#token",
			want: line{audit.Decided, audit.Deny, "TENANT_MOUNT_MISMATCH", "test", 0, false}, is: isA[*runtime.URIError],
		},
		"a denial that is remembered": {
			prepare: func(k *secretstest.Kit) { k.Deny() },
			want:    line{audit.Decided, audit.Deny, "policy", "test", 0, true}, is: isA[*runtime.AuthzDeniedError],
		},
		"a pinned version that is not there": {
			ref:  pinned,
			want: line{audit.Read, audit.Error, "not_found", "test", 2, false}, is: isA[*runtime.SecretNotFoundError],
		},
		"a pinned version that is deleted": {
			ref: pinned, prepare: func(k *secretstest.Kit) { k.Fail(pinned, &runtime.SecretVersionDeletedError{}) },
			want: line{audit.Read, audit.Error, "version_deleted", "test", 2, false}, is: isA[*runtime.SecretVersionDeletedError],
		},
		"a latest version that is deleted": {
			prepare: func(k *secretstest.Kit) { k.Fail(apiToken, &runtime.SecretVersionDeletedError{Version: 7}) },
			want:    line{audit.Read, audit.Error, "version_deleted", "test", 7, false}, is: isA[*runtime.SecretVersionDeletedError],
		},
		"a latest version that is destroyed": {
			prepare: func(k *secretstest.Kit) { k.Fail(apiToken, &runtime.SecretVersionDestroyedError{Version: 7}) },
			want:    line{audit.Read, audit.Error, "version_destroyed", "test", 7, false}, is: isA[*runtime.SecretVersionDestroyedError],
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kit := secretstest.New(t)
			ctx := t.Context()
			if test.caller != nil {
				ctx = test.caller(ctx)
			}
			if test.prepare != nil {
				test.prepare(kit)
			}
			if test.ref == "" {
				test.ref = apiToken
			}
			handle := bind(t, kit, "api.token", test.ref, stringDecoder)
			_, first := handle.Read(ctx)
			_, err := handle.Read(ctx)
			if !test.is(first) || !test.is(err) || !strings.Contains(err.Error(), "api.token") {
				t.Errorf("got %T (%v) and %v", err, err, first)
			}
			if diff := cmp.Diff(test.want, last(t, kit)); diff != "" {
				t.Errorf("event (-want +got):\n%s", diff)
			}
			if text, _ := json.Marshal(kit.Events()); strings.Contains(string(text), "canary") {
				t.Error("an event holds what no caller may be called")
			}
		})
	}
}

// saysOrFails is a PDP with a decision or an error.
type saysOrFails struct {
	decision pep.Decision
	err      error
}

func (s saysOrFails) Decide(context.Context, pep.Request) (pep.Decision, error) {
	return s.decision, s.err
}

func TestAnExtensionPutsNoTextOfItsOwnIntoAnEvent(t *testing.T) {
	t.Parallel()
	const canary = "canary/path"
	for name, test := range map[string]struct {
		pdp   saysOrFails
		store error
		want  audit.Event // of which the code, the version and the ids are looked at
	}{
		"the code of a provider":                  {store: &runtime.ProviderError{Code: canary}, want: audit.Event{Code: "provider_other"}},
		"a provider without a code":               {store: &runtime.ProviderError{}, want: audit.Event{Code: "provider_other"}},
		"a code of a provider that is a word":     {store: &runtime.ProviderError{Code: "sealed_2"}, want: audit.Event{Code: "provider_sealed_2"}},
		"a version that is none":                  {store: &runtime.SecretVersionDeletedError{Version: -1}, want: audit.Event{Code: "version_deleted"}},
		"the reason of a PDP":                     {pdp: saysOrFails{err: &runtime.PDPUnavailableError{Reason: canary}}, want: audit.Event{Code: "pdp_unavailable"}},
		"ids of endless length":                   {pdp: saysOrFails{decision: pep.Decision{ID: strings.Repeat("x", 129), PolicyVersion: strings.Repeat("x", 1<<20)}}, want: audit.Event{Code: "policy"}},
		"ids that are no ids":                     {pdp: saysOrFails{decision: pep.Decision{ID: "a b\x7f", PolicyVersion: "ä"}}, want: audit.Event{Code: "policy"}},
		"ids that are as long as they may be":     {pdp: saysOrFails{decision: pep.Decision{ID: strings.Repeat("x", 128), PolicyVersion: "1.2/3"}}, want: audit.Event{Code: "policy", DecisionID: strings.Repeat("x", 128), PolicyVersion: "1.2/3"}},
		"an id with a control character at start": {pdp: saysOrFails{decision: pep.Decision{ID: "\x1b[2J"}}, want: audit.Event{Code: "policy"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if test.store != nil {
				test.pdp.decision = pep.Decision{Permit: true, ID: "d", PolicyVersion: "v"}
				test.want.DecisionID, test.want.PolicyVersion = "d", "v"
			}
			sink := &recording{}
			s := &stub{read: func(context.Context, providers.Location) (providers.Document, error) {
				return providers.Document{}, test.store
			}}
			client, err := runtime.New(t.Context(), stubConfig(), sink.factory(), s.factory(), pep.Extension{PDP: test.pdp})
			if err != nil {
				t.Fatal(err)
			}
			set := runtime.NewSet(client, []runtime.Declaration{{Accessor: "stub", URI: stubRef}})
			if _, err := runtime.Bind(set, "stub", stringDecoder).Read(t.Context()); err == nil {
				t.Error("the read succeeded")
			}
			if err := client.Close(t.Context()); err != nil {
				t.Error(err)
			}
			events := sink.kept()
			e := events[len(events)-1]
			got := audit.Event{Code: e.Code, KVVersion: e.KVVersion, DecisionID: e.DecisionID, PolicyVersion: e.PolicyVersion}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestADriftAndAReplayAreEventsOfTheirOwnType(t *testing.T) {
	t.Parallel()
	kit := secretstest.New(t)
	kit.Set(apiToken, "canary")
	kit.Grant(pep.Obligations{MaxUses: 5})
	handle := bind(t, kit, "api.token", apiToken, stringDecoder)
	if _, err := handle.Read(caller.NewContext(t.Context(), whole("id"))); err != nil {
		t.Fatal(err)
	}
	_, err := handle.Read(caller.NewContext(t.Context(), whole("id")))
	if got, want := last(t, kit), (line{audit.Replay, audit.Deny, "replay_proof", "alice", 0, false}); got != want || !isA[*runtime.ReplayError](err) {
		t.Errorf("a proof used by another request: %v, event %+v", err, got)
	}
	unbound := whole("id")
	unbound.JKT, unbound.ProofID = "", ""
	_, err = handle.Read(caller.NewContext(t.Context(), unbound))
	if got, want := last(t, kit), (line{audit.Drift, audit.Deny, "binding_drift", "alice", 0, false}); got != want || !isA[*runtime.BindingDriftError](err) {
		t.Errorf("a bound token without its binding: %v, event %+v", err, got)
	}
}

func TestARefusalOfPreflightIsInTheTrail(t *testing.T) {
	t.Parallel()
	kit := secretstest.New(t)
	kit.Deny("api.token")
	set := runtime.NewSet(kit.Client, []runtime.Declaration{{Accessor: "api.token", URI: apiToken}, {Accessor: "other", URI: apiToken}})
	runtime.Bind(set, "other", stringDecoder)
	runtime.Bind(set, "api.token", stringDecoder)
	err := set.Preflight(kit.Context(t.Context(), "alice"))
	denied, ok := errors.AsType[*runtime.AuthzDeniedError](err)
	if !ok || denied.Accessor != "api.token" {
		t.Errorf("got %v", err)
	}
	if got, want := last(t, kit), (line{audit.Decided, audit.Deny, "policy", "alice", 0, false}); got != want {
		t.Errorf("event %+v, want %+v", got, want)
	}
}
