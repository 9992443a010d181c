package pep_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/pep"
)

func TestAGrantLosesUpToATenthOfItsLife(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		ttl    time.Duration
		random float64
		caller caller.Caller
		uses   int
		want   time.Duration
	}{
		"nothing of it":                        {ttl: time.Minute, random: 0, caller: service(), uses: 9, want: time.Minute},
		"half of that":                         {ttl: time.Minute, random: 0.5, caller: service(), uses: 9, want: 57 * time.Second},
		"all but all of it":                    {ttl: 100 * time.Second, random: 0.99, caller: service(), uses: 9, want: 90*time.Second + 100*time.Millisecond},
		"the default's":                        {random: 0.5, caller: service(), uses: 9, want: 285 * time.Second},
		"and has a second left":                {ttl: 1050 * time.Millisecond, random: 0.99, caller: service(), uses: 9, want: time.Second},
		"but none of less than a second":       {ttl: 500 * time.Millisecond, random: 0.99, caller: service(), uses: 9, want: 500 * time.Millisecond},
		"with a token that may be used again":  {ttl: time.Minute, random: 0.5, caller: bearer("canary-token"), want: 57 * time.Second},
		"but not with one that is now used up": {ttl: time.Minute, random: 0.5, caller: bearer("canary-token"), uses: 9, want: time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				cfg := config(always(pep.Decision{Permit: true, Obligations: pep.Obligations{TTL: tt.ttl, MaxUses: tt.uses}}, nil))
				cfg.Limits.MaxUsesDefault = 9
				cfg.Random = func() float64 { return tt.random }
				e := enforcer(t, cfg)
				defer e.Close()
				live := func() bool {
					p, err := e.Authorize(as(tt.caller), token(t))
					return err == nil && p.GrantCached
				}
				live()
				pass(tt.want - time.Microsecond)
				if !live() {
					t.Error("the grant was gone early")
				}
				pass(2 * time.Microsecond)
				if live() {
					t.Error("the grant was live for too long")
				}
			})
		})
	}
}

// TestGrantsOfOnePreflightExpireApart counts the questions of a preflight that is
// repeated twice a second while a thousand grants of one answer end.
func TestGrantsOfOnePreflightExpireApart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const grants = 1000
		pdp := always(pep.Decision{Permit: true, Obligations: pep.Obligations{TTL: time.Minute, MaxUses: 9}}, nil)
		cfg := config(pdp)
		cfg.Random = nil // the default
		e := enforcer(t, cfg)
		defer e.Close()
		ds := make([]*pep.Declared, grants)
		for i := range ds {
			ds[i] = other(t, i)
		}
		asked := func() int {
			before := pdp.calls()
			for _, r := range e.Preflight(as(service()), ds) {
				if r.Err != nil {
					t.Fatal(r.Err)
				}
			}
			return pdp.calls() - before
		}
		if got := asked(); got != grants {
			t.Fatalf("asked %d times at first, want %d", got, grants)
		}
		pass(54*time.Second - instant)
		if got := asked(); got != 0 {
			t.Errorf("asked %d times before nine tenths of the grants' life were over", got)
		}
		total, most := 0, 0
		for range 12 {
			pass(500 * time.Millisecond)
			got := asked()
			total, most = total+got, max(most, got)
		}
		if most > grants/5 {
			t.Errorf("%d of %d grants ended within half a second, want them spread over six", most, grants)
		}
		pass(instant)
		if total += asked(); total != grants {
			t.Errorf("%d grants ended by their TTL, want %d", total, grants)
		}
	})
}
