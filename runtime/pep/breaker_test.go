package pep

import (
	"context"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"
)

// downPDP is down until it is mended, and remembers when it was asked.
type downPDP struct {
	start  time.Time
	mended bool
	asked  []time.Duration
}

func (p *downPDP) Decide(context.Context, Request) (Decision, error) {
	p.asked = append(p.asked, time.Since(p.start))
	if p.mended {
		return Decision{Permit: true}, nil
	}
	return Decision{}, &PDPUnavailableError{Reason: ReasonUnavailable}
}

// TestAThousandReplicasProbeOnceAnOpenIntervalEach has the PDP of a thousand
// processes down, all of them asking four times a second, and looks at when each
// one's questions reached it.
func TestAThousandReplicasProbeOnceAnOpenIntervalEach(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const (
			replicas = 1000
			length   = time.Minute
			tick     = 250 * time.Millisecond
			failures = 5
			open     = 5 * time.Second
		)
		random := rand.New(rand.NewPCG(7, 8))
		pdps, callers := make([]*downPDP, replicas), make([]*pdpCaller, replicas)
		start := time.Now()
		for i := range replicas {
			pdps[i] = &downPDP{start: start}
			mounts := []string{"secret"}
			cfg, err := Config{TenantID: "t", Mounts: func() []string { return mounts }, PDP: pdps[i], Random: random.Float64}.withDefaults()
			if err != nil {
				t.Fatal(err)
			}
			callers[i] = newPDPCaller(cfg, nil)
		}
		for time.Since(start) < length {
			for _, c := range callers {
				if _, reason := c.decide(t.Context(), Request{}); reason != ReasonUnavailable && reason != ReasonBreakerOpen {
					t.Fatalf("reason %q of a PDP that is down", reason)
				}
			}
			<-time.After(tick)
		}
		together := map[time.Duration]int{}
		for i, p := range pdps {
			probes := p.asked[failures:] // the others opened the breaker
			if len(probes) < 9 || len(probes) > 14 {
				t.Errorf("replica %d probed %d times in %v", i, len(probes), length)
			}
			for n := 1; n < len(probes); n++ {
				if gap := probes[n] - probes[n-1]; gap < open*8/10 || gap > open*12/10+tick {
					t.Errorf("replica %d probed again after %v", i, gap)
				}
			}
			for _, at := range probes {
				together[at]++
			}
			p.mended = true
		}
		for at, n := range together {
			if n > replicas/3 {
				t.Errorf("%d of %d replicas probe together, at %v", n, replicas, at)
			}
		}
		mended := time.Now()
		for i := 0; i < replicas; {
			if _, reason := callers[i].decide(t.Context(), Request{}); reason == "" {
				i++
				continue
			}
			if <-time.After(tick); time.Since(mended) > open*12/10+time.Second {
				t.Fatalf("replica %d has not recovered", i)
			}
		}
	})
}
