package cedar_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/secretsgen/secretsgen/runtime/pep"
)

func TestPoliciesSeeWhatTheStoreTellsOfASecret(t *testing.T) {
	t.Parallel()
	const owned = `@id("own") permit (principal, action, resource)
		when { context.resource_attributes has owner && context.resource_attributes.owner == "team-payments" };`
	for name, test := range map[string]struct {
		policies   string
		attributes *pep.ResourceAttributes
		want       pep.Decision
	}{
		"the owner":                  {owned, &pep.ResourceAttributes{Owner: "team-payments"}, pep.Decision{Permit: true, Reasons: []string{"own"}}},
		"another":                    {owned, &pep.ResourceAttributes{Owner: "team-shipping"}, pep.Decision{}},
		"no owner":                   {owned, &pep.ResourceAttributes{CreatedBy: "team-payments", CreatedAt: "team-payments"}, pep.Decision{}},
		"nothing that is told":       {owned, &pep.ResourceAttributes{}, pep.Decision{}},
		"nothing that was asked for": {owned, nil, pep.Decision{Reasons: []string{"error: own"}}},
		"each under its name": {
			`@id("all") permit (principal, action, resource) when {
				context.resource_attributes == {owner: "o", created_by: "b", created_at: "a"} };`,
			&pep.ResourceAttributes{Owner: "o", CreatedBy: "b", CreatedAt: "a"},
			pep.Decision{Permit: true, Reasons: []string{"all"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			req := bare()
			req.Context.ResourceAttributes = test.attributes
			got := decide(t, open(t, test.policies), req)
			if diff := cmp.Diff(test.want, got, cmpopts.IgnoreFields(pep.Decision{}, "ID", "PolicyVersion")); diff != "" {
				t.Errorf("decision (-want +got):\n%s", diff)
			}
		})
	}
}
