package bench

import (
	"context"
	"log/slog"
	"testing"

	"github.com/hashicorp/vault/api"

	"github.com/secretsgen/secretsgen/bench/internal/paired"
	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/providers/kv2"
	"github.com/secretsgen/secretsgen/runtime/settings"
)

// BenchmarkKV2 is a read by the kv2 provider beside the same read by the library
// that it is built on, KVv2(mount).Get, both from one real server over loopback.
// The target of issue 5 is a ratio-hi of 1.02 and no more allocations.
// "api=itself" compares two clients of the library with each other: as far as
// its ratio is from 1, so little does the other one say.
func BenchmarkKV2(b *testing.B) {
	const path, pairs = "app/db", 2500
	address := startServer(b)
	store(b, address, path)
	for _, bb := range []struct {
		name    string
		subject func(b *testing.B, address, path string) func(n int) error
	}{
		{"provider", byProvider},
		{"api=itself", byLibrary},
	} {
		b.Run(bb.name, func(b *testing.B) {
			paired.Bench(b, paired.Sides{
				Subject:  bb.subject(b, address, path),
				Baseline: byLibrary(b, address, path),
				Rounds:   pairs,
			})
		})
	}
}

func byProvider(b *testing.B, address, path string) func(n int) error {
	b.Helper()
	provider, err := kv2.Provider().Open(b.Context(), providers.Instance{
		Scheme:   "openbao+kv2",
		Name:     "openbao",
		Settings: settings.FromMap(map[string]string{"VAULT_URL": address, "VAULT_TOKEN": serverToken}),
		Logger:   slog.New(slog.DiscardHandler),
	})
	if err != nil {
		b.Fatal(err)
	}
	if closer, ok := provider.(providers.Closer); ok {
		b.Cleanup(func() { _ = closer.Close(context.Background()) })
	}
	at := providers.Location{Mount: mount, Path: path}
	return connected(b, func() error {
		_, err := provider.Read(b.Context(), at)
		return err
	})
}

func byLibrary(b *testing.B, address, path string) func(n int) error {
	b.Helper()
	config := api.DefaultConfig()
	if config.Error != nil {
		b.Fatal(config.Error)
	}
	config.Address = address
	client, err := api.NewClient(config)
	if err != nil {
		b.Fatal(err)
	}
	client.SetToken(serverToken)
	b.Cleanup(config.HttpClient.CloseIdleConnections)
	kv := client.KVv2(mount)
	return connected(b, func() error {
		_, err := kv.Get(b.Context(), path)
		return err
	})
}

// connected is a side that reads, once the first read has opened a connection.
func connected(b *testing.B, read func() error) func(n int) error {
	b.Helper()
	if err := read(); err != nil {
		b.Fatal(err)
	}
	return func(n int) error {
		for range n {
			if err := read(); err != nil {
				return err
			}
		}
		return nil
	}
}
