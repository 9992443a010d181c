package roots_test

import (
	"testing"

	"github.com/secretsgen/secretsgen/runtime/secretstest"
	"github.com/secretsgen/secretsgen/testdata/golden/tags/roots"
	"github.com/secretsgen/secretsgen/testdata/golden/tags/roots/rootsfake"
)

func TestEachStructHasARootOfItsOwn(t *testing.T) {
	t.Parallel()
	secrets := rootsfake.New(t, rootsfake.Secrets{Token: secretstest.Of("canary")})
	token, err := secrets.Token(t.Context())
	if err != nil || token.Reveal() != "canary" {
		t.Errorf("token: %v", err)
	}
	billing := rootsfake.NewBilling(t, rootsfake.Billing{
		Ledger: secretstest.Of(roots.Login{Username: "canary"}),
		Shared: rootsfake.BillingShared{Key: secretstest.Of([]byte("canary"))},
	})
	values, err := billing.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if values.Ledger.Reveal().Username != "canary" || string(values.Shared.Key.Reveal()) != "canary" {
		t.Error("a value is not the one of the fake")
	}
}
