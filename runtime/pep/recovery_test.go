package pep_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/secretsgen/secretsgen/runtime/pep"
)

// TestAnOutageFromItsFirstSecondToItsLast reads every tenth of a second while the
// PDP goes down and comes back: every use that is left succeeds, the last before
// the grant's expiry, and the first after the recovery comes within the breaker's
// open interval and a second.
func TestAnOutageFromItsFirstSecondToItsLast(t *testing.T) {
	t.Parallel()
	const (
		ttl      = 30 * time.Second
		down, up = 10 * time.Second, 61 * time.Second
		tick     = 100 * time.Millisecond
	)
	for name, outage := range map[string]*fakePDP{
		"that refuses connections": unavailable(pep.ReasonUnavailable),
		"that hangs": {answer: func(ctx context.Context, _ pep.Request) (pep.Decision, error) {
			<-ctx.Done()
			return pep.Decision{}, ctx.Err()
		}},
		"that answers nonsense": unavailable(pep.ReasonMalformed),
	} {
		for _, random := range []float64{0, 0.5, 0.999} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					working := always(pep.Decision{Permit: true, Obligations: pep.Obligations{TTL: ttl, MaxUses: 10_000}}, nil)
					pdp := always(pep.Decision{}, nil)
					pdp.becomes(working)
					cfg := config(pdp)
					cfg.PDPTimeout = 0 // the default
					cfg.Random = func() float64 { return random }
					cfg.Limits.NegativeTTL = time.Hour // an outage is no denial
					e := enforcer(t, cfg)
					defer e.Close()

					lives := ttl - time.Duration(0.1*random*float64(ttl))
					start := time.Now()
					var lastBefore, firstAfter time.Duration
					for firstAfter == 0 {
						now := time.Since(start)
						if now >= down && now < up {
							pdp.becomes(outage)
						} else {
							pdp.becomes(working)
						}
						_, err := e.Authorize(as(service()), token(t))
						switch {
						case err != nil:
							as1[*pep.PDPUnavailableError](t, pep.Permit{}, err)
							if now < lives {
								t.Fatalf("at %v a live grant was not honored: %v", now, err)
							}
							if now > up+2*time.Minute {
								t.Fatal("there is no recovery")
							}
						case now < up:
							lastBefore = now
						default:
							firstAfter = time.Since(start)
						}
						pass(tick)
					}
					if lastBefore >= lives || lastBefore < lives-2*tick {
						t.Errorf("the last success was at %v, of a grant that ended at %v", lastBefore, lives)
					}
					open := time.Duration((1 + 0.2*(2*random-1)) * float64(5*time.Second))
					if firstAfter-up > open+time.Second {
						t.Errorf("the first success was %v after the recovery, want %v and a second", firstAfter-up, open)
					}
				})
			})
		}
	}
}
