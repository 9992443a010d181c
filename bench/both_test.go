package bench

import (
	"errors"
	"sync"
	"testing"

	"github.com/secretsgen/secretsgen/bench/internal/paired"
)

// both runs side 0 and side 1 at the same time.
func both(side func(which, n int) error) func(n int) error {
	return func(n int) error {
		var failures [2]error
		var wg sync.WaitGroup
		for i := range failures {
			wg.Go(func() { failures[i] = side(i, n) })
		}
		wg.Wait()
		return errors.Join(failures[:]...)
	}
}

// onTwoCores compares n operations on each of two goroutines with n on one, and
// reports how much more gets done as "x-throughput": 2 is twice as much. Where
// other programs want the second core, no more than 1 is to be had. Each of the
// subject's operations is two, one on either core.
func onTwoCores(b *testing.B, block int, side func(which, n int) error) {
	b.Helper()
	r := paired.Bench(b, paired.Sides{
		Subject:  both(side),
		Baseline: func(n int) error { return side(0, n) },
		Block:    block,
	})
	b.ReportMetric(2/r.Ratio, "x-throughput")
}
