package pep_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/settings"
)

func TestNewReportsEverythingThatIsWrong(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change func(*pep.Config)
		want   []string
	}{
		"nothing is set":                   {func(c *pep.Config) { *c = pep.Config{} }, []string{"SECRETS_PDP_URL", "TENANT_ALLOWED_MOUNTS", "TENANT_ID"}},
		"a fixed identity without subject": {func(c *pep.Config) { c.Workload = &caller.Caller{} }, []string{"SECRETS_SUBJECT"}},
		"a fixed identity with a token":    {func(c *pep.Config) { c.Workload = &caller.Caller{Subject: "s", TokenID: "t"} }, []string{"SECRETS_SUBJECT"}},
		"a fixed identity with a proof":    {func(c *pep.Config) { c.Workload = &caller.Caller{Subject: "s", ProofID: "p"} }, []string{"SECRETS_SUBJECT"}},
		"a fixed identity of elsewhere":    {func(c *pep.Config) { c.Workload = &caller.Caller{Subject: "s", Tenant: "prod"} }, []string{"SECRETS_SUBJECT"}},
		"a hook that hears nothing":        {func(c *pep.Config) { c.Hooks = []pep.Hook{42} }, []string{"Hooks"}},
		"a capacity below zero":            {func(c *pep.Config) { c.Capacities.Attributes = -1 }, []string{"Capacities"}},
		"limits below zero": {func(c *pep.Config) {
			c.Limits = pep.Limits{TTLDefault: -1, MaxUsesDefault: -1, TTLMax: -1, MaxUsesMax: -1, NegativeTTL: -1, ReplayTTL: -1}
			c.PDPTimeout, c.MaxInFlight, c.Breaker.Open, c.Capacities.Pins = -1, -1, -1, -1
		}, []string{
			"ANTI_REPLAY_TTL_S", "Breaker", "Capacities", "GRANT_MAX_USES_DEFAULT", "GRANT_MAX_USES_MAX", "GRANT_TTL_DEFAULT",
			"GRANT_TTL_MAX", "MaxInFlight", "NEGATIVE_CACHE_TTL_S", "SECRETS_PDP_TIMEOUT",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := config(permits(1))
			tt.change(&cfg)
			_, err := pep.New(cfg)
			problems, ok := errors.AsType[*settings.Error](err)
			if !ok {
				t.Fatalf("New: %v, want a *settings.Error", err)
			}
			var names []string
			for _, p := range problems.Problems {
				names = append(names, p.Name)
			}
			if diff := cmp.Diff(tt.want, names); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAnEmptyAudienceIsTheDefault(t *testing.T) {
	t.Parallel()
	cfg := config(permits(9))
	cfg.Audience = ""
	granted(t, enforcer(t, cfg), as(bearer("canary-token")), token(t))
	cfg.Audience = "mine"
	refused[*caller.Error](t, enforcer(t, cfg), as(bearer("canary-token")), token(t))
}

func TestCloseIsHarmlessTwice(t *testing.T) {
	t.Parallel()
	e := enforcer(t, config(permits(1)))
	e.Close()
	e.Close()
}

func TestExtensionsMerge(t *testing.T) {
	t.Parallel()
	pdp, store := permits(1), brokenStore{}
	var e pep.Extension
	for _, other := range []pep.Extension{
		{},
		{PDP: pdp, Hooks: []pep.Hook{&hookLog{}}},
		{Grants: store, Replay: store, Hooks: []pep.Hook{&hookLog{}}},
		{Random: func() float64 { return 0.5 }},
	} {
		if err := e.Merge(other); err != nil {
			t.Fatalf("Merge: %v", err)
		}
	}
	if e.Random == nil || e.Random() != 0.5 || e.PDP != pdp || e.Grants != pep.GrantStore(store) || e.Replay != pep.ReplayStore(store) || len(e.Hooks) != 2 {
		t.Errorf("merged %+v", e)
	}
	for name, second := range map[string]pep.Extension{
		"a second PDP":          {PDP: denies(), Hooks: []pep.Hook{&hookLog{}}},
		"a second grant store":  {Grants: brokenStore{errStore}},
		"a second replay store": {Replay: brokenStore{errStore}},
		"a second jitter":       {Random: func() float64 { return 0 }},
	} {
		if err := e.Merge(second); err == nil {
			t.Errorf("%s was merged", name)
		}
	}
	if e.PDP != pdp || len(e.Hooks) != 2 {
		t.Errorf("a refused merge changed %+v", e)
	}
	if got := e.ExtensionName(); got != "enforcement point" {
		t.Errorf("ExtensionName = %q", got)
	}
}

func TestZeroLimitsAreTheDefaults(t *testing.T) {
	t.Parallel()
	pdp := permitsByDefault()
	cfg := config(pdp)
	cfg.Limits = pep.Limits{MaxUsesDefault: 2, TTLDefault: time.Minute}
	e := enforcer(t, cfg)
	granted(t, e, as(service()), token(t))
	granted(t, e, as(service()), token(t))
	wantCalls(t, pdp, 1)
	granted(t, e, as(service()), token(t))
	wantCalls(t, pdp, 2)
}
