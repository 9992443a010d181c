package pep_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/pep"
)

var errStore = errors.New("canary-store-address")

// brokenStore fails at everything, as a shared store that is down does.
type brokenStore struct{ err error }

func (s brokenStore) Spend(context.Context, pep.Attempt) (pep.Grant, bool, error) {
	return pep.Grant{}, true, s.err
}

func (s brokenStore) Live(context.Context, pep.Attempt) (pep.Grant, bool, error) {
	return pep.Grant{}, true, s.err
}

func (s brokenStore) Add(context.Context, pep.Key, pep.Grant, time.Duration) (bool, error) {
	return true, s.err
}

func (s brokenStore) Revoke(context.Context, pep.Revocation, time.Duration) error {
	return s.err
}

func (s brokenStore) Revoked(context.Context, pep.Key, int64) (bool, error) {
	return false, s.err
}

func (s brokenStore) Claim(context.Context, pep.Claim) (time.Duration, error) {
	return time.Hour, s.err
}

func (s brokenStore) Claimed(context.Context, pep.Claim) (bool, error) {
	return false, s.err
}

func TestAStoreThatCannotTellRefusesTheRead(t *testing.T) {
	t.Parallel()
	t.Run("of grants", func(t *testing.T) {
		t.Parallel()
		pdp := permits(1)
		cfg := config(pdp)
		cfg.Grants = brokenStore{errStore}
		e := enforcer(t, cfg)
		if got := refused[*pep.PDPUnavailableError](t, e, as(service()), token(t)).Reason; got != pep.ReasonGrantStore {
			t.Errorf("reason %q, want %q", got, pep.ReasonGrantStore)
		}
		as1[*pep.PDPUnavailableError](t, pep.Permit{}, e.Preflight(as(service()), []*pep.Declared{token(t)})[0].Err)
		wantCalls(t, pdp, 0)
	})
	for name, tt := range map[string]struct {
		err  error
		want pep.ReplayCode
	}{
		"of replays, down": {errStore, pep.ReplayStoreUnavailable},
		"of replays, full": {fmt.Errorf("canary: %w", pep.ErrStoreFull), pep.ReplayStoreFull},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pdp := permits(1)
			cfg := config(pdp)
			cfg.Replay = brokenStore{tt.err}
			e := enforcer(t, cfg)
			withProof := bearer("")
			withProof.ProofID = "canary-proof"
			for _, c := range []caller.Caller{withProof, bearer("canary-token")} {
				if got := refused[*pep.ReplayError](t, e, as(c), token(t)).Code; got != tt.want {
					t.Errorf("code %q, want %q", got, tt.want)
				}
			}
			wantCalls(t, pdp, 0)
			granted(t, e, as(service()), token(t)) // nothing to replay
		})
	}
}

func TestAFullReplayStoreRefusesAndForgetsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cfg := config(permitsByDefault())
		cfg.Capacities.Replays = 3
		e := enforcer(t, cfg)
		defer e.Close()
		proof := func(i int) caller.Caller {
			c := bearer("")
			c.ProofID = fmt.Sprintf("canary-proof-%d", i)
			return c
		}
		for i := range 3 {
			granted(t, e, as(proof(i)), token(t))
		}
		if got := refused[*pep.ReplayError](t, e, as(proof(3)), token(t)).Code; got != pep.ReplayStoreFull {
			t.Errorf("code %q, want %q", got, pep.ReplayStoreFull)
		}
		for i := range 3 {
			if got := refused[*pep.ReplayError](t, e, as(proof(i)), token(t)).Code; got != pep.ReplayedProof {
				t.Errorf("code %q, want %q: a live claim was forgotten", got, pep.ReplayedProof)
			}
		}
		pass(300 * time.Second)
		granted(t, e, as(proof(3)), token(t))
	})
}

