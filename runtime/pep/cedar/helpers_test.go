package cedar_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/pep/cedar"
)

// fileName is what errors may show of a file's path.
const fileName = "policies.cedar"

func write(tb testing.TB, path, text string) {
	tb.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		tb.Fatal(err)
	}
}

func policyFile(tb testing.TB, text string) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), fileName)
	write(tb, path, text)
	return path
}

func open(tb testing.TB, text string) *cedar.PDP {
	tb.Helper()
	return mustOpen(tb, policyFile(tb, text))
}

func mustOpen(tb testing.TB, path string) *cedar.PDP {
	tb.Helper()
	pdp, err := cedar.Open(path)
	if err != nil {
		tb.Fatalf("Open: %v", err)
	}
	return pdp
}

func decide(t *testing.T, pdp pep.PDP, req pep.Request) pep.Decision {
	t.Helper()
	decision, err := pdp.Decide(t.Context(), req)
	if err != nil {
		t.Fatalf("Decide: %v", err)
	}
	return decision
}

// request is a question with every member filled.
func request() pep.Request {
	return pep.Request{
		Subject: pep.Subject{
			Type: "workload", ID: "payments", Issuer: "https://issuer.example", ClientID: "client", Actor: "robot",
			TenantID: "dev", Audience: []string{"crud.secrets", "other"}, Binding: "jkt:thumb",
		},
		Action: pep.ActionExecute,
		Resource: pep.Resource{
			ID: "openbao+kv2://secret/myapp/prod/api#token?version=3", TenantID: "dev", Provider: "openbao", Engine: "kv2",
			Mount: "secret", Path: "myapp/prod/api", Key: "token", Version: 3, Accessor: "api.token",
		},
		Context: pep.Context{TokenJTI: "jti", CorrelationID: "corr", WorkflowRunID: "run", NodeID: "node", SystemID: "system"},
	}
}

// bare is a question that leaves out whatever may be left out.
func bare() pep.Request {
	return pep.Request{
		Subject:  pep.Subject{Type: "workload", ID: "payments", TenantID: "dev"},
		Action:   pep.ActionExecute,
		Resource: pep.Resource{ID: "env://secret/API_TOKEN", TenantID: "dev", Provider: "env", Mount: "secret", Path: "API_TOKEN"},
	}
}
