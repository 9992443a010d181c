package login

import (
	"math"
	"testing"
	"testing/synctest"
	"time"
)

// docs/logins.md: what is shorter than a quarter of the lease, less a minute, is
// not noticed. The worst of it begins when a renewal is about to be due, as late as
// jitter has it, and is over when the next try was just made.
func TestAnOutageOfAQuarterOfTheLeaseIsNotNoticed(t *testing.T) {
	t.Parallel()
	for _, lease := range []time.Duration{5 * time.Minute, 15 * time.Minute, time.Hour} {
		for kind, kept := range map[string]terms{"renewable": {ttl: lease}, "not renewable": {ttl: lease, fixed: true}} {
			t.Run(lease.String()+"/"+kind, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					for _, begins := range []float64{renewalPart + renewalJitter, renewalPart, lastCallPart - 0.01} {
						a := newAuthority(kept)
						s := open(a, &witness{}, func() float64 { return math.Nextafter(1, 0) })
						start := time.Now()
						mustToken(t, s)
						pass(time.Duration(begins*float64(lease)) - time.Millisecond)
						a.fail("", down)
						over := time.Now().Add(lease/4 - time.Minute)
						for time.Since(start) < lease+time.Minute {
							if time.Now().After(over) {
								a.fail("", nil)
							}
							if !a.takes(mustToken(t, s)) {
								t.Fatalf("an outage from %v of the lease on is noticed after %v", begins, time.Since(start))
							}
							pass(time.Second)
						}
						closeNow(t, s)
					}
				})
			})
		}
	}
}
