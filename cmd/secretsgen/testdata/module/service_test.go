package service

import (
	"fmt"
	"testing"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/secretstest"

	"example.com/service/begun"
	"example.com/service/config"
	"example.com/service/tagged"
)

func kit(t *testing.T) *secretstest.Kit {
	t.Helper()
	kit := secretstest.New(t)
	kit.Set("openbao+kv2://secret/myapp/api#token?version=3", "canary-token")
	kit.Set("openbao+kv2://secret/myapp/db", map[string]any{"username": "canary-user", "port": 5432})
	return kit
}

// TestBegun reads what the sample of init declares, from where it says.
func TestBegun(t *testing.T) {
	for name, value := range map[string]string{
		"ENVIRONMENT":           "test",
		"TENANT_ID":             "dev",
		"TENANT_ALLOWED_MOUNTS": "secret",
		"SECRET_TENANT_SALT":    "0123456789abcdef0123456789abcdef",
		"SECRETS_PDP":           "insecure-allow-all",
		"SECRETS_SUBJECT":       "service",
		"SECRETS_AUDIT":         "none",
		"API_TOKEN":             "canary-token",
		"DB_LOGIN":              `{"username": "canary-user", "password": "canary-password"}`,
	} {
		t.Setenv(name, value)
	}
	cfg, err := runtime.ConfigFromEnv()
	if err != nil {
		t.Fatal(err)
	}
	secrets, err := begun.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	token, err := secrets.API.Token(t.Context())
	if err != nil || token.Reveal() != "canary-token" {
		t.Errorf("got %v, %v", token, err)
	}
	db, err := secrets.DB(t.Context())
	if err != nil || db.Reveal().Username != "canary-user" || db.Reveal().Password != "canary-password" {
		t.Errorf("got %v, %v", db, err)
	}
	if err := secrets.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestDeclaredInYAML(t *testing.T) {
	kit := kit(t)
	secrets, err := config.New(kit.Client)
	if err != nil {
		t.Fatal(err)
	}
	ctx := kit.Context(t.Context(), "alice")
	token, err := secrets.API.Token(ctx)
	if err != nil || token.Reveal() != "canary-token" || token.Version() != 3 || fmt.Sprint(token) != "[REDACTED]" {
		t.Errorf("got %v of version %d, %v", token, token.Version(), err)
	}
	db, err := secrets.DB(ctx)
	if err != nil || db.Reveal().Username != "canary-user" || db.Reveal().Port != 5432 {
		t.Errorf("got %v, %v", db, err)
	}
}

func TestDeclaredByTags(t *testing.T) {
	kit := kit(t)
	secrets, err := tagged.New(kit.Client)
	if err != nil {
		t.Fatal(err)
	}
	ctx := kit.Context(t.Context(), "alice")
	token, err := secrets.API.Token(ctx)
	if err != nil || token.Reveal() != "canary-token" {
		t.Errorf("got %v, %v", token, err)
	}
	db, err := secrets.DB(ctx)
	if err != nil || db.Reveal() != (tagged.Login{Username: "canary-user", Port: 5432}) {
		t.Errorf("got %v, %v", db, err)
	}
}
