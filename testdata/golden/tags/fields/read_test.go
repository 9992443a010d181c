package fields_test

import (
	"testing"
	"time"

	"github.com/secretsgen/secretsgen/runtime/secretstest"
	"github.com/secretsgen/secretsgen/testdata/golden/tags/fields"
)

func TestDocumentsFillTheTypesOfThePackage(t *testing.T) {
	t.Parallel()
	kit := secretstest.New(t)
	kit.Set("openbao+kv2://secret/fields/db", map[string]any{
		"username": "app", "pass": "canary", "port": 5432, "statement_timeout": "2s",
	})
	secrets, err := fields.New(kit.Client)
	if err != nil {
		t.Fatal(err)
	}
	login, err := secrets.DB.Primary(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := fields.Login{Username: "app", Password: "canary", Port: 5432, StatementTimeout: 2 * time.Second}
	if got := login.Reveal(); got != want {
		t.Errorf("the login is %+v, want %+v", got, want)
	}
}
