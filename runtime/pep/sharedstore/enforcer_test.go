package sharedstore_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/secretsgen/secretsgen/internal/servertest"
	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/pep"
)

// decider is a PDP that decides as its function says, and counts.
type decider struct {
	decide func(pep.Request) pep.Decision
	asked  atomic.Int64
	uses   int // of a grant whose decision names none; 0: 1
}

func (d *decider) Decide(_ context.Context, r pep.Request) (pep.Decision, error) {
	d.asked.Add(1)
	return d.decide(r), nil
}

func permits(uses int) *decider {
	return &decider{decide: func(pep.Request) pep.Decision {
		return pep.Decision{Permit: true, PolicyVersion: "v1", Obligations: pep.Obligations{MaxUses: uses}}
	}}
}

// permitsByDefault leaves the uses to the settings, so that no token is used up.
func permitsByDefault(uses int) *decider {
	d := permits(0)
	d.uses = uses
	return d
}

func denies() *decider {
	return &decider{decide: func(pep.Request) pep.Decision { return pep.Decision{ID: "decision-denied"} }}
}

// enforcer is the enforcement point of one more process.
func enforcer(tb testing.TB, store pep.SharedStore, pdp *decider) *pep.Enforcer {
	tb.Helper()
	e, err := pep.New(pep.Config{
		TenantID:   tenant,
		Mounts:     func() []string { return []string{"secret"} },
		PDP:        pdp,
		PDPTimeout: 5 * time.Second,
		Shared:     store,
		Limits:     pep.Limits{MaxUsesDefault: pdp.uses, NegativeTTL: 5 * time.Second, ReplayTTL: window},
	})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(e.Close)
	return e
}

// request is one inbound request with a proof.
func request(ctx context.Context, jti string) context.Context {
	return caller.NewContext(ctx, caller.Caller{
		Issuer: "https://issuer-canary", Subject: "subject-canary-1f0e", Audience: []string{"crud.secrets"},
		JKT: "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I", ProofID: jti,
	})
}

// plainRequest is one without anything that can be replayed.
func plainRequest(ctx context.Context) context.Context {
	return caller.NewContext(ctx, caller.Caller{Issuer: "https://issuer-canary", Subject: "subject-canary-1f0e"})
}

func authorize(t *testing.T, e *pep.Enforcer, ctx context.Context, d *pep.Declared) pep.Permit { //nolint:revive // the test comes first
	t.Helper()
	permit, err := e.Authorize(ctx, d)
	if err != nil {
		t.Fatalf("Authorize: %v", err)
	}
	return permit
}

// count is a counter that a server keeps.
func count(t *testing.T, s *servertest.Server, name string) int {
	t.Helper()
	match := regexp.MustCompile(name + `:(\d+)`).FindStringSubmatch(s.Do("INFO", "stats"))
	if match == nil {
		t.Fatalf("the server does not count %s", name)
	}
	n, _ := strconv.Atoi(match[1])
	return n
}

func TestAReadOfALiveGrantIsOneRoundTrip(t *testing.T) {
	t.Parallel()
	onAll(t, func(t *testing.T, s *servertest.Server) {
		store := open(t, s)
		settle(t, store, window)
		d := pep.Declare(declaration(t))
		e := enforcer(t, store, permitsByDefault(1000))
		withToken := func(ctx context.Context) context.Context {
			return caller.NewContext(ctx, caller.Caller{
				Issuer: "https://issuer-canary", Subject: "has a token", TokenID: "jti", Audience: []string{"crud.secrets"},
			})
		}
		for name, ctx := range map[string]func(i int) context.Context{
			"with nothing to replay": func(int) context.Context {
				return caller.NewContext(t.Context(), caller.Caller{Subject: "shows nothing"})
			},
			"with a proof for each": func(i int) context.Context { return request(t.Context(), fmt.Sprint("jti-", i)) },
			"with a token":          func(int) context.Context { return withToken(t.Context()) },
		} {
			const reads = 200
			authorize(t, e, ctx(-1), d)
			authorize(t, e, ctx(-2), d)
			before := count(t, s, "total_reads_processed")
			own := count(t, s, "total_reads_processed") - before // what a look at the counter counts itself
			for i := range reads {
				authorize(t, e, ctx(i), d)
			}
			if got := count(t, s, "total_reads_processed") - before - 2*own; got < reads || got > reads+2 {
				t.Errorf("%s: the server was spoken to %d times for %d reads", name, got, reads)
			}
		}
	})
}

func TestAProcessServesWhatAnotherWasGranted(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *servertest.Server) {
		pdp := permits(3)
		d := pep.Declare(declaration(t))
		one, other := enforcer(t, open(t, s), pdp), enforcer(t, open(t, s), pdp)
		first := authorize(t, one, plainRequest(t.Context()), d)
		for i, e := range []*pep.Enforcer{other, one} {
			p := authorize(t, e, plainRequest(t.Context()), d)
			if !p.GrantCached || p.GrantID != first.GrantID || p.DecisionID != first.DecisionID || p.PolicyVersion != "v1" {
				t.Errorf("read %d: %+v, want a use of %+v", i, p, first)
			}
		}
		if p := authorize(t, other, plainRequest(t.Context()), d); p.GrantCached || pdp.asked.Load() != 2 {
			t.Errorf("a fourth read: %+v, after %d questions; want another question", p, pdp.asked.Load())
		}
	})
}

