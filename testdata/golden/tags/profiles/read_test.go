package profiles_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/secretstest"
	"github.com/secretsgen/secretsgen/testdata/golden/tags/profiles"
)

func TestAProfileChoosesWhereEachSecretIsRead(t *testing.T) {
	t.Parallel()
	for profile, want := range map[string][]string{
		"":       {"pinned", "stored"},
		"ci":     {"variable", "from a variable"},
		"laptop": {"file", "stored"},
	} {
		kit := secretstest.New(t, secretstest.WithConfig(func(cfg *runtime.Config) { cfg.Profile = profile }))
		kit.Set("openbao+kv2://secret/profiles?version=3", map[string]any{"token": "pinned"})
		kit.Set("openbao+kv2://secret/profiles", map[string]any{"token": "pinned", "port": 1})
		kit.Set("openbao+kv2://secret/profiles/db", map[string]any{"username": "stored", "password": "canary"})
		kit.Set("env://secret/API_TOKEN", "variable")
		kit.Set("env://secret/DB", `{"username":"from a variable","password":"canary"}`)
		kit.Set("file://secret/token", []byte("file\n"))
		secrets, err := profiles.New(kit.Client)
		if err != nil {
			t.Fatal(err)
		}
		token, err := secrets.API.Token(t.Context())
		if err != nil {
			t.Errorf("%q: %v", profile, err)
		}
		db, err := secrets.DB(t.Context())
		if err != nil {
			t.Errorf("%q: %v", profile, err)
		}
		if diff := cmp.Diff(want, []string{token.Reveal(), db.Reveal().Username}); diff != "" {
			t.Errorf("under the profile %q (-want +got):\n%s", profile, diff)
		}
	}
}
