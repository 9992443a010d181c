package pep_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/secretsgen/secretsgen/runtime/pep"
)

func revoke(t testing.TB, e *pep.Enforcer, r pep.Revocation) {
	t.Helper()
	if err := e.Revoke(context.Background(), r); err != nil {
		t.Fatalf("Revoke: %v", err)
	}
}

func TestALiveGrantThatIsRevokedIsAskedForAgain(t *testing.T) {
	t.Parallel()
	billing := pep.Revocation{Issuer: "https://issuer.test", Subject: "billing"}
	for name, tt := range map[string]struct {
		revoke pep.Revocation
		ends   bool
	}{
		"all":                      {pep.Revocation{}, true},
		"its subject":              {billing, true},
		"its accessor":             {pep.Revocation{Accessor: "api.token"}, true},
		"its reference":            {pep.Revocation{Ref: token(t).Declaration().Ref}, true},
		"its subject and accessor": {pep.Revocation{Issuer: billing.Issuer, Subject: billing.Subject, Accessor: "api.token"}, true},
		"another subject":          {pep.Revocation{Issuer: billing.Issuer, Subject: "shipping"}, false},
		"another accessor":         {pep.Revocation{Accessor: "db.password"}, false},
		"another reference":        {pep.Revocation{Ref: password(t).Declaration().Ref}, false},
		"its subject and another":  {pep.Revocation{Issuer: billing.Issuer, Subject: billing.Subject, Accessor: "db.password"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pdp := permits(9)
			e := enforcer(t, config(pdp))
			first := granted(t, e, as(service()), token(t))
			revoke(t, e, tt.revoke)
			second := granted(t, e, as(service()), token(t))
			if second.GrantCached == tt.ends || (second.GrantID == first.GrantID) == tt.ends {
				t.Errorf("afterwards %+v, before %+v", second, first)
			}
			if third := granted(t, e, as(service()), token(t)); third.GrantID != second.GrantID {
				t.Errorf("the new grant does not live: %+v, want a use of %+v", third, second)
			}
		})
	}
}

// timedPDP numbers its decisions, and knows when it was asked for each.
type timedPDP struct {
	mu    sync.Mutex
	asked map[string]time.Time
}

func (p *timedPDP) Decide(context.Context, pep.Request) (pep.Decision, error) {
	p.mu.Lock()
	id := fmt.Sprintf("d-%d", len(p.asked)+1)
	p.asked[id] = time.Now()
	p.mu.Unlock()
	pass(100 * time.Millisecond)
	return pep.Decision{Permit: true, ID: id, Obligations: pep.Obligations{MaxUses: 9}}, nil
}

func (p *timedPDP) askedFor(id string) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked[id]
}

// distantStore answers a while after it has looked, and does what it is told a
// while before it answers.
type distantStore struct{ pep.GrantStore }

const distance = 10 * time.Millisecond

func (s distantStore) Spend(ctx context.Context, a pep.Attempt) (pep.Grant, bool, error) {
	g, ok, err := s.GrantStore.Spend(ctx, a)
	pass(distance)
	return g, ok, err
}

func (s distantStore) Add(ctx context.Context, key pep.Key, g pep.Grant, now time.Duration) (bool, error) {
	pass(distance)
	ok, err := s.GrantStore.Add(ctx, key, g, now)
	pass(distance)
	return ok, err
}

// TestALateAnswerOfAnOlderFlightOverwritesNoRevocation revokes at every moment of
// a flight: while its callers look, between the looks, while the PDP is asked,
// while its answer is stored and afterwards.
func TestALateAnswerOfAnOlderFlightOverwritesNoRevocation(t *testing.T) {
	t.Parallel()
	const whole = 160 * time.Millisecond // of a flight and the looks before it
	for at := time.Millisecond; at < whole; at += 4 * time.Millisecond {
		t.Run(at.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				pdp := &timedPDP{asked: map[string]time.Time{}}
				cfg := config(pdp)
				cfg.Grants = distantStore{pep.NewGrantStore(100)}
				e := enforcer(t, cfg)
				defer e.Close()
				type use struct {
					permit pep.Permit
					at     time.Time
				}
				uses := make(chan use, 3)
				for range 3 {
					go func() { uses <- use{granted(t, e, as(service()), token(t)), time.Now()} }()
				}
				pass(at)
				revoke(t, e, pep.Revocation{Accessor: "api.token"})
				revoked := time.Now()
				for range 3 {
					if u := <-uses; u.at.After(revoked) && pdp.askedFor(u.permit.DecisionID).Before(revoked) {
						t.Errorf("%v after the revocation a use came of a decision asked for before", u.at.Sub(revoked))
					}
				}
				pass(time.Second)
				for range 3 {
					if p := granted(t, e, as(service()), token(t)); pdp.askedFor(p.DecisionID).Before(revoked) {
						t.Errorf("an older answer was kept: %+v", p)
					}
				}
			})
		})
	}
}

