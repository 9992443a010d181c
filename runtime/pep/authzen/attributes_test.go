package authzen_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/pep/authzen"
)

// TestResourceAttributesAreSent holds what of a question is about the store's own
// metadata.
func TestResourceAttributesAreSent(t *testing.T) {
	t.Parallel()
	const full = `{"owner": "team-payments", "created_by": "alice", "created_at": "2026-01-11T00:00:00Z"}`
	for name, test := range map[string]struct {
		dialect             authzen.Dialect
		attributes          *pep.ResourceAttributes
		context, properties string // empty: absent
	}{
		"all of them": {
			attributes: &pep.ResourceAttributes{Owner: "team-payments", CreatedBy: "alice", CreatedAt: "2026-01-11T00:00:00Z"},
			context:    full,
		},
		"those that are known":                    {attributes: &pep.ResourceAttributes{Owner: `a "quoted" name`}, context: `{"owner": "a \"quoted\" name"}`},
		"none of a secret that has none":          {attributes: &pep.ResourceAttributes{}, context: `{}`},
		"nothing where nobody asked for them":     {},
		"nothing to Cerbos, in that case, either": {dialect: authzen.DialectCerbos},
		"to Cerbos as properties, too": {
			dialect:    authzen.DialectCerbos,
			attributes: &pep.ResourceAttributes{Owner: "team-payments", CreatedBy: "alice", CreatedAt: "2026-01-11T00:00:00Z"},
			context:    full,
			properties: full,
		},
		"to Cerbos of a secret that has none": {
			dialect: authzen.DialectCerbos, attributes: &pep.ResourceAttributes{}, context: `{}`, properties: `{}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			base, seen := recording(t, `{"decision":false,"evaluations":[{"decision":false},{"decision":false}]}`)
			c := client(t, authzen.Config{BaseURL: base, Dialect: test.dialect})
			req, second := request(), bare()
			req.Context.ResourceAttributes = test.attributes
			check := func(question any) {
				t.Helper()
				for place, want := range map[[2]string]string{
					{"context", ""}: test.context, {"resource", "properties"}: test.properties,
				} {
					object := question.(map[string]any)[place[0]]
					if place[1] != "" {
						object = object.(map[string]any)[place[1]]
					}
					got, present := object.(map[string]any)["resource_attributes"]
					if want == "" {
						if present {
							t.Errorf("%s has %v, want none", place[0], got)
						}
						continue
					}
					if diff := cmp.Diff(parsed(t, want), got); diff != "" {
						t.Errorf("%s (-want +got):\n%s", place[0], diff)
					}
				}
			}
			if _, err := c.Decide(t.Context(), req); err != nil {
				t.Fatal(err)
			}
			check(parsed(t, (<-seen).body))
			if _, err := c.DecideAll(t.Context(), []pep.Request{req, second}); err != nil {
				t.Fatal(err)
			}
			items := parsed(t, (<-seen).body).(map[string]any)["evaluations"].([]any)
			check(items[0])
			if _, present := items[1].(map[string]any)["context"].(map[string]any)["resource_attributes"]; present {
				t.Error("another item of the batch has them")
			}
		})
	}
}
