package runtime_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/internal/testpem"
	"github.com/secretsgen/secretsgen/runtime"
)

func TestTheSettingsOfAPDPReachItsClient(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	key := testpem.ECDSA(t)
	cert, keyFile, text := filepath.Join(dir, "cert"), filepath.Join(dir, "key"), filepath.Join(dir, "text")
	for path, content := range map[string]string{
		cert: testpem.Certificates(testpem.Chain(t, key, "service.example")), keyFile: testpem.PKCS8(t, key), text: "canary",
	} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, test := range map[string]struct {
		change func(*runtime.PDPConfig)
		want   []string
	}{
		"all that fit": {func(c *runtime.PDPConfig) {
			c.CAFile, c.CertFile, c.KeyFile, c.Discovery, c.Dialect = cert, cert, keyFile, "required", "cerbos"
		}, nil},
		"authorities that are none":     {func(c *runtime.PDPConfig) { c.CAFile = text }, []string{"SECRETS_PDP_CA_FILE"}},
		"a certificate that is none":    {func(c *runtime.PDPConfig) { c.CertFile, c.KeyFile = text, keyFile }, []string{"SECRETS_PDP_CERT_FILE"}},
		"a certificate without its key": {func(c *runtime.PDPConfig) { c.CertFile = cert }, []string{"SECRETS_PDP_KEY_FILE"}},
		"no discovery known":            {func(c *runtime.PDPConfig) { c.Discovery = "true" }, []string{"SECRETS_PDP_DISCOVERY"}},
		"no dialect known":              {func(c *runtime.PDPConfig) { c.Dialect = "opa" }, []string{"SECRETS_PDP_DIALECT"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := runtime.Config{
				TenantID: "t", AllowedMounts: []string{"secret"}, Salt: []byte(strings.Repeat("salt", 8)),
				PDP: runtime.PDPConfig{URL: "https://pdp.example"},
			}
			test.change(&cfg.PDP)
			client, err := runtime.New(t.Context(), cfg)
			if test.want == nil {
				if err != nil {
					t.Fatal(err)
				}
				_ = client.Close(t.Context())
				return
			}
			if diff := cmp.Diff(test.want, names(t, err)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}
