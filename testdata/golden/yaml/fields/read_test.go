package fields_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/secretstest"
	"github.com/secretsgen/secretsgen/testdata/golden/yaml/fields"
)

func TestDocumentsFillTheGeneratedTypes(t *testing.T) {
	t.Parallel()
	kit := secretstest.New(t, secretstest.WithSchemes("openbao+kv2"))
	for name, user := range map[string]string{"db": "primary", "replica": "replica"} {
		kit.Set("openbao+kv2://secret/fields/"+name, map[string]any{
			"username": user, "pass": "canary of " + user, "port": 5432, "statement_timeout": "2s",
		})
	}
	kit.Set("openbao+kv2://kv/fields/tls?version=2", map[string]any{
		"certificate": "canary", "tls.key": "Y2FuYXJ5", "options": json.RawMessage(`{"min":1.3}`), "strict": true,
	})
	secrets, err := fields.New(kit.Client)
	if err != nil {
		t.Fatal(err)
	}
	v, err := secrets.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	primary, replica, tls := v.DB.Primary.Reveal(), v.DB.Replica.Reveal(), v.TLS.Reveal()
	got := []any{
		primary.Username, primary.Password, primary.Port, primary.StatementTimeout,
		replica.Username, replica.Password, replica.Port, replica.StatementTimeout,
		string(tls.Certificate), string(tls.PrivateKey), string(tls.Options), tls.Strict,
	}
	want := []any{
		"primary", "canary of primary", 5432, 2 * time.Second,
		"replica", "canary of replica", 5432, 2 * time.Second,
		"canary", "canary", `{"min":1.3}`, true,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the documents (-want +got):\n%s", diff)
	}
}
