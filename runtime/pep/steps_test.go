package pep_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/uri"
)

func TestGuardFollowsTheMountsInForce(t *testing.T) {
	t.Parallel()
	mounts := []string{"secret"}
	cfg := config(permits(10))
	cfg.Mounts = func() []string { return mounts }
	e := enforcer(t, cfg)
	granted(t, e, as(service()), token(t))

	mounts = []string{"other"}
	if err := refused[*uri.Error](t, e, as(service()), token(t)); !errors.Is(err, uri.TenantMountMismatch) {
		t.Errorf("a removed mount gives %v, live grant or not", err)
	}
	mounts = nil
	refused[*uri.Error](t, e, as(service()), token(t))
	mounts = []string{"secret"}
	refused[*uri.Error](t, e, as(service()), pep.Declare(pep.Declaration{}))
	refused[*uri.Error](t, e, as(service()), nil)
}

func TestCallersThatAreRefused(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change func(*caller.Caller)
		want   caller.ErrorCode
	}{
		"no subject":                            {func(c *caller.Caller) { c.Subject = "" }, caller.MissingSubject},
		"a type that is none":                   {func(c *caller.Caller) { c.Type = "robot" }, caller.UnknownType},
		"a token id that is too long":           {func(c *caller.Caller) { c.TokenID = strings.Repeat("x", 257) }, caller.Malformed},
		"a thumbprint that joins two":           {func(c *caller.Caller) { c.JKT = "a+x5t:b" }, caller.Malformed},
		"expired beyond the skew":               {func(c *caller.Caller) { c.ExpiresAt = time.Now().Add(-61 * time.Second) }, caller.Expired},
		"a token for another audience":          {func(c *caller.Caller) { c.Audience = []string{"CRUD.secrets", "crud.secrets "} }, caller.WrongAudience},
		"a token without audience":              {func(c *caller.Caller) { c.Audience = nil }, caller.WrongAudience},
		"a proof without audience":              {func(c *caller.Caller) { c.Audience, c.TokenID, c.ProofID = nil, "", "p" }, caller.WrongAudience},
		"a key without audience":                {func(c *caller.Caller) { c.Audience, c.TokenID, c.JKT = nil, "", "k" }, caller.WrongAudience},
		"a certificate without audience":        {func(c *caller.Caller) { c.Audience, c.TokenID, c.X5T = nil, "", "k" }, caller.WrongAudience},
		"an audience alone that is not ours":    {func(c *caller.Caller) { c.Audience, c.TokenID = []string{"other"}, "" }, caller.WrongAudience},
		"another tenant":                        {func(c *caller.Caller) { c.Tenant = "prod" }, caller.WrongTenant},
		"a tenant that differs in case":         {func(c *caller.Caller) { c.Tenant = "Dev" }, caller.WrongTenant},
		"an audience of one list, joined":       {func(c *caller.Caller) { c.Audience = []string{"other," + audience} }, caller.WrongAudience},
		"an issuer that is not UTF-8":           {func(c *caller.Caller) { c.Issuer = "a\xff" }, caller.Malformed},
		"a workflow run that is not UTF-8":      {func(c *caller.Caller) { c.WorkflowRunID = "a\xff" }, caller.Malformed},
		"an audience entry that is not UTF-8":   {func(c *caller.Caller) { c.Audience = []string{audience, "\xff"} }, caller.Malformed},
		"a subject longer than any name can be": {func(c *caller.Caller) { c.Subject = strings.Repeat("x", 2049) }, caller.Malformed},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pdp := permits(10)
			e := enforcer(t, config(pdp))
			c := bearer("canary-token")
			tt.change(&c)
			err := refused[*caller.Error](t, e, as(c), token(t))
			if diff := cmp.Diff(tt.want, err.Code); diff != "" {
				t.Errorf("code (-want +got):\n%s", diff)
			}
			if err.Accessor != "api.token" {
				t.Errorf("accessor %q, want api.token", err.Accessor)
			}
			wantCalls(t, pdp, 0)
		})
	}
}

func TestCallersThatAreAccepted(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*caller.Caller){
		"a token within the skew":           func(c *caller.Caller) { c.ExpiresAt = time.Now().Add(-58 * time.Second) },
		"no token and no audience":          func(c *caller.Caller) { c.TokenID, c.Audience = "", nil },
		"the tenant of the client":          func(c *caller.Caller) { c.Tenant = tenant },
		"a subject with separators in it":   func(c *caller.Caller) { c.Subject = "a|b,c\x00d/e" },
		"a token id as long as they may be": func(c *caller.Caller) { c.TokenID = strings.Repeat("x", 256) },
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := enforcer(t, config(permits(10)))
			c := bearer("canary-token")
			change(&c)
			granted(t, e, as(c), token(t))
		})
	}
}