func TestAProcessRefusesWhatAnotherWasDenied(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *servertest.Server) {
		one, other := denies(), permits(1)
		d := pep.Declare(declaration(t))
		e, later := enforcer(t, open(t, s), one), enforcer(t, open(t, s), other)
		if _, err := e.Authorize(plainRequest(t.Context()), d); !errors.Is(err, pep.ErrDenied) {
			t.Fatal(err)
		}
		for range 2 { // the second comes from the memory of the process
			_, err := later.Authorize(plainRequest(t.Context()), d)
			denied, ok := errors.AsType[*pep.AuthzDeniedError](err)
			if !ok || !denied.Cached || denied.DecisionID != "decision-denied" {
				t.Errorf("%v, want the other's denial", err)
			}
		}
		if n := other.asked.Load(); n != 0 {
			t.Errorf("its PDP was asked %d times", n)
		}
	})
}

func TestAProofIsGoodForOneRequestOfOneProcess(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *servertest.Server) {
		pdp := permits(9)
		store := open(t, s)
		settle(t, store, window)
		d := pep.Declare(declaration(t))
		one, other := enforcer(t, store, pdp), enforcer(t, open(t, s), pdp)
		mine := request(t.Context(), "jti")
		authorize(t, one, mine, d)
		for range 2 {
			_, err := other.Authorize(request(t.Context(), "jti"), d)
			if replay, ok := errors.AsType[*pep.ReplayError](err); !ok || replay.Code != pep.ReplayedProof {
				t.Errorf("%v, want a replay", err)
			}
			authorize(t, one, mine, d) // the same request
		}
	})
}

func TestATokenIsGoodForOneGrantOfAllProcesses(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *servertest.Server) {
		pdp := permits(1)
		store := open(t, s)
		settle(t, store, window)
		d := pep.Declare(declaration(t))
		one, other := enforcer(t, store, pdp), enforcer(t, open(t, s), pdp)
		ctx := func() context.Context {
			return caller.NewContext(t.Context(), caller.Caller{
				Issuer: "https://issuer-canary", Subject: "s", TokenID: "jti-canary", Audience: []string{"crud.secrets"},
			})
		}
		authorize(t, one, ctx(), d)
		for i, e := range []*pep.Enforcer{other, one} {
			_, err := e.Authorize(ctx(), d)
			if replay, ok := errors.AsType[*pep.ReplayError](err); !ok || replay.Code != pep.ReplayedToken {
				t.Errorf("read %d: %v, want a replay", i, err)
			}
		}
		if n := pdp.asked.Load(); n != 1 {
			t.Errorf("the PDP was asked %d times", n)
		}
	})
}

func TestAStoreThatIsDownRefusesAndSaysWhich(t *testing.T) {
	t.Parallel()
	for name, fail := range map[string]func(s *servertest.Server){
		"stopped":                   func(s *servertest.Server) { s.Stop() },
		"there and silent":          func(s *servertest.Server) { s.Pause() },
		"has lost its memory":       func(s *servertest.Server) { s.Do("FLUSHALL") },
		"has no room":               func(s *servertest.Server) { s.Do("CONFIG", "SET", "maxmemory", "1") },
		"lets nobody run a command": func(s *servertest.Server) { s.Do("ACL", "SETUSER", "default", "-evalsha", "-eval") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEach(t, func(t *testing.T, s *servertest.Server) {
				pdp := permits(9)
				store := openWith(t, instance(s.URL(), map[string]string{"SECRETS_STORE_TIMEOUT": "200ms"}))
				settle(t, store, window)
				d := pep.Declare(declaration(t))
				e := enforcer(t, store, pdp)
				authorize(t, e, plainRequest(t.Context()), d)
				asked := pdp.asked.Load()
				fail(s)
				defer s.Resume()

				want := pep.ReplayStoreUnavailable
				switch name {
				case "has lost its memory":
					want = pep.ReplayStoreForgot
				case "has no room":
					want = pep.ReplayStoreFull
				}
				_, err := e.Authorize(request(t.Context(), "jti"), d)
				if replay, ok := errors.AsType[*pep.ReplayError](err); !ok || replay.Code != want {
					t.Errorf("with a proof: %v, want code %q", err, want)
				}
				if name == "has lost its memory" {
					return // grants are asked for anew
				}
				_, err = e.Authorize(plainRequest(t.Context()), d)
				if down, ok := errors.AsType[*pep.PDPUnavailableError](err); !ok || down.Reason != pep.ReasonGrantStore {
					t.Errorf("with a live grant: %v, want reason %q", err, pep.ReasonGrantStore)
				}
				if err := e.Revoke(t.Context(), pep.Revocation{}); err == nil {
					t.Error("Revoke says that it is done")
				}
				if n := pdp.asked.Load(); n != asked {
					t.Error("the PDP was asked, though nobody could have counted what it grants")
				}
			})
		})
	}
}
