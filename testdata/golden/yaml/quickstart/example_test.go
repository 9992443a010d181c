package quickstart_test

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/providers/yaml"
	"github.com/secretsgen/secretsgen/runtime/settings"
	"github.com/secretsgen/secretsgen/testdata/golden/yaml/quickstart"
)

// The whole way in development: settings, the generated Open, an accessor. A file
// stands in for the server, and a policy file decides.
func Example() {
	ctx := context.Background()
	cfg := runtime.Config{ // a service calls runtime.ConfigFromEnv
		Environment:   "dev",
		TenantID:      "dev",
		AllowedMounts: []string{"secret"},
		Salt:          []byte("a salt for development alone"),
		Subject:       "example",
		PDP:           runtime.PDPConfig{PolicyFile: "testdata/policy.cedar"},
		Audit:         runtime.AuditConfig{Sinks: []string{"none"}},
		Logger:        slog.New(slog.DiscardHandler),
		Settings: settings.FromMap(map[string]string{
			"YAML_VAULT_PATH": "testdata/store.yaml",
			"YAML_VAULT_FOR":  "openbao+kv2",
		}),
	}
	secrets, err := quickstart.Open(ctx, cfg, yaml.Provider())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer secrets.Close(ctx)

	token, err := secrets.API.Token(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("prints as", token)
	fmt.Println("is version", token.Version(), "and reveals", token.Reveal())

	db, err := secrets.DB(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("a document prints as", db.Reveal())
	fmt.Println("port", db.Reveal().Port)
	// Output:
	// prints as [REDACTED]
	// is version 3 and reveals third
	// a document prints as [REDACTED]
	// port 5432
}
