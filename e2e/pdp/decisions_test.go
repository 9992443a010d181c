package pdp

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/pep/authzen"
)

// everyPDP runs a test against each of the servers.
func everyPDP(t *testing.T, test func(t *testing.T, pdp *server)) {
	t.Helper()
	for name, pdp := range map[string]*server{
		"Cerbos": shared.cerbos, "OPA one by one": shared.opa, "OPA in batches": shared.opaBatch,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, pdp)
		})
	}
}

func TestAPolicyPermitsAndDenies(t *testing.T) {
	t.Parallel()
	everyPDP(t, func(t *testing.T, pdp *server) {
		s := serving(t, pdp, nil)
		s.gets(t.Context(), "api.token")
		s.gets(t.Context(), "db.password")
		s.gets(alice(t.Context()), "db.password")
		s.denied(alice(t.Context()), "api.token", "")
		s.denied(t.Context(), "other", "")
		s.close()
		if n := strings.Count(s.log.String(), `"effect":"deny"`); n != 2 {
			t.Errorf("the trail has %d denials, want 2:\n%s", n, s.log.String())
		}
	})
}

func TestAnObligationOfAPolicyLimitsTheGrant(t *testing.T) {
	t.Parallel()
	everyPDP(t, func(t *testing.T, pdp *server) {
		s := serving(t, pdp, nil)
		for range 7 { // of 3 uses each
			s.gets(t.Context(), "api.token")
		}
		if diff := cmp.Diff([]string{"api.token: permit", "api.token: permit", "api.token: permit"}, s.questions()); diff != "" {
			t.Errorf("questions (-want +got):\n%s", diff)
		}
		for range 100 {
			s.gets(t.Context(), "db.password")
		}
		if n := len(s.questions()); n != 4 {
			t.Errorf("%d questions, want 4: the obligation of the profile allows 5,000 uses", n)
		}
	})
}

func TestAnObligationThatIsUnknownDeniesByName(t *testing.T) {
	t.Parallel()
	everyPDP(t, func(t *testing.T, pdp *server) {
		s := serving(t, pdp, nil)
		for range 2 {
			s.denied(t.Context(), "legacy.token", "watermark")
		}
		if n := len(s.questions()); n != 2 {
			t.Errorf("%d questions, want 2: an obligation that can't be met is no denial to remember", n)
		}
	})
}

func TestManySecretsAreAuthorizedAtOnce(t *testing.T) {
	t.Parallel()
	everyPDP(t, func(t *testing.T, pdp *server) {
		s := serving(t, pdp, nil)
		err := s.set.Preflight(t.Context())
		for _, accessor := range []string{"legacy.token", "other"} {
			if err == nil || !errors.Is(err, runtime.ErrDenied) || !strings.Contains(err.Error(), accessor) {
				t.Errorf("Preflight: %v, want a denial of %s", err, accessor)
			}
		}
		for _, accessor := range []string{"api.token", "db.password"} {
			if err != nil && strings.Contains(err.Error(), accessor) {
				t.Errorf("Preflight: %v, want none about %s", err, accessor)
			}
		}
		asked := len(s.questions())
		for range 3 {
			s.gets(t.Context(), "api.token")
		}
		s.gets(t.Context(), "db.password")
		if n := len(s.questions()); asked != 4 || n != 4 {
			t.Errorf("%d questions for 4 secrets, and %d after reading them, want 4 both times", asked, n)
		}
		if fine := serving(t, pdp, nil, "api.token", "db.password"); fine.set.Preflight(t.Context()) != nil {
			t.Error("Preflight of what is permitted fails")
		}
	})
}

// question is about a secret of the policies.
func question(accessor, id string) pep.Request {
	return pep.Request{
		Subject:  pep.Subject{Type: "workload", ID: "payments", TenantID: "dev"},
		Action:   pep.ActionExecute,
		Resource: pep.Resource{ID: id, TenantID: "dev", Accessor: accessor},
		Context:  pep.Context{CorrelationID: "corr"},
	}
}

