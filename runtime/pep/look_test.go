package pep_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/uri"
)

// slowly is a store that answers after a while, or at the end of its context.
func slowly(after time.Duration, store *tells) *tells {
	return &tells{answer: func(ctx context.Context, ref uri.URI) (map[string]string, error) {
		select {
		case <-time.After(after):
			return store.answer(ctx, ref)
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}}
}

func TestAttributesAreRememberedByDocument(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		random float64
		store  *tells
		want   time.Duration
	}{
		"for a minute":                          {0, tellsOwner("team"), time.Minute},
		"for a fifth less at the least":         {0.999, tellsOwner("team"), time.Minute - 11988*time.Millisecond},
		"for a minute where there are none":     {0, tellsAlways(nil, nil), time.Minute},
		"for a second where no document is":     {0, tellsAlways(nil, pep.ErrNoDocument), time.Second},
		"for a second where they can't be had":  {0, tellsAlways(nil, errStore), time.Second},
		"for a second where they can't be sent": {0, tellsOwner("\xff"), time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				cfg := describing(permitsByDefault(), tt.store)
				cfg.Random = func() float64 { return tt.random }
				e := enforcer(t, cfg)
				defer e.Close()
				read := func(subject, ref string) {
					t.Helper()
					_, _ = e.Authorize(as(caller.Caller{Subject: subject}), declare(t, ref, "a"))
				}
				for i := range 5 { // whoever asks, and for whatever of the document
					read(fmt.Sprintf("service-%d", i), "openbao+kv2://secret/app#token")
					read("service", fmt.Sprintf("openbao+kv2://secret/app#key-%d", i))
				}
				read("service", "openbao+kv2://secret/app")
				wantLooks(t, tt.store, 1)
				pass(tt.want - instant)
				read("service", "openbao+kv2://secret/app#token")
				wantLooks(t, tt.store, 1)
				pass(instant)
				read("service", "openbao+kv2://secret/app#token")
				wantLooks(t, tt.store, 2)
			})
		})
	}
}

// TestAStoreThatFailsSlowlyIsLeftAloneForASecond counts that from its answer.
func TestAStoreThatFailsSlowlyIsLeftAloneForASecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := slowly(900*time.Millisecond, tellsAlways(nil, errStore))
		cfg := describing(permitsByDefault(), store)
		cfg.PDPTimeout = time.Second
		e := enforcer(t, cfg)
		defer e.Close()
		for _, step := range []struct {
			wait  time.Duration
			looks int
		}{{0, 1}, {time.Second - instant, 1}, {instant, 2}} {
			pass(step.wait)
			refused[*pep.PDPUnavailableError](t, e, as(service()), token(t))
			wantLooks(t, store, step.looks)
		}
	})
}

func TestEachDocumentHasItsOwnAttributes(t *testing.T) {
	t.Parallel()
	store := &tells{answer: func(_ context.Context, ref uri.URI) (map[string]string, error) {
		return map[string]string{"owner": ref.String()}, nil
	}}
	pdp := permitsByDefault()
	cfg := describing(pdp, store)
	cfg.Mounts = func() []string { return []string{"secret", "kv"} }
	e := enforcer(t, cfg)
	refs := []string{
		"openbao+kv2://secret/app", "hashicorp+kv2://secret/app", "openbao+kv2://kv/app", "openbao+kv2://secret/app/db",
		"openbao+kv2://secret/app?version=1", "openbao+kv2://secret/app?version=2",
	}
	for _, ref := range refs {
		granted(t, e, as(service()), declare(t, ref, "a"))
	}
	if diff := cmp.Diff(refs, store.looked); diff != "" {
		t.Errorf("looks (-want +got):\n%s", diff)
	}
	for i, req := range pdp.asked {
		if got := req.Context.ResourceAttributes.Owner; got != refs[i] {
			t.Errorf("%s is told as owned by %s", refs[i], got)
		}
	}
}

func TestCallersThatWaitForOneDocumentLookOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := slowly(100*time.Millisecond, tellsOwner("team"))
		e := enforcer(t, describing(permitsByDefault(), store))
		defer e.Close()
		first, leave := context.WithCancel(as(caller.Caller{Subject: "first"}))
		go func() { _, _ = e.Authorize(first, token(t)) }()
		synctest.Wait()
		var wg sync.WaitGroup
		for i := range 50 {
			wg.Go(func() { granted(t, e, as(caller.Caller{Subject: fmt.Sprintf("s-%d", i)}), token(t)) })
		}
		synctest.Wait()
		leave() // the look is nobody's own
		wg.Wait()
		wantLooks(t, store, 1)
	})
}

