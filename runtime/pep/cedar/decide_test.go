package cedar_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/secretsgen/secretsgen/runtime/pep"
)

func TestDecide(t *testing.T) {
	t.Parallel()
	const permitAll = `@id("all") permit (principal, action, resource);`
	for name, test := range map[string]struct {
		policies string
		bare     bool
		want     pep.Decision
	}{
		"no policy that applies denies": {
			policies: `permit (principal == Subject::"billing", action, resource);`,
		},
		"a permit that applies permits": {
			policies: `@id("p") permit (principal == Subject::"payments", action == Action::"execute", resource == Secret::"openbao+kv2://secret/myapp/prod/api#token?version=3");`,
			want:     pep.Decision{Permit: true, Reasons: []string{"p"}},
		},
		"a forbid wins over a permit": {
			policies: permitAll + `@id("no") forbid (principal, action, resource);`,
			want:     pep.Decision{Reasons: []string{"no"}},
		},
		"another action is not permitted": {
			policies: `permit (principal, action == Action::"write", resource);`,
		},
		"a policy without an id is named by its place": {
			policies: "\n  permit (principal, action, resource);",
			want:     pep.Decision{Permit: true, Reasons: []string{"line 2 column 3"}},
		},
		"the secret is in its own path": {
			policies: `@id("p") permit (principal, action, resource in Path::"openbao+kv2://secret/myapp/prod/api");`,
			want:     pep.Decision{Permit: true, Reasons: []string{"p"}},
		},
		"the secret is in the path above": {
			policies: `@id("p") permit (principal, action, resource in Path::"openbao+kv2://secret/myapp/prod");`,
			want:     pep.Decision{Permit: true, Reasons: []string{"p"}},
		},
		"the secret is in the topmost path": {
			policies: `@id("p") permit (principal, action, resource in Path::"openbao+kv2://secret/myapp");`,
			want:     pep.Decision{Permit: true, Reasons: []string{"p"}},
		},
		"the secret is in its mount": {
			policies: `@id("p") permit (principal, action, resource in Mount::"openbao+kv2://secret");`,
			want:     pep.Decision{Permit: true, Reasons: []string{"p"}},
		},
		"the secret is in the mount of its own scheme only": {
			policies: `permit (principal, action, resource in Mount::"hashicorp+kv2://secret");`,
		},
		"a path with the same beginning is not above": {
			policies: `permit (principal, action, resource in Path::"openbao+kv2://secret/my");`,
		},
		"a path below is not above": {
			policies: `permit (principal, action, resource in Path::"openbao+kv2://secret/myapp/prod/api/more");`,
		},
		"a scheme without an engine has a mount too": {
			policies: `@id("p") permit (principal, action, resource in Mount::"env://secret") when { resource in Path::"env://secret/API_TOKEN" };`,
			bare:     true,
			want:     pep.Decision{Permit: true, Reasons: []string{"p"}},
		},
		"every property is an attribute": {
			policies: `@id("p") permit (principal, action, resource) when {
				principal.type == "workload" && principal.issuer == "https://issuer.example" && principal.client_id == "client" &&
				principal.actor == "robot" && principal.tenant_id == "dev" && principal.binding == "jkt:thumb" &&
				principal.audience == ["crud.secrets", "other"] &&
				resource.tenant_id == "dev" && resource.provider == "openbao" && resource.engine == "kv2" &&
				resource.mount == "secret" && resource.path == "myapp/prod/api" && resource.key == "token" &&
				resource.version == 3 && resource.accessor == "api.token" &&
				context.token_jti == "jti" && context.correlation_id == "corr" && context.workflow_run_id == "run" &&
				context.node_id == "node" && context.system_id == "system" };`,
			want: pep.Decision{Permit: true, Reasons: []string{"p"}},
		},
		"what is unknown is absent": {
			policies: `@id("p") permit (principal, action, resource) unless {
				principal has issuer || principal has client_id || principal has actor || principal has binding || principal has audience ||
				resource has engine || resource has key || resource has version || resource has accessor ||
				context has token_jti || context has correlation_id || context has workflow_run_id || context has node_id || context has system_id ||
				context has resource_attributes };`,
			bare: true,
			want: pep.Decision{Permit: true, Reasons: []string{"p"}},
		},
		"a forbid that fails opens nothing": {
			policies: permitAll + `@id("broken") forbid (principal, action, resource) when { resource.version < 2 };`,
			bare:     true,
			want:     pep.Decision{Reasons: []string{"error: broken"}},
		},
		"a permit that fails spoils the others": {
			policies: permitAll + `@id("broken") permit (principal, action, resource) when { context.node_id == "n" };`,
			bare:     true,
			want:     pep.Decision{Reasons: []string{"error: broken"}},
		},
		"a limit of a permit is an obligation": {
			policies: `@id("p") @ttl_seconds("60") @max_uses("5") @response_wrap("90s") @must_revalidate_on("token, policy_version") permit (principal, action, resource);`,
			want: pep.Decision{Permit: true, Reasons: []string{"p"}, Obligations: pep.Obligations{
				TTL: time.Minute, MaxUses: 5, ResponseWrap: 90 * time.Second,
				MustRevalidateOn: []pep.Revalidate{pep.RevalidatePolicyVersion, pep.RevalidateToken},
			}},
		},
		"the strictest limits of all permits count": {
			policies: permitAll +
				`@id("a") @ttl_seconds("60") @max_uses("5") @must_revalidate_on("token") permit (principal, action, resource);
				 @id("b") @ttl_seconds("30") @max_uses("9") @response_wrap("2m") @must_revalidate_on("binding,token,workflow_run,secret_version") permit (principal, action, resource);
				 @id("c") @max_uses("7") @response_wrap("60s") permit (principal, action, resource);`,
			want: pep.Decision{Permit: true, Reasons: []string{"all", "a", "b", "c"}, Obligations: pep.Obligations{
				TTL: 30 * time.Second, MaxUses: 5, ResponseWrap: time.Minute,
				MustRevalidateOn: []pep.Revalidate{pep.RevalidateBinding, pep.RevalidateSecretVersion, pep.RevalidateToken, pep.RevalidateWorkflowRun},
			}},
		},
		"the limits of a permit that does not apply do not count": {
			policies: permitAll + `@ttl_seconds("1") permit (principal == Subject::"billing", action, resource);`,
			want:     pep.Decision{Permit: true, Reasons: []string{"all"}},
		},
		"notes for readers limit nothing": {
			policies: `@id("p") @advice("a") @author("a") @comment("a") @description @owner("a") @reason("a") @ticket("a") permit (principal, action, resource);`,
			want:     pep.Decision{Permit: true, Reasons: []string{"p"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			req := request()
			if test.bare {
				req = bare()
			}
			got := decide(t, open(t, test.policies), req)
			ignored := cmpopts.IgnoreFields(pep.Decision{}, "ID", "PolicyVersion")
			if diff := cmp.Diff(test.want, got, ignored); diff != "" {
				t.Errorf("decision (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDecisionsHaveIDsOfTheirOwn(t *testing.T) {
	t.Parallel()
	const text = `permit (principal, action, resource);`
	one, other := open(t, text), open(t, text)
	seen := map[string]bool{}
	for range 10 {
		for _, pdp := range []pep.PDP{one, other} {
			id := decide(t, pdp, request()).ID
			if id == "" || seen[id] {
				t.Fatalf("id %q is empty or was given before", id)
			}
			seen[id] = true
		}
	}
}

func TestPolicyVersionFollowsTheContent(t *testing.T) {
	t.Parallel()
	const text = `permit (principal, action, resource);`
	one, same, other := open(t, text), open(t, text), open(t, text+" ")
	if one.PolicyVersion() == "" || one.PolicyVersion() != same.PolicyVersion() {
		t.Errorf("equal files have versions %q and %q", one.PolicyVersion(), same.PolicyVersion())
	}
	if one.PolicyVersion() == other.PolicyVersion() {
		t.Errorf("different files share the version %q", one.PolicyVersion())
	}
	if got := decide(t, one, request()).PolicyVersion; got != one.PolicyVersion() {
		t.Errorf("decision has version %q, want %q", got, one.PolicyVersion())
	}
}

func TestDecideAfterTheEndOfTheContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	got, err := open(t, `permit (principal, action, resource);`).Decide(ctx, request())
	if !errors.Is(err, context.Canceled) || got.Permit {
		t.Errorf("Decide = %+v, %v; want no permit and context.Canceled", got, err)
	}
}

func BenchmarkDecide(b *testing.B) {
	var text strings.Builder
	for _, name := range strings.Fields("a b c d e f g h i") {
		text.WriteString(`permit (principal == Subject::"` + name + `", action, resource);`)
	}
	text.WriteString(`@max_uses("5") permit (principal, action, resource in Path::"openbao+kv2://secret/myapp");`)
	pdp, req := open(b, text.String()), request()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := pdp.Decide(b.Context(), req); err != nil {
			b.Fatal(err)
		}
	}
}
