package pep_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/pep"
)

const instant = time.Nanosecond

func TestAGrantLivesForItsTTL(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		ttl    time.Duration // of the decision
		change func(*pep.Config)
		expiry time.Duration // of the caller, 0: none
		want   time.Duration
	}{
		"the decision's":                  {ttl: 90 * time.Second, want: 90 * time.Second},
		"the default's":                   {want: 300 * time.Second},
		"a default of the settings'":      {change: func(c *pep.Config) { c.Limits.TTLDefault = time.Second }, want: time.Second},
		"a default above the maximum":     {change: func(c *pep.Config) { c.Limits.TTLDefault = 2 * time.Hour }, want: time.Hour},
		"at most the maximum":             {ttl: 1 << 62, want: time.Hour},
		"at most a maximum of settings'":  {ttl: time.Hour, change: func(c *pep.Config) { c.Limits.TTLMax = time.Minute }, want: time.Minute},
		"at most until the caller's ends": {ttl: time.Hour, expiry: 40 * time.Second, want: 40 * time.Second},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				pdp := always(pep.Decision{Permit: true, Obligations: pep.Obligations{TTL: tt.ttl, MaxUses: 9}}, nil)
				cfg := config(pdp)
				if tt.change != nil {
					tt.change(&cfg)
				}
				e := enforcer(t, cfg)
				defer e.Close()
				c := service()
				if tt.expiry > 0 {
					c.ExpiresAt = time.Now().Add(tt.expiry)
				}
				granted(t, e, as(c), token(t))
				pass(tt.want - instant)
				if !granted(t, e, as(c), token(t)).GrantCached {
					t.Errorf("the grant was gone %v early", instant)
				}
				pass(instant)
				if granted(t, e, as(c), token(t)).GrantCached {
					t.Error("the grant was live past its TTL")
				}
				wantCalls(t, pdp, 2)
			})
		})
	}
}

func TestATTLCountsFromBeforeTheQuestion(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pdp := slow(always(pep.Decision{Permit: true, Obligations: pep.Obligations{TTL: time.Second, MaxUses: 9}}, nil))
		e := enforcer(t, config(pdp))
		defer e.Close()
		granted(t, e, as(service()), token(t)) // answered after a tenth of a second
		pass(900*time.Millisecond - instant)
		if !granted(t, e, as(service()), token(t)).GrantCached {
			t.Error("the grant was gone early")
		}
		pass(instant)
		if granted(t, e, as(service()), token(t)).GrantCached {
			t.Error("the grant outlived what the PDP gave it")
		}
	})
}

func TestACallerIsGoodUntilItsExpiryAndTheSkew(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pdp := permits(9)
		e := enforcer(t, config(pdp))
		defer e.Close()
		c := service()
		c.ExpiresAt = time.Now().Add(time.Second)
		pass(61 * time.Second)
		granted(t, e, as(c), token(t)) // within the skew: a use, and nothing to keep
		if granted(t, e, as(c), token(t)).GrantCached {
			t.Error("a grant outlived the expiry of its caller")
		}
		pass(instant)
		refused[*caller.Error](t, e, as(c), token(t))
	})
}

func TestADenialIsRememberedForItsTTLAndNoLongerThanTheJitter(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		random float64
		want   time.Duration
	}{
		"without jitter":   {0, 5 * time.Second},
		"with half of it":  {0.5, 5500 * time.Millisecond},
		"with all but all": {0.999, 5999 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				pdp := denies()
				cfg := config(pdp)
				cfg.Limits.NegativeTTL = 5 * time.Second
				cfg.Random = func() float64 { return tt.random }
				e := enforcer(t, cfg)
				defer e.Close()
				first := refused[*pep.AuthzDeniedError](t, e, as(service()), token(t))
				pass(tt.want - time.Millisecond)
				again := refused[*pep.AuthzDeniedError](t, e, as(service()), token(t))
				if first.Cached || !again.Cached || again.DecisionID != "d-no" || again.PolicyVersion != "p-1" {
					t.Errorf("denials %+v and %+v, want the second from the cache with the first's decision", first, again)
				}
				refused[*pep.AuthzDeniedError](t, e, as(service()), password(t))
				wantCalls(t, pdp, 2)
				pass(2 * time.Millisecond)
				if refused[*pep.AuthzDeniedError](t, e, as(service()), token(t)).Cached {
					t.Error("the denial was remembered for too long")
				}
			})
		})
	}
}