// TestAQuestionWaitsForAttributesAsLongAsForAnAnswer has a store that is slower
// than that, and brings what the next question finds.
func TestAQuestionWaitsForAttributesAsLongAsForAnAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pdp, store := permitsByDefault(), slowly(400*time.Millisecond, tellsOwner("team"))
		cfg := describing(pdp, store)
		cfg.PDPTimeout = 0 // the default
		e := enforcer(t, cfg)
		defer e.Close()
		start := time.Now()
		if got := refused[*pep.PDPUnavailableError](t, e, as(service()), token(t)).Reason; got != pep.ReasonAttributes {
			t.Errorf("reason %q, want %q", got, pep.ReasonAttributes)
		}
		if took := time.Since(start); took != 250*time.Millisecond {
			t.Errorf("took %v, want the time of an answer", took)
		}
		granted(t, e, as(service()), token(t)) // 150 ms later
		if took := time.Since(start); took != 400*time.Millisecond {
			t.Errorf("took %v in all, want what the look took", took)
		}
		wantLooks(t, store, 1)
		wantCalls(t, pdp, 1)
	})
}

func TestALookEndsWithItsFlight(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var took time.Duration
		store := &tells{answer: func(ctx context.Context, _ uri.URI) (map[string]string, error) {
			start := time.Now()
			<-ctx.Done()
			took = time.Since(start)
			return nil, ctx.Err()
		}}
		cfg := describing(permitsByDefault(), store)
		cfg.PDPTimeout = time.Second
		e := enforcer(t, cfg)
		defer e.Close()
		refused[*pep.PDPUnavailableError](t, e, as(service()), token(t))
		pass(time.Minute)
		synctest.Wait()
		if took != 5*time.Second {
			t.Errorf("the store had %v, want five times the time of an answer", took)
		}
	})
}

// TestALookThatHangsKeepsNobodyFromTheNext has a store that ignores the end of its
// context, once.
func TestALookThatHangsKeepsNobodyFromTheNext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hangs := make(chan struct{})
		store := &tells{answer: func(context.Context, uri.URI) (map[string]string, error) { <-hangs; return nil, nil }}
		cfg := describing(permitsByDefault(), store)
		cfg.PDPTimeout = time.Second
		e := enforcer(t, cfg)
		defer e.Close()
		refused[*pep.PDPUnavailableError](t, e, as(service()), token(t))
		store.becomes(tellsOwner("team"))
		pass(5 * time.Second)
		granted(t, e, as(service()), token(t))
		close(hangs)
		pass(time.Minute)
		granted(t, e, as(service()), token(t))
	})
}

// TestSixteenLooksAreUnderWayAtMost has a store that ignores the end of its
// context: what hangs holds its place, and nobody else's read.
func TestSixteenLooksAreUnderWayAtMost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var now, most atomic.Int64
		store := &tells{answer: func(context.Context, uri.URI) (map[string]string, error) {
			most.Store(max(most.Load(), now.Add(1)))
			defer now.Add(-1)
			pass(time.Minute)
			return nil, nil
		}}
		cfg := describing(permits(9), store)
		cfg.PDPTimeout = time.Second
		e := enforcer(t, cfg)
		defer e.Close()
		var wg sync.WaitGroup
		for i := range 40 {
			wg.Go(func() { refused[*pep.PDPUnavailableError](t, e, as(service()), other(t, i)) })
		}
		wg.Wait()
		wantLooks(t, store, 16)
		pass(10 * time.Second) // past the end of the looks, not of what hangs
		refused[*pep.PDPUnavailableError](t, e, as(service()), other(t, 50))
		if most.Load() != 16 {
			t.Errorf("%d looks side by side", most.Load())
		}
		pass(time.Minute)
		store.becomes(tellsOwner("team"))
		granted(t, e, as(service()), other(t, 0))
		granted(t, e, as(service()), other(t, 50))
		pass(time.Minute)
	})
}

func TestAFullTableOfAttributesRemembersNoMore(t *testing.T) {
	t.Parallel()
	store := tellsOwner("team")
	cfg := describing(permitsByDefault(), store)
	cfg.Capacities.Attributes = 2
	e := enforcer(t, cfg)
	for range 3 {
		for i := range 3 {
			granted(t, e, as(service()), other(t, i))
		}
	}
	wantLooks(t, store, 5) // two once, and the third each time
}

