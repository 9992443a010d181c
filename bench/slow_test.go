package bench

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/secretsgen/secretsgen/bench/internal/paired"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/uri"
)

// BenchmarkAuthorizeBesideASlowPDP is a use of a live grant while a thousand
// callers hang on a PDP that never answers, or on a store that never tells the
// attributes which the PDP is to know, beside one of an enforcer that nobody hangs
// on: the limit is 5 %. In "hang" they wait for as long as the benchmark
// runs. In "timeout" each asks again when its 250 ms are over: that work weighs on
// the machine and so on both sides, and the ratio is what uses wait for it.
func BenchmarkAuthorizeBesideASlowPDP(b *testing.B) {
	for _, slow := range []string{"pdp", "store"} {
		for _, wait := range []struct {
			name    string
			timeout time.Duration
		}{{"hang", time.Hour}, {"timeout", 250 * time.Millisecond}} {
			b.Run(slow+"/"+wait.name, func(b *testing.B) {
				never := make(blackHole)
				beside := newUses(b, 1, func(cfg *pep.Config) {
					cfg.PDPTimeout = wait.timeout
					cfg.Breaker.Failures = 1 << 30 // an open breaker lets nobody hang
					if slow == "pdp" {
						cfg.PDP = never
					} else {
						cfg.Attributes = never.attributes
					}
				})
				alone := newUses(b, 1)
				defer beside.hangOn(b, never)()
				paired.Bench(b, paired.Sides{
					Subject:  func(n int) error { return beside.run(0, n) },
					Baseline: func(n int) error { return alone.run(0, n) },
					Block:    250,
				})
			})
		}
	}
}

// blackHole says nothing about what is below slow/ before it is closed.
type blackHole chan struct{}

var errNothing = errors.New("nothing came of it")

func (h blackHole) wait(ctx context.Context, path string) error {
	if !strings.HasPrefix(path, "slow/") {
		return nil
	}
	select {
	case <-h:
	case <-ctx.Done():
	}
	return errNothing
}

// Decide implements [pep.PDP].
func (h blackHole) Decide(ctx context.Context, req pep.Request) (pep.Decision, error) {
	if err := h.wait(ctx, req.Resource.Path); err != nil {
		return pep.Decision{}, err
	}
	return permit{}.Decide(ctx, req)
}

func (h blackHole) attributes(ctx context.Context, ref uri.URI) (map[string]string, error) {
	return nil, h.wait(ctx, ref.Path())
}

// hangOn has a thousand callers ask for grants that never come, each of its own
// secret. The function that it returns ends that.
func (u *uses) hangOn(b *testing.B, never blackHole) (end func()) {
	b.Helper()
	const callers = 1000
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	asking := make(chan struct{})
	for i := range callers {
		d, caller := declare(b, fmt.Sprintf("slow/app-%d", i)), request(ctx, 1_000_000+i)
		wg.Go(func() {
			asking <- struct{}{}
			for ctx.Err() == nil {
				if _, err := u.enforcer.Authorize(caller, d); err == nil {
					b.Error("who says nothing let somebody in")
				}
			}
		})
	}
	for range callers {
		<-asking
	}
	return func() {
		cancel()
		close(never)
		wg.Wait()
	}
}