func TestANegativeTTLOfZeroRemembersNothing(t *testing.T) {
	t.Parallel()
	pdp := denies()
	e := enforcer(t, config(pdp))
	for range 3 {
		refused[*pep.AuthzDeniedError](t, e, as(service()), token(t))
	}
	wantCalls(t, pdp, 3)
}

func TestOnlyADenialByPolicyIsRemembered(t *testing.T) {
	t.Parallel()
	hang := func(ctx context.Context, _ pep.Request) (pep.Decision, error) {
		<-ctx.Done()
		return pep.Decision{}, ctx.Err()
	}
	for name, pdp := range map[string]*fakePDP{
		"an outage":                       unavailable(pep.ReasonUnavailable),
		"a malformed answer":              unavailable(pep.ReasonMalformed),
		"a timeout":                       {answer: hang},
		"an obligation that can't be met": always(pep.Decision{Permit: true, Obligations: pep.Obligations{Refused: "watermark"}}, nil),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				cfg := config(pdp)
				cfg.Limits.NegativeTTL = time.Hour
				e := enforcer(t, cfg)
				defer e.Close()
				for range 2 {
					if _, err := e.Authorize(as(service()), token(t)); err == nil {
						t.Error("a permit, want a refusal")
					}
				}
				wantCalls(t, pdp, 2)
			})
		})
	}
}

func TestAProofIsAcceptedAgainAfterItsWindow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := enforcer(t, config(permitsByDefault()))
		defer e.Close()
		c := bound("canary-token", "key-A")
		c.ProofID = "canary-proof"
		granted(t, e, as(c), token(t))
		other := c
		other.ProofID = "canary-proof " // raw bytes: nothing is trimmed
		granted(t, e, as(other), token(t))
		pass(300*time.Second - instant)
		refused[*pep.ReplayError](t, e, as(c), token(t))
		pass(instant)
		granted(t, e, as(c), token(t))
	})
}

// TestARequestThatOutlivesItsWindowsIsCheckedAgain has one context read until
// what was found out about it holds no longer.
func TestARequestThatOutlivesItsWindowsIsCheckedAgain(t *testing.T) {
	t.Parallel()
	t.Run("of its proof", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			e := enforcer(t, config(permitsByDefault()))
			defer e.Close()
			c := bound("canary-token", "key-A")
			c.ProofID = "canary-proof"
			first, second := as(c), as(c)
			granted(t, e, first, token(t))
			nested := caller.NewContext(first, c) // claims nothing anew
			pass(200 * time.Second)
			granted(t, e, nested, token(t))
			granted(t, e, first, token(t))
			pass(100*time.Second - instant)
			refused[*pep.ReplayError](t, e, second, token(t))
			pass(instant)
			granted(t, e, second, token(t))
			refused[*pep.ReplayError](t, e, first, token(t))
			refused[*pep.ReplayError](t, e, nested, token(t))
		})
	})
	t.Run("of its pin", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			e := enforcer(t, config(permitsByDefault()))
			defer e.Close()
			first, second := as(bound("canary-token", "key-A")), as(bound("canary-token", "key-B"))
			granted(t, e, first, token(t))
			pass(time.Hour - instant)
			granted(t, e, first, token(t))
			refused[*pep.BindingDriftError](t, e, second, token(t))
			pass(instant)
			granted(t, e, second, token(t))
			refused[*pep.BindingDriftError](t, e, first, token(t))
		})
	})
	t.Run("of its token", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			e := enforcer(t, config(permits(9)))
			defer e.Close()
			c := service()
			c.ExpiresAt = time.Now().Add(time.Minute)
			request := as(c)
			granted(t, e, request, token(t))
			pass(2 * time.Minute)
			granted(t, e, request, token(t))
			pass(instant)
			refused[*caller.Error](t, e, request, token(t))
		})
	})
}

