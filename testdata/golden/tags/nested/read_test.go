package nested_test

import (
	"testing"

	"github.com/secretsgen/secretsgen/runtime/secretstest"
	"github.com/secretsgen/secretsgen/testdata/golden/tags/nested"
)

func TestSecretsOfStructsInStructsAreRead(t *testing.T) {
	t.Parallel()
	kit := secretstest.New(t)
	kit.Set("openbao+kv2://secret/nested#signing_key", "canary key")
	kit.Set("openbao+kv2://secret/nested/store#dsn", "canary dsn")
	kit.Set("openbao+kv2://secret/nested/deepest#token", "canary token")
	kit.Set("openbao+kv2://secret/nested/login", map[string]any{"username": "canary", "password": "canary"})
	secrets, err := nested.New(kit.Client)
	if err != nil {
		t.Fatal(err)
	}
	v, err := secrets.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	deepest := v.Deep.Deeper.Deepest
	if string(v.SigningKey.Reveal()) != "canary key" || v.Primary.Dsn.Reveal() != "canary dsn" || v.Fallback.Dsn.Reveal() != "canary dsn" ||
		v.Login.Reveal().Username != "canary" || string(deepest.SigningKey.Reveal()) != "canary key" || deepest.Token.Reveal() != "canary token" {
		t.Error("a value is not the one that is stored")
	}
	if kit.Reads() != 4 {
		t.Errorf("%d documents were read, want each of four once", kit.Reads())
	}
}
