package pep_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/settings"
)

// sharedStore says what its fields say, and notes what it is asked.
type sharedStore struct {
	used pep.Used
	err  error // of Use
	deny error // of Deny

	mu     sync.Mutex
	asked  []string
	uses   []pep.Use
	denial pep.Denial
}

func (s *sharedStore) note(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, what)
}

func (s *sharedStore) Use(_ context.Context, u pep.Use) (pep.Used, error) {
	s.note("use")
	s.uses = append(s.uses, u)
	return s.used, s.err
}

func (s *sharedStore) Spend(context.Context, pep.Attempt) (pep.Grant, bool, error) {
	s.note("spend")
	return pep.Grant{Generation: 7}, false, nil
}

func (s *sharedStore) Live(context.Context, pep.Attempt) (pep.Grant, bool, error) {
	s.note("live")
	return pep.Grant{Generation: 7}, false, nil
}

func (s *sharedStore) Add(context.Context, pep.Key, pep.Grant, time.Duration) (bool, error) {
	s.note("add")
	return true, nil
}

func (s *sharedStore) Revoke(context.Context, pep.Revocation, time.Duration) error { return nil }

func (s *sharedStore) Revoked(context.Context, pep.Key, int64) (bool, error) {
	s.note("revoked")
	return false, nil
}

func (s *sharedStore) Claim(_ context.Context, c pep.Claim) (time.Duration, error) {
	s.note("claim")
	return c.TTL, nil
}

func (s *sharedStore) Claimed(context.Context, pep.Claim) (bool, error) {
	s.note("claimed")
	return false, nil
}

func (s *sharedStore) Deny(_ context.Context, _ pep.Key, d pep.Denial) error {
	s.note("deny")
	s.denial = d
	return s.deny
}

func (*sharedStore) Check(context.Context) error { return nil }
func (*sharedStore) Close(context.Context) error { return nil }

func (s *sharedStore) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	asked := s.asked
	s.asked, s.uses = nil, nil
	return asked
}

func shared(t *testing.T, store *sharedStore, pdp pep.PDP, hooks ...pep.Hook) *pep.Enforcer {
	t.Helper()
	cfg := config(pdp)
	cfg.Shared, cfg.Hooks, cfg.Limits.NegativeTTL = store, hooks, 5*time.Second
	return enforcer(t, cfg)
}

var live = pep.Used{Live: true, Owned: time.Minute, Grant: pep.Grant{ID: "G", DecisionID: "D", Uses: 3}} //nolint:gochecknoglobals // what a store says

func TestAReadOfALiveGrantAsksASharedStoreOnce(t *testing.T) {
	t.Parallel()
	withProof := bearer("canary-token")
	withProof.ProofID = "canary-proof"
	store, pdp := &sharedStore{used: live}, permits(1)
	e := shared(t, store, pdp)
	ctx := as(withProof)
	for i := range 2 {
		p := granted(t, e, ctx, token(t))
		if !p.GrantCached || p.GrantID != "G" || p.DecisionID != "D" {
			t.Errorf("read %d: %+v", i, p)
		}
		u := store.uses[0]
		if !u.Spend || u.Proof.ID.IsZero() != (i > 0) || u.Token.ID.IsZero() || u.Key.Identity.Value().Subject == "" {
			t.Errorf("read %d: the store was asked %+v; a request claims its proof once", i, u)
		}
		if diff := cmp.Diff([]string{"use"}, store.take()); diff != "" {
			t.Errorf("read %d (-want +got):\n%s", i, diff)
		}
	}
	if r := e.Preflight(ctx, []*pep.Declared{token(t)})[0]; r.Err != nil || store.uses[0].Spend {
		t.Errorf("Preflight: %v, and it asked for a use: %v", r.Err, store.uses[0].Spend)
	}
	wantCalls(t, pdp, 0)
}