func TestAFullPinTableRefusesWhatItCannotPin(t *testing.T) {
	t.Parallel()
	cfg := config(permitsByDefault())
	cfg.Capacities.Pins = 2
	e := enforcer(t, cfg)
	for i := range 2 {
		granted(t, e, as(bound(fmt.Sprintf("canary-token-%d", i), "key-A")), token(t))
	}
	err := refused[*pep.BindingDriftError](t, e, as(bound("canary-token-2", "key-A")), token(t))
	if err.Code != pep.DriftTableFull {
		t.Errorf("code %q, want %q", err.Code, pep.DriftTableFull)
	}
	granted(t, e, as(bound("canary-token-0", "key-A")), token(t))
	granted(t, e, as(bearer("canary-token-2")), token(t))
}

func TestAFullPinTableKeepsNoGrantThatItCannotPin(t *testing.T) {
	t.Parallel()
	cfg := config(permits(9))
	cfg.Capacities.Pins = 1
	e := enforcer(t, cfg)
	for i, want := range []bool{true, false} {
		c := caller.Caller{Subject: fmt.Sprintf("mesh-%d", i), Audience: []string{audience}, X5T: "cert-A"}
		granted(t, e, as(c), token(t))
		if got := granted(t, e, as(c), token(t)).GrantCached; got != want {
			t.Errorf("identity %d: a live grant: %v, want %v", i, got, want)
		}
	}
	// Somebody pinned by a token spends a grant, and nobody else's pin moves.
	other := bound("canary-token", "key-A")
	for range 9 {
		granted(t, e, as(other), token(t))
	}
	drifting := caller.Caller{Subject: "mesh-0", Audience: []string{audience}, X5T: "cert-B"}
	refused[*pep.BindingDriftError](t, e, as(drifting), token(t))
}

// takenStore says of each token that it is free, and of the first to claim one
// that another was quicker.
type takenStore struct {
	brokenStore
	claims atomic.Int64
}

func (s *takenStore) Claim(context.Context, pep.Claim) (time.Duration, error) {
	return time.Duration(s.claims.Add(1) - 1), nil
}

func TestATokenThatAnotherClaimedMeanwhileFailsItsHolderAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pdp := slow(permits(9))
		cfg := config(pdp)
		cfg.Replay = &takenStore{}
		e := enforcer(t, cfg)
		defer e.Close()
		leader := make(chan error, 1)
		go func() {
			_, err := e.Authorize(as(bearer("canary-token-1")), token(t))
			leader <- err
		}()
		synctest.Wait()
		for _, r := range e.Preflight(as(bearer("canary-token-2")), []*pep.Declared{token(t)}) {
			if r.Err != nil {
				t.Errorf("Preflight beside it: %v", r.Err)
			}
		}
		if !granted(t, e, as(bearer("canary-token-2")), token(t)).GrantCached {
			t.Error("Preflight took the answer that its leader was refused for a grant")
		}
		if got := as1[*pep.ReplayError](t, pep.Permit{}, <-leader).Code; got != pep.ReplayedToken {
			t.Errorf("code %q, want %q", got, pep.ReplayedToken)
		}
		wantCalls(t, pdp, 2)
	})
}

// failingStore fails from the second look on.
type failingStore struct {
	recordingStore
	looks atomic.Int64
}

func (s *failingStore) Spend(context.Context, pep.Attempt) (pep.Grant, bool, error) {
	if s.looks.Add(1) > 1 {
		return pep.Grant{}, false, errStore
	}
	return pep.Grant{}, false, nil
}

func TestAStoreThatFailsBeforeTheQuestionRefusesTheRead(t *testing.T) {
	t.Parallel()
	pdp := permits(1)
	cfg := config(pdp)
	cfg.Grants = &failingStore{}
	e := enforcer(t, cfg)
	if got := refused[*pep.PDPUnavailableError](t, e, as(service()), token(t)).Reason; got != pep.ReasonGrantStore {
		t.Errorf("reason %q, want %q", got, pep.ReasonGrantStore)
	}
	wantCalls(t, pdp, 0)
}

