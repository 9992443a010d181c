package bench

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"testing"

	"github.com/hashicorp/vault/api"

	"github.com/secretsgen/secretsgen/bench/internal/paired"
	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/providers/kv2"
	"github.com/secretsgen/secretsgen/runtime/settings"
)

// BenchmarkKV2 is a read by the kv2 provider beside the same read by the library
// that it is built on, KVv2(mount).Get, both from one real server over loopback.
// The target is a ratio-hi of 1.02 and no more allocations.
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

// BenchmarkKV2Goroutines is 64 goroutines that read from one provider beside 64 that
// have a client of the library each, all of which share one transport, on one
// real server. The ratio is of the times for as many reads, so that below 1 the
// provider's throughput is the higher one.
func BenchmarkKV2Goroutines(b *testing.B) {
	const path, goroutines, each, rounds = "app/db", 64, 2, 150
	address := startServer(b)
	store(b, address, path)
	for _, bb := range []struct {
		name    string
		subject func(b *testing.B, address, path string, n int) []func(n int) error
	}{
		{"provider", sharedProvider},
		{"api=itself", librariesOfOneTransport},
	} {
		b.Run(bb.name, func(b *testing.B) {
			paired.Bench(b, paired.Sides{
				Subject:  together(bb.subject(b, address, path, goroutines)),
				Baseline: together(librariesOfOneTransport(b, address, path, goroutines)),
				Block:    goroutines * each,
				Rounds:   rounds,
			})
		})
	}
}

// together is a side that has every reader do its part of n at the same time.
func together(readers []func(n int) error) func(n int) error {
	return func(n int) error {
		failures := make([]error, len(readers))
		var all sync.WaitGroup
		for i, read := range readers {
			all.Go(func() { failures[i] = read(n / len(readers)) })
		}
		all.Wait()
		return errors.Join(failures...)
	}
}

func sharedProvider(b *testing.B, address, path string, n int) []func(n int) error {
	b.Helper()
	return slices.Repeat([]func(n int) error{byProvider(b, address, path)}, n)
}

// librariesOfOneTransport keeps a connection for each of its clients, which the
// library's own transport does not: it would open one for most reads.
func librariesOfOneTransport(b *testing.B, address, path string, n int) []func(n int) error {
	b.Helper()
	shared := api.DefaultConfig()
	if shared.Error != nil {
		b.Fatal(shared.Error)
	}
	transport, ok := shared.HttpClient.Transport.(*http.Transport)
	if !ok {
		b.Fatal("the library has another transport")
	}
	transport.MaxIdleConnsPerHost, transport.MaxIdleConns = n, n
	clients := make([]func(n int) error, n)
	for i := range clients {
		clients[i] = byClient(b, address, path, shared.HttpClient)
	}
	return clients
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
	return byClient(b, address, path, nil)
}

// byClient is a client of the library over a shared HTTP client, or one of its own.
func byClient(b *testing.B, address, path string, shared *http.Client) func(n int) error {
	b.Helper()
	config := api.DefaultConfig()
	if config.Error != nil {
		b.Fatal(config.Error)
	}
	if shared != nil {
		config.HttpClient = shared
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