// TestTwoClientsOfOneProcessKeepTheirNotesApart has one context read through two
// enforcers in turn.
func TestTwoClientsOfOneProcessKeepTheirNotesApart(t *testing.T) {
	t.Parallel()
	strict := config(permits(9))
	strict.Audience = "another"
	one, two, other := enforcer(t, config(permits(9))), enforcer(t, config(permits(9))), enforcer(t, strict)
	c := bound("canary-token", "key-A")
	c.ProofID = "canary-proof"
	request, again := as(c), as(c)
	for range 2 {
		granted(t, one, request, token(t))
		refused[*caller.Error](t, other, request, token(t))
		granted(t, two, request, token(t))
	}
	for _, e := range []*pep.Enforcer{one, two} {
		refused[*pep.ReplayError](t, e, again, token(t))
	}
}

func TestTwoReplicasWithTokensOfTheirOwnAreNoDrift(t *testing.T) {
	t.Parallel()
	e := enforcer(t, config(permits(9)))
	for range 3 {
		granted(t, e, as(bound("canary-token-1", "key-of-one")), token(t))
		granted(t, e, as(bound("canary-token-2", "key-of-two")), token(t))
	}
}

func TestASingleUseTokenGetsOneGrantADeclarationAndWindow(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		pdp    *fakePDP
		strict bool
		single bool
	}{
		"where the PDP says max_uses":          {permits(1), false, true},
		"with strict token replay":             {permitsByDefault(), true, true},
		"and otherwise as many as it asks for": {permitsByDefault(), false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				cfg := config(tt.pdp)
				cfg.Limits.StrictTokenReplay = tt.strict
				e := enforcer(t, cfg)
				defer e.Close()
				granted(t, e, as(bearer("canary-token")), token(t))
				granted(t, e, as(bearer("canary-token")), password(t)) // another declaration
				granted(t, e, as(bearer("canary-token-2")), token(t))  // another token
				renamed, foreign := token(t).Declaration(), bearer("canary-token")
				renamed.Accessor, foreign.Issuer = "api.renamed", "https://other.test"
				granted(t, e, as(bearer("canary-token")), pep.Declare(renamed))
				granted(t, e, as(foreign), token(t))
				if !tt.single {
					granted(t, e, as(bearer("canary-token")), token(t))
					return
				}
				pass(300*time.Second - instant)
				if got := refused[*pep.ReplayError](t, e, as(bearer("canary-token")), token(t)).Code; got != pep.ReplayedToken {
					t.Errorf("code %q, want %q", got, pep.ReplayedToken)
				}
				wantCalls(t, tt.pdp, 5)
				pass(instant)
				granted(t, e, as(bearer("canary-token")), token(t))
			})
		})
	}
}

// TestASingleUseTokenIsClaimedByOneOfManyAnswers has two reads with one token
// asked about side by side.
func TestASingleUseTokenIsClaimedByOneOfManyAnswers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pdp := slow(permits(1))
		e := enforcer(t, config(pdp))
		defer e.Close()
		done := make(chan error, 3)
		for _, id := range []string{"canary-token-1", "canary-token-2", "canary-token-2"} {
			go func() {
				_, err := e.Authorize(as(bearer(id)), token(t))
				done <- err
			}()
			synctest.Wait() // in this order: one leads, and two with one token are left over
		}
		served := 0
		for range 3 {
			err := <-done
			if err == nil {
				served++
				continue
			}
			as1[*pep.ReplayError](t, pep.Permit{}, err)
		}
		if served != 2 {
			t.Errorf("served %d, want each token once", served)
		}
		wantCalls(t, pdp, 3)
	})
}

func TestASingleUseTokenSpendsAllUsesOfItsGrant(t *testing.T) {
	t.Parallel()
	pdp := permits(3)
	e := enforcer(t, config(pdp))
	for range 3 {
		granted(t, e, as(bearer("canary-token")), token(t))
	}
	refused[*pep.ReplayError](t, e, as(bearer("canary-token")), token(t))
	wantCalls(t, pdp, 1)
}

