package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/secretsgen/secretsgen/bench/internal/paired"
	"github.com/secretsgen/secretsgen/internal/servertest"
	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/pep/sharedstore"
	"github.com/secretsgen/secretsgen/runtime/settings"
	"github.com/secretsgen/secretsgen/runtime/uri"
)

// BenchmarkSharedStore is the whole enforcement of a live grant that is in a shared
// store, beside a bare round trip of the same client to the same server: a GET of
// a value as long as the grant. A ratio of 1.3 or less is the target.
func BenchmarkSharedStore(b *testing.B) {
	for _, kind := range []servertest.Kind{servertest.Redis, servertest.Valkey} {
		b.Run(string(kind), func(b *testing.B) {
			bring(b, kind)
			server := servertest.Start(b, kind)
			client := bareClient(b, server)
			for name, requests := range map[string]func(i int) context.Context{
				"a-live-grant":                 sameRequest(caller.Caller{Issuer: "https://issuer", Subject: "service"}),
				"a-live-grant-and-a-new-proof": newProofs(40_000),
			} {
				b.Run(name, func(b *testing.B) {
					enforcer := sharedEnforcer(b, server)
					token := pep.Declare(pep.Declaration{Ref: storeRef(b), Accessor: "api.token"})
					i := 0
					read := func(n int) error {
						for range n {
							if _, err := enforcer.Authorize(requests(i), token); err != nil {
								return err
							}
							i++
						}
						return nil
					}
					awaitEpoch(b, read)
					paired.Bench(b, paired.Sides{
						Subject:  read,
						Baseline: func(n int) error { return bareTrips(client, n) },
						Block:    20,
						Rounds:   500,
					})
				})
			}
		})
	}
}

// BenchmarkSharedStoreMemory is what a grant takes in the server, of a caller of
// its own each.
func BenchmarkSharedStoreMemory(b *testing.B) {
	for _, kind := range []servertest.Kind{servertest.Redis, servertest.Valkey} {
		b.Run(string(kind), func(b *testing.B) {
			bring(b, kind)
			const grants = 20_000
			for b.Loop() {
				server := servertest.Start(b, kind)
				enforcer := sharedEnforcer(b, server)
				token := pep.Declare(pep.Declaration{Ref: storeRef(b), Accessor: "api.token"})
				fill := func(from, to int) {
					for i := from; i < to; i++ {
						ctx := caller.NewContext(context.Background(), caller.Caller{Issuer: "https://issuer", Subject: fmt.Sprint("service-", i)})
						if _, err := enforcer.Authorize(ctx, token); err != nil {
							b.Fatal(err)
						}
					}
				}
				fill(0, 10)
				before := usedMemory(b, server)
				fill(10, 10+grants)
				b.ReportMetric(float64(usedMemory(b, server)-before)/grants, "B/grant")
			}
		})
	}
}

// bareTrips are n round trips of the client.
func bareTrips(client *redis.Client, n int) error {
	for range n {
		if err := client.Get(context.Background(), "bench").Err(); err != nil {
			return err
		}
	}
	return nil
}

// bareClient is the client that the store uses, as the store uses it.
func bareClient(b *testing.B, server *servertest.Server) *redis.Client {
	b.Helper()
	client := redis.NewClient(&redis.Options{
		Addr: server.Addr, Protocol: 2, DisableIdentity: true, MaxRetries: -1, PipelinePoolSize: -1,
		ReadTimeout: 5 * time.Second, WriteTimeout: 5 * time.Second, ContextTimeoutEnabled: true,
	})
	b.Cleanup(func() { _ = client.Close() })
	if err := client.Set(context.Background(), "bench", strings.Repeat("x", 150), 0).Err(); err != nil {
		b.Fatal(err)
	}
	return client
}

// newProofs are requests with a proof each, of which so many are made ahead.
func newProofs(ahead int) func(int) context.Context {
	made := make([]context.Context, ahead)
	request := func(i int) context.Context {
		return caller.NewContext(context.Background(), caller.Caller{
			Issuer: "https://issuer", Subject: "with a proof", Audience: []string{"crud.secrets"},
			JKT: "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I", ProofID: fmt.Sprint("jti-", i),
		})
	}
	for i := range made {
		made[i] = request(i)
	}
	return func(i int) context.Context {
		if i < len(made) {
			return made[i]
		}
		return request(i)
	}
}

func sameRequest(c caller.Caller) func(int) context.Context {
	ctx := caller.NewContext(context.Background(), c)
	return func(int) context.Context { return ctx }
}

func sharedEnforcer(b *testing.B, server *servertest.Server) *pep.Enforcer {
	b.Helper()
	store, err := sharedstore.Store().Open(b.Context(), pep.StoreInstance{
		URL: server.URL(), TenantID: tenant, Key: bytes.Repeat([]byte{1}, 32),
		Settings: settings.FromMap(map[string]string{"SECRETS_STORE_TIMEOUT": "5s"}),
		Logger:   slog.New(slog.DiscardHandler),
	})
	if err != nil {
		b.Fatal(err)
	}
	enforcer, err := pep.New(pep.Config{
		TenantID: tenant,
		Mounts:   func() []string { return []string{"secret"} },
		PDP:      permit{},
		Shared:   store,
		Limits:   pep.Limits{MaxUsesMax: endless, ReplayTTL: time.Second},
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		enforcer.Close()
		_ = store.Close(context.Background())
	})
	return enforcer
}

// awaitEpoch reads until a store that is new takes claims.
func awaitEpoch(b *testing.B, read func(n int) error) {
	b.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; <-time.After(100 * time.Millisecond) {
		err := read(1)
		if err == nil {
			return
		}
		if replay, ok := errors.AsType[*pep.ReplayError](err); !ok || replay.Code != pep.ReplayStoreForgot || time.Now().After(deadline) {
			b.Fatal(err)
		}
	}
}

func storeRef(b *testing.B) uri.URI {
	b.Helper()
	ref, err := uri.Parse("env://secret/TOKEN", uri.Scope{AnyMount: true})
	if err != nil {
		b.Fatal(err)
	}
	return ref
}

func usedMemory(b *testing.B, server *servertest.Server) (n int64) {
	b.Helper()
	_, rest, _ := strings.Cut(server.Do("INFO", "memory"), "used_memory:")
	if _, err := fmt.Sscan(rest, &n); err != nil {
		b.Fatal(err)
	}
	return n
}

// bring names the server of a kind that the scripts bring, unless it is named.
func bring(b *testing.B, kind servertest.Kind) {
	b.Helper()
	name := "E2E_" + strings.ToUpper(string(kind)) + "_BIN"
	if os.Getenv(name) != "" {
		return
	}
	script := exec.CommandContext(b.Context(), "../scripts/"+string(kind)+".sh")
	script.Stderr = os.Stderr
	path, err := script.Output()
	if err != nil {
		b.Fatalf("no %s server can be had to compare on: %v", kind, err)
	}
	b.Setenv(name, strings.TrimSpace(string(path)))
}
