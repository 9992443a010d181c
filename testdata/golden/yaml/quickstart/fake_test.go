package quickstart_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/secretstest"
	"github.com/secretsgen/secretsgen/testdata/golden/yaml/quickstart"
	"github.com/secretsgen/secretsgen/testdata/golden/yaml/quickstart/quickstartfake"
)

// greet is a service that reads a secret.
func greet(ctx context.Context, secrets *quickstart.Secrets) (string, error) {
	token, err := secrets.API.Token(ctx)
	if err != nil {
		return "", err
	}
	return "hello " + token.Reveal(), nil
}

func TestAServiceIsTestedWithTheFake(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	for name, tt := range map[string]struct {
		secrets quickstartfake.Secrets
		want    string
		fails   func(error) bool
	}{
		"a token": {
			secrets: quickstartfake.Secrets{API: quickstartfake.SecretsAPI{Token: secretstest.Of("canary")}},
			want:    "hello canary",
		},
		"a token that is not there": {
			fails: func(err error) bool {
				missing, ok := errors.AsType[*runtime.SecretNotFoundError](err)
				return ok && missing.Accessor == "api.token"
			},
		},
		"a version that is deleted": {
			secrets: quickstartfake.Secrets{API: quickstartfake.SecretsAPI{Token: secretstest.Fails[string](&runtime.SecretVersionDeletedError{Version: 3})}},
			fails: func(err error) bool {
				_, ok := errors.AsType[*runtime.SecretVersionDeletedError](err)
				return ok
			},
		},
		"a store that is down": {
			secrets: quickstartfake.Secrets{API: quickstartfake.SecretsAPI{Token: secretstest.Fails[string](boom)}},
			fails: func(err error) bool {
				failed, ok := errors.AsType[*runtime.ProviderError](err)
				return ok && failed.Retryable
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := greet(t.Context(), quickstartfake.New(t, tt.secrets))
			if tt.fails != nil {
				if !tt.fails(err) {
					t.Errorf("got error %v", err)
				}
				return
			}
			if err != nil || got != tt.want {
				t.Errorf("got %q and %v, want %q", got, err, tt.want)
			}
		})
	}
}

func TestAFakeGivesStructsAndAKitsDenials(t *testing.T) {
	t.Parallel()
	kit := secretstest.New(t, quickstartfake.With(quickstartfake.Secrets{
		API: quickstartfake.SecretsAPI{Token: secretstest.Of("canary")},
		DB:  secretstest.Of(quickstart.SecretsDB{Username: "canary", Port: 5432}),
	}))
	secrets, err := quickstart.New(kit.Client)
	if err != nil {
		t.Fatal(err)
	}
	db, err := secrets.DB(t.Context())
	if err != nil || db.Reveal().Port != 5432 {
		t.Errorf("db: %v", err)
	}
	kit.Deny("api.token")
	if _, err := secrets.API.Token(t.Context()); !errors.Is(err, runtime.ErrDenied) {
		t.Errorf("a denied token: %v", err)
	}
	var got []string
	for _, e := range kit.Events() {
		got = append(got, string(e.Type)+" "+string(e.Effect)+" "+e.Accessor)
	}
	if diff := cmp.Diff([]string{"decision allow db", "read allow db", "decision deny api.token"}, got); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}