func TestAFullGrantTableKeepsWhatItHas(t *testing.T) {
	t.Parallel()
	pdp := permits(9)
	cfg := config(pdp)
	cfg.Capacities.Grants = 2
	cfg.Capacities.Pins = 1
	e := enforcer(t, cfg)
	for i := range 3 {
		granted(t, e, as(service()), other(t, i))
	}
	for i, want := range []bool{true, true, false} {
		if got := granted(t, e, as(service()), other(t, i)).GrantCached; got != want {
			t.Errorf("declaration %d: from a live grant: %v, want %v", i, got, want)
		}
	}
	// A grant that found no room pins nothing.
	mesh := service()
	mesh.Audience, mesh.X5T = []string{audience}, "cert-A"
	granted(t, e, as(mesh), token(t))
	mesh.X5T = "cert-B"
	granted(t, e, as(mesh), token(t))
}

func TestAStandInStoreSeesWholeKeysAndLifetimes(t *testing.T) {
	t.Parallel()
	store := &recordingStore{}
	cfg := config(permits(3))
	cfg.Grants = store
	e := enforcer(t, cfg)
	granted(t, e, as(service()), token(t))
	if len(store.added) != 1 || store.added[0].Uses != 2 || store.added[0].TTL <= 299*time.Second || store.added[0].TTL > 300*time.Second {
		t.Errorf("the store was given %+v, want two uses for 300s", store.added)
	}
	if store.key.Declaration.Value() != token(t).Declaration() || store.key.Identity.Value().Subject != "billing" {
		t.Errorf("the store was given key %+v", store.key)
	}
}

func TestAStoreIsNotGivenWhatHasExpired(t *testing.T) {
	t.Parallel()
	store := &recordingStore{}
	cfg := config(permits(3))
	cfg.Grants = store
	e := enforcer(t, cfg)
	c := service()
	c.ExpiresAt = time.Now().Add(-time.Second) // within the skew
	granted(t, e, as(c), token(t))
	if len(store.added) != 0 {
		t.Errorf("the store was given %+v", store.added)
	}
}

type recordingStore struct {
	brokenStore
	key   pep.Key
	added []pep.Grant
}

func (*recordingStore) Spend(context.Context, pep.Attempt) (pep.Grant, bool, error) {
	return pep.Grant{}, false, nil
}

func (s *recordingStore) Add(_ context.Context, key pep.Key, g pep.Grant, _ time.Duration) (bool, error) {
	s.key, s.added = key, append(s.added, g)
	return true, nil
}

// cancelingStore cancels the read that asks it, and fails as a store does then.
type cancelingStore struct {
	brokenStore
	cancel context.CancelFunc
}

func (s cancelingStore) Spend(ctx context.Context, a pep.Attempt) (pep.Grant, bool, error) {
	s.cancel()
	return s.brokenStore.Spend(ctx, a)
}

func (s cancelingStore) Claim(ctx context.Context, c pep.Claim) (time.Duration, error) {
	s.cancel()
	return s.brokenStore.Claim(ctx, c)
}

func (s cancelingStore) Claimed(ctx context.Context, c pep.Claim) (bool, error) {
	s.cancel()
	return s.brokenStore.Claimed(ctx, c)
}

func TestAReadThatIsCanceledInAStoreIsCanceled(t *testing.T) {
	t.Parallel()
	withProof := service()
	withProof.Audience, withProof.ProofID = []string{audience}, "canary-proof"
	for name, tt := range map[string]struct {
		who    caller.Caller
		change func(*pep.Config, cancelingStore)
		step   string
	}{
		"spending a use":       {service(), func(c *pep.Config, s cancelingStore) { c.Grants = s }, "grant"},
		"claiming a proof":     {withProof, func(c *pep.Config, s cancelingStore) { c.Replay = s }, "replay"},
		"asking after a token": {bearer("canary-token"), func(c *pep.Config, s cancelingStore) { c.Replay = s }, "grant"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(as(tt.who))
			log := &hookLog{}
			cfg := config(permits(1))
			cfg.Hooks = []pep.Hook{log}
			tt.change(&cfg, cancelingStore{brokenStore{errStore}, cancel})
			e := enforcer(t, cfg)
			if _, err := e.Authorize(ctx, token(t)); !errors.Is(err, context.Canceled) {
				t.Errorf("Authorize: %v, want context.Canceled", err)
			}
			if diff := cmp.Diff([]string{tt.step + " api.token canceled"}, log.refusals); diff != "" {
				t.Errorf("refusals (-want +got):\n%s", diff)
			}
		})
	}
}