// TestNoUseOfAnOlderDecisionComesAfterARevocation revokes all the while others
// read.
func TestNoUseOfAnOlderDecisionComesAfterARevocation(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	pdp := &fakePDP{answer: func(context.Context, pep.Request) (pep.Decision, error) {
		n := asked.Add(1)
		return pep.Decision{Permit: true, ID: fmt.Sprint(n), Obligations: pep.Obligations{MaxUses: 1000}}, nil
	}}
	e := enforcer(t, config(pdp))
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					granted(t, e, as(service()), token(t))
				}
			}
		})
	}
	for range 100 {
		before := asked.Load()
		revoke(t, e, pep.Revocation{Accessor: "api.token"})
		var number int64
		if _, err := fmt.Sscan(granted(t, e, as(service()), token(t)).DecisionID, &number); err != nil {
			t.Fatal(err)
		}
		if number <= before {
			t.Errorf("a use of decision %d, though %d were asked for before the revocation", number, before)
		}
	}
	close(stop)
	wg.Wait()
}

func TestARevocationLeavesDenialsAndEndsPins(t *testing.T) {
	t.Parallel()
	cfg := config(nil)
	pdp := permitsApp(9)
	cfg.PDP = pdp
	cfg.Limits.NegativeTTL = time.Hour
	e := enforcer(t, cfg)
	mesh := service()
	mesh.Audience = []string{audience}
	a, b := mesh, mesh
	a.X5T, b.X5T = "cert-A", "cert-B"
	granted(t, e, as(a), token(t))
	granted(t, e, as(a), password(t))
	refused[*pep.AuthzDeniedError](t, e, as(a), forbidden(t))

	revoke(t, e, pep.Revocation{Accessor: "api.token"})
	refused[*pep.BindingDriftError](t, e, as(b), token(t)) // the grant for the password still lives
	revoke(t, e, pep.Revocation{Issuer: mesh.Issuer, Subject: "another"})
	refused[*pep.BindingDriftError](t, e, as(b), token(t))
	revoke(t, e, pep.Revocation{Issuer: mesh.Issuer, Subject: mesh.Subject})
	if !refused[*pep.AuthzDeniedError](t, e, as(a), forbidden(t)).Cached {
		t.Error("a denial was forgotten")
	}
	granted(t, e, as(b), token(t))
	refused[*pep.BindingDriftError](t, e, as(a), token(t))
}

func TestARevocationThatSelectsNothingIsRefused(t *testing.T) {
	t.Parallel()
	e := enforcer(t, config(permits(1)))
	if err := e.Revoke(context.Background(), pep.Revocation{Issuer: "https://issuer.test"}); !errors.Is(err, pep.ErrRevocation) {
		t.Errorf("got %v, want ErrRevocation", err)
	}
}

// unsureStore can't tell what was revoked.
type unsureStore struct{ pep.GrantStore }

func (unsureStore) Revoke(context.Context, pep.Revocation, time.Duration) error { return errStore }

func (unsureStore) Revoked(context.Context, pep.Key, int64) (bool, error) { return false, errStore }

func TestAStoreThatCannotTellWhatWasRevokedRefusesTheRead(t *testing.T) {
	t.Parallel()
	cfg := config(permits(1))
	cfg.Grants = unsureStore{pep.NewGrantStore(100)}
	e := enforcer(t, cfg)
	if got := refused[*pep.PDPUnavailableError](t, e, as(service()), token(t)).Reason; got != pep.ReasonGrantStore {
		t.Errorf("reason %q, want %q", got, pep.ReasonGrantStore)
	}
	if _, ok := errors.AsType[*pep.RevocationError](e.Revoke(context.Background(), pep.Revocation{})); !ok {
		t.Error("a revocation that the store did not take is no error")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := e.Revoke(ctx, pep.Revocation{}); !errors.Is(err, context.Canceled) {
		t.Errorf("of a caller that is gone: %v", err)
	}
}

func TestASingleUseTokenOfARevokedGrantStaysUsed(t *testing.T) {
	t.Parallel()
	e := enforcer(t, config(permits(9)))
	granted(t, e, as(bearer("canary-token")), token(t))
	granted(t, e, as(bearer("canary-token")), token(t))
	revoke(t, e, pep.Revocation{})
	refused[*pep.ReplayError](t, e, as(bearer("canary-token")), token(t))
	granted(t, e, as(bearer("canary-token-2")), token(t))
}
