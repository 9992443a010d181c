package sharedstore_test

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"github.com/secretsgen/secretsgen/internal/servertest"
	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/pep/sharedstore"
	"github.com/secretsgen/secretsgen/runtime/providers/file"
	"github.com/secretsgen/secretsgen/runtime/settings"
)

// replica is one of several processes of a service, as a program starts it.
func replica(ctx context.Context, url, files string, pdp pep.PDP) (*runtime.Client, error) {
	return runtime.New(ctx, runtime.Config{
		TenantID:      tenant,
		AllowedMounts: []string{"secret"},
		Salt:          []byte(strings.Repeat("salt of the tenant ", 3)),
		StoreURL:      url,
		Replicas:      3,
		Settings:      settings.FromMap(map[string]string{"FILE_MOUNT_PATH": files, "SECRETS_STORE_TIMEOUT": "5s"}),
		Audit:         runtime.AuditConfig{Sinks: []string{"none"}},
		Logger:        slog.New(slog.DiscardHandler),
	}, file.Provider(), sharedstore.Store(), pep.Extension{PDP: pdp})
}

func TestReplicasOfAServiceShareTheirGrants(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *servertest.Server) {
		pdp, files := permits(2), t.TempDir()
		write(t, filepath.Join(files, "api_token"), "value-canary")
		ctx := caller.NewContext(t.Context(), caller.Caller{Subject: "billing"})
		clients := make([]*runtime.Client, 3)
		for i := range clients {
			client, err := replica(t.Context(), s.URL(), files, pdp)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = client.Close(t.Context()) }()
			clients[i] = client
		}
		read := func(client *runtime.Client) error {
			at, err := client.Parse("file://secret/api_token")
			if err != nil {
				t.Fatal(err)
			}
			_, err = runtime.Resolve[string](ctx, client, at)
			return err
		}
		for i, client := range clients {
			if err := read(client); err != nil {
				t.Errorf("replica %d: %v", i, err)
			}
		}
		if n := pdp.asked.Load(); n != 2 {
			t.Errorf("three reads of grants of two uses asked the PDP %d times", n)
		}
		if err := clients[2].Revoke(t.Context(), runtime.Revocation{Subject: "billing"}); err != nil {
			t.Fatal(err)
		}
		if err := read(clients[0]); err != nil || pdp.asked.Load() != 3 {
			t.Errorf("a read after a revocation: %v, after %d questions; want a third", err, pdp.asked.Load())
		}
	})
}

func TestAReplicaWithoutItsStoreDoesNotStart(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ url, want string }{
		"nothing listens":   {"redis://127.0.0.1:1", "a connection was tried, and it was refused"},
		"no URL of a store": {"http://canary", "has another scheme"},
	} {
		_, err := replica(t.Context(), tt.url, t.TempDir(), permits(1))
		config, ok := errors.AsType[*runtime.ConfigError](err)
		if !ok || len(config.Problems) != 1 || config.Problems[0].Name != "SECRETS_STORE_URL" || !strings.Contains(config.Problems[0].Detail, tt.want) {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
}