func direct(t *testing.T, pdp *server, discovery authzen.Discovery) *authzen.Client {
	t.Helper()
	client, err := authzen.New(authzen.Config{
		BaseURL: pdp.base, Dialect: authzen.Dialect(pdp.dialect), Discovery: discovery, Timeout: patience,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

// A batch brings what single questions would, each item with obligations of its
// own, also where a secret stands twice in it and where it is a large one.
func TestABatchBringsWhatSingleQuestionsWould(t *testing.T) {
	t.Parallel()
	var reqs []pep.Request
	for _, accessor := range []string{"api.token", "other", "db.password", "api.token"} {
		reqs = append(reqs, question(accessor, "env://secret/E2E_SAME"))
	}
	for range 20 {
		for _, accessor := range []string{"api.token", "other", "legacy.token", "db.password"} {
			reqs = append(reqs, question(accessor, "env://secret/E2E_"+strings.Repeat("X", len(reqs))))
		}
	}
	for name, pdp := range map[string]*server{"Cerbos": shared.cerbos, "OPA": shared.opaBatch} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := direct(t, pdp, authzen.DiscoveryAuto)
			got, err := client.DecideAll(t.Context(), reqs)
			if err != nil {
				t.Fatal(err)
			}
			for i, req := range reqs {
				want, err := client.Decide(t.Context(), req)
				if err != nil {
					t.Fatal(err)
				}
				want.ID, got[i].ID = "", ""
				if diff := cmp.Diff(want, got[i]); diff != "" {
					t.Errorf("item %d, %s (-single +batch):\n%s", i, req.Resource.Accessor, diff)
				}
			}
		})
	}
}

func TestMetadataOfARealPDP(t *testing.T) {
	t.Parallel()
	t.Run("Cerbos publishes it", func(t *testing.T) {
		t.Parallel()
		decision, err := direct(t, shared.cerbos, authzen.DiscoveryRequired).Decide(t.Context(), question("db.password", "env://secret/A"))
		if err != nil || !decision.Permit || decision.Obligations.MaxUses != 5000 {
			t.Errorf("Decide = %+v, %v; want a permit with 5,000 uses", decision, err)
		}
	})
	t.Run("OPA does not", func(t *testing.T) {
		t.Parallel()
		_, err := direct(t, shared.opa, authzen.DiscoveryRequired).Decide(t.Context(), question("db.password", "env://secret/A"))
		if e, ok := errors.AsType[*pep.PDPUnavailableError](err); !ok || e.Reason != pep.ReasonConfig {
			t.Errorf("Decide: %v, want reason config", err)
		}
	})
	t.Run("OPA without rules for batches is asked one by one", func(t *testing.T) {
		t.Parallel()
		_, err := direct(t, shared.opa, authzen.DiscoveryAuto).DecideAll(t.Context(), []pep.Request{question("other", "env://secret/A")})
		if e, ok := errors.AsType[*pep.PDPUnavailableError](err); !ok || e.Reason != pep.ReasonNoBatch {
			t.Errorf("DecideAll: %v, want reason no_batch", err)
		}
	})
}

// Without the dialect Cerbos sends no outputs, and nobody is told: the limits of
// a policy would silently be the defaults. That is why docs/pdp.md says to set it.
func TestCerbosWithoutItsDialectSendsNoObligations(t *testing.T) {
	t.Parallel()
	plain := &server{base: shared.cerbos.base}
	decision, err := direct(t, plain, authzen.DiscoveryAuto).Decide(t.Context(), question("api.token", "env://secret/A"))
	if diff := cmp.Diff(pep.Obligations{}, decision.Obligations); diff != "" || err != nil || !decision.Permit {
		t.Errorf("Decide = %+v, %v; want a bare permit", decision, err)
	}
}

func TestTheSettingsOfADeploymentAreEnough(t *testing.T) {
	for name, value := range map[string]string{
		"TENANT_ID": "dev", "TENANT_ALLOWED_MOUNTS": "secret", "SECRET_TENANT_SALT": strings.Repeat("e2e salt ", 4), "SECRETS_SUBJECT": "payments",
		"SECRETS_PDP_URL": shared.cerbos.base, "SECRETS_PDP_DIALECT": "cerbos", "SECRETS_PDP_DISCOVERY": "required", "SECRETS_PDP_TIMEOUT": "30s",
	} {
		t.Setenv(name, value)
	}
	cfg, err := runtime.ConfigFromEnv()
	if err != nil {
		t.Fatal(err)
	}
	s := serving(t, shared.cerbos, func(c *runtime.Config) { cfg.Logger = c.Logger; *c = cfg })
	s.gets(t.Context(), "api.token")
	s.denied(t.Context(), "other", "")
	s.denied(t.Context(), "legacy.token", "watermark")
}
