package pep_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/pep"
)

// laggingStore answers late: a second after it took a grant, three after it gave
// away the last use of one.
type laggingStore struct{ pep.GrantStore }

func (s laggingStore) Add(ctx context.Context, key pep.Key, g pep.Grant, now time.Duration) (bool, error) {
	ok, err := s.GrantStore.Add(ctx, key, g, now)
	pass(time.Second)
	return ok, err
}

func (s laggingStore) Spend(ctx context.Context, a pep.Attempt) (pep.Grant, bool, error) {
	g, ok, err := s.GrantStore.Spend(ctx, a)
	if ok && g.Uses == 0 {
		pass(3 * time.Second)
	}
	return g, ok, err
}

// TestAUseGivenBackWhileTheLastIsSpentPinsItsIdentity has a caller go while
// another use of its grant is on the way to the store, and that one spent before
// the first comes back.
func TestAUseGivenBackWhileTheLastIsSpentPinsItsIdentity(t *testing.T) {
	t.Parallel()
	for name, goes := range map[string]string{"without a token": "", "with a token beside one that asked without": "canary-token"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				pdp := slow(permits(3))
				cfg := config(pdp)
				cfg.Grants = laggingStore{pep.NewGrantStore(100)}
				e := enforcer(t, cfg)
				defer e.Close()
				mesh := func(x5t, tokenID string) context.Context {
					return as(caller.Caller{Subject: "mesh", Audience: []string{audience}, X5T: x5t, TokenID: tokenID})
				}

				stays := make(chan pep.Permit, 1)
				go func() { stays <- granted(t, e, mesh("cert-A", ""), token(t)) }()
				synctest.Wait()
				going, leave := context.WithCancel(mesh("cert-A", goes))
				go func() { _, _ = e.Authorize(going, token(t)) }()
				pass(500 * time.Millisecond) // the answer is there, and the third use is on its way to the store
				leave()
				if p := granted(t, e, mesh("cert-A", ""), token(t)); !p.GrantCached {
					t.Fatalf("permit %+v, want the use that was kept", p)
				}
				refused[*pep.BindingDriftError](t, e, mesh("cert-B", ""), token(t)) // the use that came back still lives
				if p := granted(t, e, mesh("cert-A", ""), token(t)); !p.GrantCached || p.DecisionID != (<-stays).DecisionID {
					t.Errorf("permit %+v, want the use that was given back", p)
				}
				wantCalls(t, pdp, 1)
				granted(t, e, mesh("cert-B", ""), token(t)) // nothing lives any more
			})
		})
	}
}
