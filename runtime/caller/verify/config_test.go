package verify_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/caller/verify"
	"github.com/secretsgen/secretsgen/runtime/settings"
)

func TestEverythingWrongWithTheSettingsIsTold(t *testing.T) {
	t.Parallel()
	good := verify.Config{Issuer: "https://issuer.test", JWKSURL: "https://issuer.test/jwks"}
	for name, tt := range map[string]struct {
		change func(*verify.Config)
		names  []string
	}{
		"all is well":                     {func(*verify.Config) {}, nil},
		"nothing is set":                  {func(c *verify.Config) { *c = verify.Config{} }, []string{"SECRETS_ISSUER"}},
		"no issuer":                       {func(c *verify.Config) { c.Issuer = "" }, []string{"SECRETS_ISSUER"}},
		"keys of nobody beside workloads": {func(c *verify.Config) { c.Issuer, c.TrustDomains = "", []string{"a.test"} }, []string{"SECRETS_ISSUER"}},
		"no keys":                         {func(c *verify.Config) { c.JWKSURL = "" }, []string{"SECRETS_JWKS_URL"}},
		"malformed settings":              {func(c *verify.Config) { c.Issuer, c.JWKSURL, c.ExternalURL = "canary ", "http://canary.test", "canary" }, []string{"SECRETS_EXTERNAL_URL", "SECRETS_ISSUER", "SECRETS_JWKS_URL"}},
		"two ways to know the URL": {func(c *verify.Config) {
			c.ExternalURL, c.RequestURL = "https://a.test", func(*http.Request) string { return "" }
		}, []string{"SECRETS_EXTERNAL_URL"}},
		"proofs that outlive their id":      {func(c *verify.Config) { c.ReplayTTL = time.Minute }, []string{"ANTI_REPLAY_TTL_S"}},
		"proofs that live too long":         {func(c *verify.Config) { c.ProofAge = 5 * time.Minute }, []string{"ANTI_REPLAY_TTL_S"}},
		"a negative window":                 {func(c *verify.Config) { c.ProofAge = -1 }, []string{"ANTI_REPLAY_TTL_S"}},
		"no algorithm at all":               {func(c *verify.Config) { c.Algorithms = []string{"none"} }, []string{"verify.Config.Algorithms"}},
		"an HMAC":                           {func(c *verify.Config) { c.Algorithms = []string{"ES256", "HS256"} }, []string{"verify.Config.Algorithms"}},
		"a trust domain that is an ID":      {func(c *verify.Config) { c.TrustDomains = []string{"spiffe://canary.test"} }, []string{"verify.Config.TrustDomains"}},
		"a trust domain without a name":     {func(c *verify.Config) { c.TrustDomains = []string{""} }, []string{"verify.Config.TrustDomains"}},
		"a trust domain that is in capital": {func(c *verify.Config) { c.TrustDomains = []string{"Canary.test"} }, []string{"verify.Config.TrustDomains"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := good
			tt.change(&cfg)
			v, err := verify.New(cfg)
			if (err == nil) != (v != nil) {
				t.Fatalf("%v beside %v", v, err)
			}
			var names []string
			if failure, ok := errors.AsType[*settings.Error](err); ok {
				for _, p := range failure.Problems {
					names = append(names, p.Name)
				}
			}
			if diff := cmp.Diff(tt.names, names); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if err != nil && strings.Contains(strings.ToLower(err.Error()), canary) {
				t.Errorf("the error shows a value: %v", err)
			}
		})
	}
}

func TestSettingsComeFromTheEnvironment(t *testing.T) {
	t.Setenv("SECRETS_ISSUER", "https://issuer.test")
	t.Setenv("SECRETS_JWKS_URL", "https://issuer.test/jwks")
	t.Setenv("SECRETS_AUDIENCE", "orders")
	t.Setenv("SECRETS_EXTERNAL_URL", "https://orders.test")
	t.Setenv("ANTI_REPLAY_TTL_S", "90")
	got, err := verify.ConfigFromEnv()
	if err != nil {
		t.Fatal(err)
	}
	want := verify.Config{
		Issuer: "https://issuer.test", JWKSURL: "https://issuer.test/jwks", Audience: "orders", ExternalURL: "https://orders.test", ReplayTTL: 90 * time.Second,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
	t.Setenv("SECRETS_JWKS_URL", "http://canary.test")
	if _, err := verify.ConfigFromEnv(); err == nil || strings.Contains(err.Error(), canary) {
		t.Errorf("a malformed one: %v", err)
	}
}