func TestBindingPinsOfTokens(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := enforcer(t, config(permitsByDefault()))
		defer e.Close()
		c := bound("canary-token", "key-A")
		c.ExpiresAt = time.Now().Add(time.Minute)
		granted(t, e, as(bearer("canary-token")), token(t)) // no binding pins nothing
		granted(t, e, as(c), token(t))

		stolen := c
		stolen.JKT = "key-B"
		forever := stolen
		forever.ExpiresAt = time.Time{}
		otherIssuer := stolen
		otherIssuer.Issuer = "https://other.test"
		otherToken := stolen
		otherToken.TokenID = "canary-token-2"
		withCertificate := c
		withCertificate.X5T = "cert-A"
		refused[*pep.BindingDriftError](t, e, as(stolen), token(t))
		refused[*pep.BindingDriftError](t, e, as(stolen), password(t))
		refused[*pep.BindingDriftError](t, e, as(withCertificate), token(t))
		granted(t, e, as(otherIssuer), token(t))
		granted(t, e, as(otherToken), token(t)) // a replica with a token of its own
		pass(2*time.Minute - instant)
		refused[*pep.BindingDriftError](t, e, as(forever), token(t))
		granted(t, e, as(c), token(t))
		pass(instant)
		granted(t, e, as(forever), token(t))
		pass(time.Hour - instant)
		refused[*pep.BindingDriftError](t, e, as(withoutExpiry(c)), token(t))
		pass(instant)
		granted(t, e, as(withoutExpiry(c)), token(t))
	})
}

func TestBindingPinsOfIdentitiesWithoutTokens(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pdp := permits(3)
		e := enforcer(t, config(pdp))
		defer e.Close()
		mesh := service()
		mesh.Audience = []string{audience}
		a, b, none := mesh, mesh, mesh
		a.X5T, b.X5T = "cert-A", "cert-B"

		granted(t, e, as(a), token(t))
		granted(t, e, as(a), password(t))
		for _, drifted := range []caller.Caller{b, none} {
			refused[*pep.BindingDriftError](t, e, as(drifted), token(t))
			refused[*pep.BindingDriftError](t, e, as(drifted), password(t))
		}
		stranger := b
		stranger.Subject = "shipping"
		granted(t, e, as(stranger), token(t))

		for range 2 {
			granted(t, e, as(a), token(t))
		}
		refused[*pep.BindingDriftError](t, e, as(b), token(t)) // a grant for the password still lives
		for range 2 {
			granted(t, e, as(a), password(t))
		}
		granted(t, e, as(b), token(t)) // none lives: free for the next binding
		refused[*pep.BindingDriftError](t, e, as(a), token(t))
		pass(300*time.Second - instant)
		refused[*pep.BindingDriftError](t, e, as(a), token(t))
		pass(instant)
		granted(t, e, as(a), token(t))
	})
}

// TestTwoBindingsThatRaceGetOneLiveGrant has one identity ask with two bindings
// before either has a grant to be pinned by.
func TestTwoBindingsThatRaceGetOneLiveGrant(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pdp := slow(permits(3))
		e := enforcer(t, config(pdp))
		defer e.Close()
		mesh := service()
		mesh.Audience = []string{audience}
		bindings := []string{"cert-A", "cert-B"}
		done := make(chan pep.Permit, len(bindings))
		for _, x5t := range bindings {
			c := mesh
			c.X5T = x5t
			go func() { done <- granted(t, e, as(c), token(t)) }()
		}
		for range bindings {
			<-done
		}
		winner, loser := mesh, mesh
		served, drifted := 0, 0
		for _, x5t := range bindings {
			mesh.X5T = x5t
			p, err := e.Authorize(as(mesh), token(t))
			if err == nil && p.GrantCached {
				winner = mesh
				served++
			} else if err != nil {
				as1[*pep.BindingDriftError](t, p, err)
				loser = mesh
				drifted++
			}
		}
		if served != 1 || drifted != 1 {
			t.Errorf("%d bindings hold a live grant and %d drift, want one of each", served, drifted)
		}
		granted(t, e, as(winner), token(t)) // the last use: nothing pins the identity
		if granted(t, e, as(loser), token(t)).GrantCached {
			t.Error("the grant of the binding that came second was kept")
		}
	})
}

func withoutExpiry(c caller.Caller) caller.Caller {
	c.ExpiresAt = time.Time{}
	return c
}