func TestAContextWithoutACallerIsTheProcessItself(t *testing.T) {
	t.Parallel()
	pdp := permitsByDefault()
	cfg := config(pdp)
	e := enforcer(t, cfg)
	if got := refused[*caller.Error](t, e, context.Background(), token(t)).Code; got != caller.MissingSubject {
		t.Errorf("without a fixed identity: code %q, want %q", got, caller.MissingSubject)
	}
	if _, ok := e.Caller(context.Background()); ok {
		t.Error("Caller found somebody in an empty context")
	}

	cfg.Workload = &caller.Caller{Subject: "svc", Audience: []string{audience}}
	e = enforcer(t, cfg)
	request := as(service())
	granted(t, e, context.Background(), token(t))
	granted(t, e, caller.AsWorkload(request), token(t))
	granted(t, e, request, token(t))
	var subjects []string
	for _, req := range pdp.asked {
		subjects = append(subjects, req.Subject.ID)
	}
	if diff := cmp.Diff([]string{"svc", "svc", "billing"}, subjects); diff != "" {
		t.Errorf("subjects asked about (-want +got):\n%s", diff)
	}
	nobody := as(caller.Caller{})
	if got := refused[*caller.Error](t, e, nobody, token(t)).Code; got != caller.MissingSubject {
		t.Errorf("a caller without subject passes for the process: code %q", got)
	}

	who, ok := e.Caller(caller.AsWorkload(request))
	if !ok || who.Subject != "svc" {
		t.Errorf("Caller = %+v, %v, want svc", who, ok)
	}
	if who, ok := e.Caller(request); !ok || who.Subject != "billing" {
		t.Errorf("Caller = %+v, %v, want billing", who, ok)
	}
	who.Audience[0] = "overwritten"
	granted(t, e, context.Background(), token(t))
}

// TestTheOrderOfSteps breaks every rule at once and mends them one by one: what
// is refused first must be the earliest step that still fails.
func TestTheOrderOfSteps(t *testing.T) {
	t.Parallel()
	mounts := []string{}
	permit := false
	pdp := &fakePDP{}
	pdp.answer = func(context.Context, pep.Request) (pep.Decision, error) {
		return pep.Decision{Permit: permit}, nil
	}
	cfg := config(pdp)
	cfg.Mounts = func() []string { return mounts }
	cfg.Limits.NegativeTTL = time.Hour
	log := &hookLog{}
	cfg.Hooks = []pep.Hook{log}
	e := enforcer(t, cfg)

	mounts = []string{"secret"}
	pinned := bound("canary-token", "key-A")
	pinned.ProofID = "canary-proof"
	refused[*pep.AuthzDeniedError](t, e, as(pinned), token(t)) // pins, denies, claims
	drifting := pinned
	drifting.JKT = "key-B"
	late := drifting
	late.ExpiresAt = time.Now().Add(-time.Hour)
	log.refusals = nil

	mounts = nil
	refused[*uri.Error](t, e, as(late), token(t))
	mounts = []string{"secret"}
	refused[*caller.Error](t, e, as(late), token(t))
	refused[*pep.BindingDriftError](t, e, as(drifting), token(t))
	if !refused[*pep.AuthzDeniedError](t, e, as(pinned), token(t)).Cached {
		t.Error("a remembered denial does not say so")
	}
	refused[*pep.ReplayError](t, e, as(pinned), password(t)) // not denied yet, proof used
	pinned.ProofID = "canary-proof-2"
	refused[*pep.AuthzDeniedError](t, e, as(pinned), password(t))
	permit = true
	pinned.ProofID = "canary-proof-3"
	granted(t, e, as(pinned), declare(t, "env://secret/NAME", ""))

	want := []string{
		"guard api.token TENANT_MOUNT_MISMATCH",
		"caller api.token expired",
		"binding api.token binding",
		"negative api.token policy",
		"replay db.password proof",
		"grant db.password policy",
	}
	if diff := cmp.Diff(want, log.refusals); diff != "" {
		t.Errorf("refusals (-want +got):\n%s", diff)
	}
	wantCalls(t, pdp, 3)
}

func TestAProofIsNotUsedUpByARequestThatFailsEarlier(t *testing.T) {
	t.Parallel()
	e := enforcer(t, config(permitsByDefault()))
	c := bearer("canary-token")
	c.ProofID, c.JKT = "canary-proof", "key-A"
	forged := c
	forged.Audience = nil
	refused[*caller.Error](t, e, as(forged), token(t))
	granted(t, e, as(c), token(t))
}

func TestAPDPCannotChangeTheCaller(t *testing.T) {
	t.Parallel()
	pdp := &fakePDP{answer: func(_ context.Context, req pep.Request) (pep.Decision, error) {
		req.Subject.Audience[0], req.Subject.Audience[1] = "overwritten", "overwritten"
		return pep.Decision{Permit: true}, nil
	}}
	e := enforcer(t, config(pdp))
	request := as(bearer("canary-token"))
	granted(t, e, request, token(t))
	granted(t, e, request, token(t))
}

func TestWhatThePDPIsAsked(t *testing.T) {
	t.Parallel()
	pdp := permitsByDefault()
	e := enforcer(t, config(pdp))
	c := caller.Caller{
		Issuer: "https://issuer.test", Subject: "ada", Type: caller.User, Actor: "gateway",
		Audience: []string{audience}, TokenID: "canary-jti", JKT: "key-A", X5T: "cert-B", ClientID: "web",
		CorrelationID: "c-1", WorkflowRunID: "w-1", NodeID: "n-1", SystemID: "s-1",
	}
	granted(t, e, as(c), password(t))
	want := []pep.Request{{
		Subject: pep.Subject{
			Type: "user", ID: "ada", Issuer: "https://issuer.test", ClientID: "web", Actor: "gateway",
			TenantID: tenant, Audience: []string{audience}, Binding: "jkt:key-A+x5t:cert-B",
		},
		Action: "execute",
		Resource: pep.Resource{
			ID: "openbao+kv2://secret/app/db#password?version=3", TenantID: tenant, Provider: "openbao", Engine: "kv2",
			Mount: "secret", Path: "app/db", Key: "password", Version: 3, Accessor: "db.password",
		},
		Context: pep.Context{TokenJTI: "canary-jti", CorrelationID: "c-1", WorkflowRunID: "w-1", NodeID: "n-1", SystemID: "s-1"},
	}}
	if diff := cmp.Diff(want, pdp.asked); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
}
