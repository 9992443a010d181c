package secretstest_test

import (
	"context"
	"errors"
	"testing"

	"github.com/secretsgen/secretsgen/examples/quickstart/config"
	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/audit"
	"github.com/secretsgen/secretsgen/runtime/secretstest"
)

// charge is the service: it pays with a token that it reads for its caller.
func charge(ctx context.Context, secrets *config.Secrets, pay func(token string) error) error {
	token, err := secrets.API.Token(ctx)
	if err != nil {
		return err
	}
	return pay(token.Reveal())
}

// testCharge is what a service's own file calls TestCharge.
func testCharge(t *testing.T) {
	kit := secretstest.New(t)
	kit.Set("openbao+kv2://secret/myapp/api#token", "canary-token")
	secrets, err := config.New(kit.Client) // generated
	if err != nil {
		t.Fatal(err)
	}

	var paidWith string
	pay := func(token string) error { paidWith = token; return nil }
	if err := charge(kit.Context(t.Context(), "alice"), secrets, pay); err != nil {
		t.Fatal(err)
	}
	if paidWith != "canary-token" {
		t.Error("the payment was made with another token than the stored one")
	}

	kit.Deny("api.token")
	err = charge(kit.Context(t.Context(), "mallory"), secrets, pay)
	if !errors.Is(err, runtime.ErrDenied) {
		t.Errorf("mallory: %v, want a denial", err)
	}
	events := kit.Events()
	if last := events[len(events)-1]; last.Effect != audit.Deny || last.Subject != "mallory" {
		t.Errorf("the denial is not in the audit trail: %+v", last)
	}
}

// A service's test stores values, calls the service on behalf of somebody, and
// looks at what came of it and at the trail that it left.
func Example() {
	_ = testCharge
}
