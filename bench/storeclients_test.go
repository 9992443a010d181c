package bench

import (
	"context"
	"sync"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/valkey-io/valkey-go"

	"github.com/secretsgen/secretsgen/bench/internal/paired"
	"github.com/secretsgen/secretsgen/internal/servertest"
)

// BenchmarkStoreClients is a script that does nothing, run by each of the two
// clients that the shared store could have: one at a time, and from 32 goroutines.
func BenchmarkStoreClients(b *testing.B) {
	bring(b, servertest.Valkey)
	server := servertest.Start(b, servertest.Valkey)
	ours := bareClient(b, server)
	theirs, err := valkey.NewClient(valkey.ClientOption{InitAddress: []string{server.Addr}, DisableCache: true, DisableRetry: true})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(theirs.Close)
	goRedis, valkeyGo := redis.NewScript("return 1"), valkey.NewLuaScript("return 1")
	ctx, keys := context.Background(), []string{"bench"}
	sides := paired.Sides{
		Subject: func(n int) error {
			for range n {
				if err := goRedis.Run(ctx, ours, keys).Err(); err != nil {
					return err
				}
			}
			return nil
		},
		Baseline: func(n int) error {
			for range n {
				if err := valkeyGo.Exec(ctx, theirs, keys, nil).Error(); err != nil {
					return err
				}
			}
			return nil
		},
		Block: 20,
	}
	b.Run("one-at-a-time", func(b *testing.B) { paired.Bench(b, sides) })
	sides.Subject, sides.Baseline = inLanes(sides.Subject), inLanes(sides.Baseline)
	sides.Block = 640
	b.Run("side-by-side", func(b *testing.B) { paired.Bench(b, sides) })
}

// inLanes divides operations among 32 goroutines.
func inLanes(side func(n int) error) func(n int) error {
	const lanes = 32
	return func(n int) error {
		var wg sync.WaitGroup
		errs := make([]error, lanes)
		for lane := range lanes {
			wg.Go(func() { errs[lane] = side(n / lanes) })
		}
		wg.Wait()
		for _, err := range errs {
			if err != nil {
				return err
			}
		}
		return nil
	}
}
