package pep_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/pep"
)

// hostile are texts that would meet if anything joined them with a separator.
var hostile = []string{
	"", "a", "b", "a|b", "a,b", "a/b", "a\x00b", "a\x00", "\x00b", "|", "\x00", "jkt:a", "a+x5t:b", "workload", "user", tenant, "A", "a ",
}

// identityFields are the fields of a caller that a grant depends on.
var identityFields = map[string]func(*caller.Caller, string){
	"issuer":    func(c *caller.Caller, s string) { c.Issuer = s },
	"subject":   func(c *caller.Caller, s string) { c.Subject = "s" + s },
	"actor":     func(c *caller.Caller, s string) { c.Actor = s },
	"client id": func(c *caller.Caller, s string) { c.ClientID = s },
	"type": func(c *caller.Caller, s string) {
		if c.Type = caller.Workload; s == "user" {
			c.Type = caller.User
		}
	},
	"jkt": func(c *caller.Caller, s string) { c.JKT = thumbprint(s) },
	"x5t": func(c *caller.Caller, s string) { c.X5T = thumbprint(s) },
}

// thumbprint makes a legal one of any text, not always a different one.
func thumbprint(s string) string {
	out := []byte(s)
	for i, c := range out {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			out[i] = '_'
		}
	}
	return string(out)
}

// TestAGrantOfOneIdentityNeverServesAnother draws pairs of callers that differ
// in one field of their identity, or in none, and asks for the same secret.
func TestAGrantOfOneIdentityNeverServesAnother(t *testing.T) {
	t.Parallel()
	const seed, pairs = 42, 2_000
	rng := rand.New(rand.NewPCG(seed, seed))
	pick := func() string { return hostile[rng.IntN(len(hostile))] }
	e := enforcer(t, config(permits(1000)))
	shared, apart := 0, 0
	for i := range pairs {
		// Tokens and a secret of their own keep one pair from another.
		d := other(t, i)
		one := caller.Caller{Audience: []string{audience}, TokenID: fmt.Sprintf("canary-one-%d", i)}
		for _, set := range identityFields {
			set(&one, pick())
		}
		two := one
		two.TokenID = fmt.Sprintf("canary-two-%d", i)
		for _, set := range identityFields { // any one of them: the order of a map is random
			set(&two, pick())
			break
		}
		first := granted(t, e, as(one), d)
		second := granted(t, e, as(two), d)
		same := sameIdentity(one, two)
		if got := second.GrantID == first.GrantID; got != same {
			t.Fatalf("pair %d of seed %d: shared a grant: %v, of one identity: %v\n%q\n%q", i, seed, got, same, one, two)
		}
		if same {
			shared++
		} else {
			apart++
		}
	}
	if shared < pairs/100 || apart < pairs/2 {
		t.Errorf("%d pairs were the same and %d were not: the draws prove little", shared, apart)
	}
}

func sameIdentity(a, b caller.Caller) bool {
	return a.Issuer == b.Issuer && a.Subject == b.Subject && a.Type == b.Type && a.Actor == b.Actor &&
		a.JKT == b.JKT && a.X5T == b.X5T && a.ClientID == b.ClientID
}

func TestADeclarationIsPartOfTheGrant(t *testing.T) {
	t.Parallel()
	pdp := permits(100)
	e := enforcer(t, config(pdp))
	base := token(t).Declaration()
	others := map[string]pep.Declaration{
		"the declaration itself": base,
		"another key":            {Ref: reference(t, "openbao+kv2://secret/app/api#other"), Accessor: base.Accessor},
		"no key":                 {Ref: reference(t, "openbao+kv2://secret/app/api"), Accessor: base.Accessor},
		"another version":        {Ref: reference(t, "openbao+kv2://secret/app/api#token?version=1"), Accessor: base.Accessor},
		"another scheme":         {Ref: reference(t, "hashicorp+kv2://secret/app/api#token"), Accessor: base.Accessor},
		"another accessor":       {Ref: base.Ref, Accessor: "api.tokens"},
		"a provider that wraps":  {Ref: base.Ref, Accessor: base.Accessor, CanWrap: true},
	}
	seen := map[string]string{}
	for name, d := range others {
		id := granted(t, e, as(service()), pep.Declare(d)).GrantID
		if before, ok := seen[id]; ok {
			t.Errorf("%s shares a grant with %s", name, before)
		}
		seen[id] = name
	}
	wantCalls(t, pdp, len(others))
}

func TestAnEmptyTypeAndTenantMeanWorkloadAndTheClientsOwn(t *testing.T) {
	t.Parallel()
	pdp := permits(10)
	e := enforcer(t, config(pdp))
	implicit := service()
	explicit := service()
	explicit.Type, explicit.Tenant = caller.Workload, tenant
	granted(t, e, as(implicit), token(t))
	if !granted(t, e, as(explicit), token(t)).GrantCached {
		t.Error("naming type and tenant makes another identity")
	}
	if got := pdp.asked[0].Subject; got.Type != "workload" || got.TenantID != tenant {
		t.Errorf("the PDP was asked about %+v", got)
	}
}