func TestAReadWithoutALiveGrantAsksASharedStoreForNothingTwice(t *testing.T) {
	t.Parallel()
	store, pdp := &sharedStore{used: pep.Used{Grant: pep.Grant{Generation: 7}}}, permits(3)
	e := shared(t, store, pdp)
	granted(t, e, as(bearer("canary-token")), token(t))
	// The leader of a flight looks once more; the PDP said max_uses, so the token is
	// used up.
	if diff := cmp.Diff([]string{"use", "spend", "claim", "add", "revoked"}, store.take()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	wantCalls(t, pdp, 1)
}

func TestWhatASharedStoreSaysRefusesARead(t *testing.T) {
	t.Parallel()
	withProof := bearer("canary-token")
	withProof.ProofID = "canary-proof"
	for name, tt := range map[string]struct {
		used pep.Used
		err  error
		who  caller.Caller
		want string
	}{
		"a denial":                    {used: pep.Used{Denied: true, Denial: pep.Denial{DecisionID: "D", TTL: time.Minute}}, who: service(), want: "policy"},
		"a proof of another":          {used: pep.Used{}, who: withProof, want: "proof"},
		"a token without grants left": {used: pep.Used{TokenClaimed: true}, who: bearer("canary-token"), want: "token"},
		"down, with a proof":          {err: errStore, who: withProof, want: "store_unavailable"},
		"down, with none":             {err: errStore, who: service(), want: "grant_store"},
		"full, with a proof":          {err: fmt.Errorf("canary: %w", pep.ErrStoreFull), who: withProof, want: "store_full"},
		"forgetful, with a proof":     {err: pep.ErrStoreForgot, who: withProof, want: "store_forgot"},
		"down, and all the same live": {used: live, err: errStore, who: service(), want: "grant_store"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, pdp, heard := &sharedStore{used: tt.used, err: tt.err}, permits(1), &storeEars{}
			e := shared(t, store, pdp, heard)
			_, err := e.Authorize(as(tt.who), token(t))
			if got := codeOf(err); got != tt.want {
				t.Errorf("%v: code %q, want %q", err, got, tt.want)
			}
			if len(heard.said) > 0 != (tt.err != nil) {
				t.Errorf("hooks heard %q", heard.said)
			}
			wantCalls(t, pdp, 0)
		})
	}
}

func TestADenialThatAnotherProcessToldIsRemembered(t *testing.T) {
	t.Parallel()
	store := &sharedStore{used: pep.Used{Denied: true, Denial: pep.Denial{DecisionID: "D", PolicyVersion: "v", TTL: time.Minute, Known: time.Minute}}}
	e := shared(t, store, permits(1))
	for i := range 2 {
		denied := refused[*pep.AuthzDeniedError](t, e, as(service()), token(t))
		if !denied.Cached || denied.DecisionID != "D" || denied.PolicyVersion != "v" {
			t.Errorf("read %d: %+v", i, denied)
		}
	}
	if diff := cmp.Diff([]string{"use"}, store.take()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestADenialIsToldToASharedStore(t *testing.T) {
	t.Parallel()
	for _, failure := range []error{nil, errStore} {
		store, heard := &sharedStore{deny: failure}, &storeEars{}
		e := shared(t, store, denies(), heard)
		refused[*pep.AuthzDeniedError](t, e, as(service()), token(t))
		if d := store.denial; d.DecisionID == "" || d.TTL <= 0 || d.Known < d.TTL {
			t.Errorf("the store was told %+v", d)
		}
		refused[*pep.AuthzDeniedError](t, e, as(service()), token(t)) // from the memory of this process
		want := []string{"use", "spend", "deny"}
		if diff := cmp.Diff(want, store.take()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if len(heard.said) > 0 != (failure != nil) {
			t.Errorf("hooks heard %q", heard.said)
		}
	}
}

// goneStore cancels the read that it serves.
type goneStore struct {
	sharedStore
	cancel context.CancelFunc
}

func (s *goneStore) Use(ctx context.Context, u pep.Use) (pep.Used, error) {
	s.cancel()
	return s.sharedStore.Use(ctx, u)
}

func TestAUseThatWasTakenIsNotLostToAContextThatEnded(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(as(service()))
	cfg := config(permits(1))
	cfg.Shared = &goneStore{sharedStore{used: live}, cancel}
	if p, err := enforcer(t, cfg).Authorize(ctx, token(t)); err != nil || p.GrantID != "G" {
		t.Errorf("%+v, %v; want the use that the store took", p, err)
	}
	ctx, cancel = context.WithCancel(as(service()))
	cfg.Shared = &goneStore{sharedStore{err: errStore}, cancel}
	if _, err := enforcer(t, cfg).Authorize(ctx, token(t)); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want the end of the context", err)
	}
}

func TestASharedStoreStandsAlone(t *testing.T) {
	t.Parallel()
	cfg := config(permits(1))
	cfg.Shared, cfg.Grants = &sharedStore{}, brokenStore{}
	_, err := pep.New(cfg)
	config, ok := errors.AsType[*settings.Error](err)
	if !ok || len(config.Problems) != 1 || config.Problems[0].Name != "SECRETS_STORE_URL" {
		t.Errorf("%v, want a problem of SECRETS_STORE_URL", err)
	}
}

// storeEars hears of stores that fail.
type storeEars struct{ said []string }

// OnStoreError implements [pep.StoreHook].
func (h *storeEars) OnStoreError(store pep.Store, operation string) {
	h.said = append(h.said, string(store)+" "+operation)
}

func codeOf(err error) string {
	if e, ok := errors.AsType[*pep.AuthzDeniedError](err); ok {
		return string(e.Code)
	}
	if e, ok := errors.AsType[*pep.ReplayError](err); ok {
		return string(e.Code)
	}
	if e, ok := errors.AsType[*pep.PDPUnavailableError](err); ok {
		return string(e.Reason)
	}
	return fmt.Sprint(err)
}
