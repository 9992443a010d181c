package service

import (
	"fmt"
	"testing"

	"github.com/secretsgen/secretsgen/runtime/secretstest"

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
