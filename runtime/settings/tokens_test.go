package settings_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/settings"
)

func TestTheSettingsOfTokensAreRead(t *testing.T) {
	t.Parallel()
	r := reader(map[string]string{
		"SECRETS_ISSUER": "https://issuer.test/", "SECRETS_JWKS_URL": "https://issuer.test/jwks?p=1", "SECRETS_AUDIENCE": "a",
		"SECRETS_EXTERNAL_URL": "https://service.test/api", "ANTI_REPLAY_TTL_S": "90",
	})
	want := settings.Tokens{
		Issuer: "https://issuer.test/", JWKSURL: "https://issuer.test/jwks?p=1", Audience: "a",
		ExternalURL: "https://service.test/api", ReplayTTL: 90 * time.Second,
	}
	if diff := cmp.Diff(want, settings.ReadTokens(r)); diff != "" || r.Err() != nil {
		t.Errorf("tokens (-want +got):\n%s%v", diff, r.Err())
	}
	r = reader(nil)
	want = settings.Tokens{Audience: "crud.secrets", ReplayTTL: 5 * time.Minute}
	if diff := cmp.Diff(want, settings.ReadTokens(r)); diff != "" || r.Err() != nil {
		t.Errorf("nothing set (-want +got):\n%s%v", diff, r.Err())
	}
}

func TestTheSettingsOfTokensThatAreRefused(t *testing.T) {
	t.Parallel()
	for name, values := range map[string][]string{
		"SECRETS_ISSUER": {"canary issuer", "canary\n", "canary\x7f", strings.Repeat("x", 2049)},
		"SECRETS_JWKS_URL": {
			"canary", "http://issuer.test/canary", "ftp://127.0.0.1/canary", "https://canary@issuer.test/", "https://issuer.test/#canary",
			"https://", "https://canary:x/", "https:canary",
		},
		"SECRETS_EXTERNAL_URL": {"canary", "https://canary@service.test", "https://service.test/?canary", "https://service.test/#", "ftp://canary"},
	} {
		for _, value := range values {
			r := reader(map[string]string{name: value})
			settings.ReadTokens(r)
			if diff := cmp.Diff([]string{name}, problems(t, r)); diff != "" {
				t.Errorf("%s=%q: problems (-want +got):\n%s", name, value, diff)
			} else if strings.Contains(r.Err().Error(), "canary") {
				t.Errorf("the error shows the value: %v", r.Err())
			}
		}
	}
	for _, value := range []string{"http://127.0.0.1:8080/jwks", "http://localhost/jwks", "http://[::1]/jwks"} {
		r := reader(map[string]string{"SECRETS_JWKS_URL": value})
		if settings.ReadTokens(r); r.Err() != nil {
			t.Errorf("%s: %v", value, r.Err())
		}
	}
}
