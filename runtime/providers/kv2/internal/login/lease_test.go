package login

import (
	"math"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/secretsgen/secretsgen/runtime/providers"
)

// watched is how long a session is looked at: 10,000 hours, and a second for what
// falls on the last moment.
const watched = 10_000*time.Hour + time.Second

// watch reads under a session's token every half an hour. Every one must be let
// through, and no notice may say that there was a moment without a token.
func watch(t *testing.T, a *authority, w *witness, random func() float64) {
	t.Helper()
	s := open(a, w, random)
	end := time.Now().Add(watched)
	for ; time.Until(end) > 0; pass(min(30*time.Minute, time.Until(end))) {
		if token := mustToken(t, s); !a.takes(token) {
			t.Fatalf("%v before the end the token is no longer good", time.Until(end))
		}
	}
	logins, renewals := a.count(loginPath), a.count(renewPath)
	closeNow(t, s)
	if logins != a.count(loginPath) || renewals != a.count(renewPath) {
		t.Error("Close logs in or renews")
	}
	if told := w.told(); told[providers.LoggedIn] != logins || len(told) != 1 {
		t.Errorf("%d logins, and told are %v", logins, told)
	}
	if text := w.text(); text != "" {
		t.Errorf("warnings, and nothing is wrong: %s", text[:min(len(text), 300)])
	}
}

// Without jitter the lease says to the last one how many logins and renewals it
// takes: a renewal at two thirds of a lease, and at two thirds of the last one a
// login.
func TestALeaseImpliesItsLoginsExactly(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		terms            terms
		logins, renewals int
	}{
		// 35 renewals, 40 min apart. The last gives the 40 min that are left of the
		// day, and after two thirds of those, at 1,426 min 40 s, comes a login. In
		// 600,000 min there are 420 such rounds, and 800 min of the next.
		"an hour, renewable for a day": {terms{ttl: time.Hour, maximum: 24 * time.Hour}, 421, 420*35 + 20},
		// One renewal at 512 h, which gives the 256 h that are left, and a login
		// after two thirds of them, at 682 h 40 min.
		"32 days, which is the maximum": {terms{ttl: 768 * time.Hour, maximum: 768 * time.Hour}, 15, 14},
		"a day, for ever renewable":     {terms{ttl: 24 * time.Hour}, 1, 625},
		"an hour, not renewable":        {terms{ttl: time.Hour, fixed: true}, 15_001, 0},
		"an hour, of a batch token":     {terms{ttl: time.Hour, batch: true}, 15_001, 0},
		"a token without an end":        {terms{}, 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a := newAuthority(c.terms)
				watch(t, a, &witness{}, steady)
				if logins, renewals := a.count(loginPath), a.count(renewPath); logins != c.logins || renewals != c.renewals {
					t.Errorf("%d logins and %d renewals, want %d and %d", logins, renewals, c.logins, c.renewals)
				}
			})
		})
	}
}

// With jitter of a fifteenth of the lease to both sides the numbers lie between
// those of the shortest rounds and of the longest.
func TestALeaseImpliesItsLoginsWithinJitter(t *testing.T) {
	t.Parallel()
	const early, late = renewalPart - renewalJitter, renewalPart + renewalJitter
	hour, day := time.Hour.Hours(), 24*time.Hour.Hours()
	for name, c := range map[string]struct {
		terms             terms
		shortest, longest float64 // hours from login to login
	}{
		// The last renewal comes less than an hour before the day is over, and no
		// later than the late part of an hour after that point.
		"an hour, renewable for a day": {terms{ttl: time.Hour, maximum: 24 * time.Hour}, day - (1-early)*hour, day - (1-late)*(1-late)*hour},
		"an hour, not renewable":       {terms{ttl: time.Hour, fixed: true}, early * hour, late * hour},
		"a day, for ever renewable":    {terms{ttl: 24 * time.Hour}, math.Inf(1), math.Inf(1)},
	} {
		for jitter, random := range map[string]func() float64{
			"least":  func() float64 { return 0 },
			"most":   func() float64 { return math.Nextafter(1, 0) },
			"random": rand.New(rand.NewPCG(9, 10)).Float64,
		} {
			t.Run(name+"/"+jitter, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					a := newAuthority(c.terms)
					watch(t, a, &witness{}, random)
					fewest, most := 1+int(watched.Hours()/c.longest), 1+int(watched.Hours()/c.shortest)
					if logins := a.count(loginPath); logins < fewest || logins > most {
						t.Errorf("%d logins, want %d to %d", logins, fewest, most)
					}
				})
			})
		}
	}
}

func TestTokenAtHandTakesNoAllocation(t *testing.T) {
	file := FromFile(write(t, canaryToken), "VAULT_TOKEN_FILE")
	for name, s := range map[string]*Session{
		"a token":      Static(canaryToken),
		"a token file": File((&witness{}).instance(), file),
		"a login":      open(newAuthority(terms{ttl: time.Hour}), &witness{}, steady),
	} {
		mustToken(t, s)
		ctx := t.Context()
		if n := testing.AllocsPerRun(1000, func() { _, _ = s.Token(ctx) }); n >= 1 {
			t.Errorf("%s: %v allocations", name, n)
		}
		closeNow(t, s)
	}
}

// BenchmarkToken is what a read pays for its token, by many at once.
func BenchmarkToken(b *testing.B) {
	s := open(newAuthority(terms{ttl: time.Hour}), &witness{}, steady)
	b.Cleanup(func() { closeNow(b, s) })
	mustToken(b, s)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			_, _ = s.Token(b.Context())
		}
	})
}