// TestABatchLooksAtItsDocumentsSideBySide has several keys of several documents,
// of which one can't be had, and one takes no question at all.
func TestABatchLooksAtItsDocumentsSideBySide(t *testing.T) {
	t.Parallel()
	for name, batch := range map[string]bool{"asked as one": true, "asked one by one": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				store := &tells{answer: func(_ context.Context, ref uri.URI) (map[string]string, error) {
					pass(100 * time.Millisecond)
					if ref.Path() == "app/other-3" {
						return nil, errStore
					}
					return map[string]string{"owner": ref.Path()}, nil
				}}
				all := permitsApp(9)
				plain := all.answer
				all.answer = func(reqs []pep.Request) ([]pep.Decision, error) {
					all.asked = append(all.asked, reqs...)
					return plain(reqs)
				}
				var pdp pep.PDP = all
				if !batch {
					pdp = all.fakePDP
				}
				log := &hookLog{}
				cfg := describing(pdp, store)
				cfg.Hooks = []pep.Hook{log}
				e := enforcer(t, cfg)
				defer e.Close()
				var ds []*pep.Declared
				for i := range 8 {
					for _, key := range []string{"a", "b"} {
						ds = append(ds, declare(t, fmt.Sprintf("openbao+kv2://secret/app/other-%d#%s", i, key), key))
					}
				}
				start := time.Now()
				for i, r := range e.AuthorizeAll(as(service()), ds) {
					if i/2 == 3 {
						if got := as1[*pep.PDPUnavailableError](t, r.Permit, r.Err); got.Reason != pep.ReasonAttributes {
							t.Errorf("result %d: %v", i, got)
						}
						continue
					}
					if r.Err != nil {
						t.Errorf("result %d: %v", i, r.Err)
					}
				}
				if took := time.Since(start); took != 100*time.Millisecond {
					t.Errorf("took %v, want one look", took)
				}
				wantLooks(t, store, 8)
				if batch {
					if diff := cmp.Diff([]int{14}, all.sizes); diff != "" {
						t.Errorf("batches (-want +got):\n%s", diff)
					}
				}
				outcomes := map[string]int{}
				for _, decision := range log.decisions {
					outcomes[decision]++
				}
				if diff := cmp.Diff(map[string]int{"a permit 0s": 7, "a attributes 0s": 1, "b permit 0s": 7, "b attributes 0s": 1}, outcomes); diff != "" {
					t.Errorf("decisions told (-want +got):\n%s", diff)
				}
				if len(all.asked) != 14 {
					t.Errorf("%d questions, want 14", len(all.asked))
				}
				for _, req := range all.asked {
					if req.Context.ResourceAttributes.Owner != req.Resource.Path {
						t.Errorf("%s is told as owned by %q", req.Resource.Path, req.Context.ResourceAttributes.Owner)
					}
				}
			})
		})
	}
}

// TestTheTimeOfALookIsNotTakenOffAGrant has a store that is slower than grants live.
func TestTheTimeOfALookIsNotTakenOffAGrant(t *testing.T) {
	t.Parallel()
	for name, secrets := range map[string]int{"of one question": 1, "of a batch": 2} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				cfg := describing(permitsApp(9), slowly(3*time.Second, tellsOwner("team")))
				cfg.PDPTimeout, cfg.Limits.TTLDefault = 4*time.Second, 2*time.Second
				e := enforcer(t, cfg)
				defer e.Close()
				ds := []*pep.Declared{other(t, 0), other(t, 1)}[:secrets]
				e.Preflight(as(service()), ds)
				pass(2*time.Second - instant)
				if !granted(t, e, as(service()), ds[0]).GrantCached {
					t.Error("the grant was gone early")
				}
				pass(instant)
				if granted(t, e, as(service()), ds[0]).GrantCached {
					t.Error("the grant was live past its TTL")
				}
			})
		})
	}
}

// TestABatchOfWhichNothingCanBeLearnedEndsInTheTimeOfAnAnswer has more documents
// than are looked at side by side, and a store that hangs.
func TestABatchOfWhichNothingCanBeLearnedEndsInTheTimeOfAnAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pdp, store := permitsApp(9), slowly(time.Hour, tellsOwner("team"))
		cfg := describing(pdp, store)
		cfg.PDPTimeout = time.Second
		e := enforcer(t, cfg)
		defer e.Close()
		ds := make([]*pep.Declared, 100)
		for i := range ds {
			ds[i] = other(t, i)
		}
		start := time.Now()
		for _, r := range e.Preflight(as(service()), ds) {
			if got := as1[*pep.PDPUnavailableError](t, r.Permit, r.Err); got.Reason != pep.ReasonAttributes {
				t.Errorf("result %v", got)
			}
		}
		if took := time.Since(start); took != time.Second {
			t.Errorf("took %v", took)
		}
		if len(pdp.sizes) != 0 {
			t.Errorf("the PDP was asked for %v", pdp.sizes)
		}
		wantLooks(t, store, 16)
		pass(time.Minute)
	})
}

// TestABatchThatIsOverLooksAtNoMore has a store that tells of thirty-two
// documents within the time of an answer, and of sixteen more too late.
func TestABatchThatIsOverLooksAtNoMore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pdp, store := permitsApp(9), slowly(400*time.Millisecond, tellsOwner("team"))
		cfg := describing(pdp, store)
		cfg.PDPTimeout = time.Second
		e := enforcer(t, cfg)
		defer e.Close()
		ds := make([]*pep.Declared, 100)
		for i := range ds {
			ds[i] = other(t, i)
		}
		permitted := 0
		for _, r := range e.Preflight(as(service()), ds) {
			if r.Err == nil {
				permitted++
			} else if got := as1[*pep.PDPUnavailableError](t, r.Permit, r.Err); got.Reason != pep.ReasonAttributes {
				t.Errorf("result %v", got)
			}
		}
		pass(time.Minute)
		if permitted != 32 {
			t.Errorf("%d permits, want one for each document that was told of", permitted)
		}
		wantLooks(t, store, 48)
	})
}
