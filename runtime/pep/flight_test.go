package pep

import (
	"context"
	"errors"
	"hash/maphash"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/uri"
)

// lateStore is the store of this process at some distance: what it answers
// takes a second to arrive.
type lateStore struct{ *localGrants }

func (s lateStore) Spend(ctx context.Context, a Attempt) (Grant, bool, error) {
	g, ok, err := s.localGrants.Spend(ctx, a)
	<-time.After(time.Second)
	return g, ok, err
}

func (s lateStore) Add(ctx context.Context, key Key, g Grant, now time.Duration) (bool, error) {
	ok, err := s.localGrants.Add(ctx, key, g, now)
	<-time.After(time.Second)
	return ok, err
}

// countingPDP permits so many uses and counts how often it was asked.
type countingPDP struct {
	uses  int
	calls atomic.Int64
}

func (p *countingPDP) Decide(context.Context, Request) (Decision, error) {
	p.calls.Add(1)
	<-time.After(100 * time.Millisecond)
	return Decision{Permit: true, Obligations: Obligations{MaxUses: p.uses}}, nil
}

func (p *countingPDP) DecideAll(ctx context.Context, reqs []Request) ([]Decision, error) {
	dec, err := p.Decide(ctx, Request{})
	return slices.Repeat([]Decision{dec}, len(reqs)), err
}

func lateEnforcer(t *testing.T, pdp PDP) *Enforcer {
	t.Helper()
	mounts := []string{"secret"}
	e, err := New(Config{
		TenantID:   "dev",
		Mounts:     func() []string { return mounts },
		PDP:        pdp,
		PDPTimeout: 10 * time.Second,
		Grants:     lateStore{someGrants(100)},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return e
}

// someGrants is the store of this process.
func someGrants(capacity int) *localGrants {
	return newLocalGrants(maphash.MakeSeed(), capacity, 1, 2*time.Hour)
}

func declare(t *testing.T, text string) *Declared {
	t.Helper()
	ref, err := uri.Parse(text, uri.Scope{AnyMount: true})
	if err != nil {
		t.Fatal(err)
	}
	return Declare(Declaration{Ref: ref, Accessor: "a"})
}

// admitted is a read that has passed all local steps.
func admitted(t *testing.T, e *Enforcer, ctx context.Context, d *Declared) attempt { //nolint:revive // t first reads better
	t.Helper()
	a := e.attempt(d, true)
	if err := e.admit(ctx, &a); err != nil {
		t.Fatal(err)
	}
	return a
}

func someone() context.Context {
	return caller.NewContext(context.Background(), caller.Caller{Subject: "s"})
}

// TestAWaiterThatGoesWhileUsesAreDealtGivesItsOwnBack cancels two of three
// callers after the answer has come and before they are dealt their uses.
func TestAWaiterThatGoesWhileUsesAreDealtGivesItsOwnBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pdp := &countingPDP{uses: 4}
		e := lateEnforcer(t, pdp)
		defer e.Close()
		d := declare(t, "env://secret/A")
		going, cancel := context.WithCancel(someone())
		gone := make(chan error, 2)
		stays := make(chan error, 1)
		for range 2 {
			go func() {
				_, err := e.Authorize(going, d)
				gone <- err
			}()
		}
		go func() {
			_, err := e.Authorize(someone(), d)
			stays <- err
		}()
		// A second for each look at the store, a tenth for the answer; now the
		// fourth use is on its way to the store.
		<-time.After(2*time.Second + 500*time.Millisecond)
		cancel()
		for range 2 {
			if err := <-gone; !errors.Is(err, context.Canceled) {
				t.Errorf("who went got %v", err)
			}
		}
		if err := <-stays; err != nil {
			t.Errorf("who stayed got %v", err)
		}
		<-time.After(time.Minute)
		for i := range 3 {
			if p, err := e.Authorize(someone(), d); err != nil || !p.GrantCached {
				t.Errorf("use %d of the three that are left: %+v, %v", i, p, err)
			}
		}
		if got := pdp.calls.Load(); got != 1 {
			t.Errorf("the PDP was asked %d times, want once", got)
		}
		if p, err := e.Authorize(someone(), d); err != nil || p.GrantCached {
			t.Errorf("a fifth use of four: %+v, %v", p, err)
		}
	})
}

// TestAUseThatWasDealtToSomebodyGoneIsGivenBack has both ends of a wait come at
// once, often enough for either to be taken.
func TestAUseThatWasDealtToSomebodyGoneIsGivenBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const rounds = 64
		e := lateEnforcer(t, &countingPDP{uses: 1})
		defer e.Close()
		e.grants = someGrants(100)
		d := declare(t, "env://secret/A")
		ctx, cancel := context.WithCancel(someone())
		a := admitted(t, e, ctx, d)
		cancel()
		taken, givenBack := 0, 0
		for range rounds {
			f, w, _ := e.flights.board(a)
			v := verdict{grant: Grant{ID: "g", Uses: 1}, until: int64(time.Hour)}
			e.settle(ctx, f, v)
			out, err := e.await(ctx, f, w)
			if err == nil && out.use != nil {
				taken++
				continue
			}
			if g, ok, _ := e.grants.Spend(ctx, Attempt{Key: a.key}); !ok || g.ID != "g" || g.Uses != 0 {
				t.Fatalf("a use was lost: the store has %+v", g)
			}
			givenBack++
		}
		if taken == 0 || givenBack == 0 {
			t.Errorf("taken %d and given back %d of %d, want some of both", taken, givenBack, rounds)
		}
	})
}

// TestWhoLooksBeforeAndBoardsAfterFindsTheGrant has callers look into the store
// before a grant is there and board after its flight has ended.
func TestWhoLooksBeforeAndBoardsAfterFindsTheGrant(t *testing.T) {
	t.Parallel()
	for name, ask := range map[string]func(*Enforcer, ...*Declared) error{
		"one by one": func(e *Enforcer, ds ...*Declared) error {
			var errs []error
			for _, d := range ds {
				_, err := e.Authorize(someone(), d)
				errs = append(errs, err)
			}
			return errors.Join(errs...)
		},
		"in a batch": func(e *Enforcer, ds ...*Declared) error {
			var errs []error
			for _, r := range e.AuthorizeAll(someone(), ds) {
				errs = append(errs, r.Err)
			}
			return errors.Join(errs...)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				pdp := &countingPDP{uses: 9}
				e := lateEnforcer(t, pdp)
				defer e.Close()
				late, ok := e.grants.(lateStore)
				if !ok {
					t.Fatal("not the late store")
				}
				ds := []*Declared{declare(t, "env://secret/A"), declare(t, "env://secret/B")}
				done := make(chan error, 1)
				go func() { done <- ask(e, ds...) }()
				synctest.Wait() // it has looked for the first, and its answer is on its way
				for _, d := range ds {
					a := admitted(t, e, someone(), d)
					_, _ = late.localGrants.Add(context.Background(), a.key, Grant{ID: "g", Uses: 2, TTL: time.Hour}, 0)
				}
				if err := <-done; err != nil {
					t.Error(err)
				}
				if got := pdp.calls.Load(); got != 0 {
					t.Errorf("the PDP was asked %d times about what was granted", got)
				}
			})
		})
	}
}

// TestABatchLooksAgainBeforeItAsks has all that a batch wants granted between
// its look into the store and its question.
func TestABatchLooksAgainBeforeItAsks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pdp := &countingPDP{uses: 9}
		e := lateEnforcer(t, pdp)
		defer e.Close()
		late, _ := e.grants.(lateStore)
		ds := []*Declared{declare(t, "env://secret/A"), declare(t, "env://secret/B")}
		done := make(chan []Result, 1)
		go func() { done <- e.AuthorizeAll(someone(), ds) }()
		<-time.After(1500 * time.Millisecond) // it has looked for both
		for _, d := range ds {
			a := admitted(t, e, someone(), d)
			_, _ = late.localGrants.Add(context.Background(), a.key, Grant{ID: "g", Uses: 1, TTL: time.Hour}, 0)
		}
		for _, r := range <-done {
			if r.Err != nil || r.Permit.GrantID != "g" || r.Permit.Decided {
				t.Errorf("result %+v, want a use of the grant that was there", r)
			}
		}
		if got := pdp.calls.Load(); got != 0 {
			t.Errorf("the PDP was asked %d times about what was granted", got)
		}
	})
}

// TestWhoLooksBeforeAndBoardsAfterADenialIsDenied is the same for a denial.
func TestWhoLooksBeforeAndBoardsAfterADenialIsDenied(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pdp := &countingPDP{uses: 9}
		e := lateEnforcer(t, pdp)
		defer e.Close()
		e.limits.NegativeTTL = time.Hour
		d := declare(t, "env://secret/A")
		done := make(chan error, 1)
		go func() {
			_, err := e.Authorize(someone(), d)
			done <- err
		}()
		synctest.Wait()
		a := admitted(t, e, someone(), d)
		e.rememberDenial(t.Context(), a.key, Decision{ID: "d"}, e.clock.now())
		denied, ok := errors.AsType[*AuthzDeniedError](<-done)
		if !ok || !denied.Cached || denied.DecisionID != "d" || pdp.calls.Load() != 0 {
			t.Errorf("got %+v after %d questions, want the denial that is known", denied, pdp.calls.Load())
		}
	})
}

// TestWhoBoardsTooLateFindsTheGrant comes while uses are dealt.
func TestWhoBoardsTooLateFindsTheGrant(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pdp := &countingPDP{uses: 3}
		e := lateEnforcer(t, pdp)
		defer e.Close()
		d := declare(t, "env://secret/A")
		first := make(chan error, 1)
		go func() {
			_, err := e.Authorize(someone(), d)
			first <- err
		}()
		<-time.After(1500 * time.Millisecond) // looked again; the answer has not come
		going, cancel := context.WithTimeout(someone(), 1100*time.Millisecond)
		defer cancel()
		gone := make(chan error, 1)
		go func() {
			_, err := e.Authorize(going, d) // looks for a second, boards while uses are dealt, and goes
			gone <- err
		}()
		p, err := e.Authorize(someone(), d)
		if err != nil || p.GrantCached || p.Decided {
			t.Errorf("who came late got %+v, %v, want a use of the first one's grant", p, err)
		}
		if err := <-gone; !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("who went got %v, want its deadline", err)
		}
		if err := <-first; err != nil {
			t.Error(err)
		}
		if got := pdp.calls.Load(); got != 1 {
			t.Errorf("the PDP was asked %d times, want once", got)
		}
	})
}

func TestAFlightThatLandsLeavesTheNextOneOpen(t *testing.T) {
	t.Parallel()
	e := lateEnforcer(t, &countingPDP{uses: 2})
	e.grants = someGrants(100)
	a := admitted(t, e, someone(), declare(t, "env://secret/A"))
	a.capacity = 2
	var led []*flight
	for range 3 { // two fill the first, the third opens a second
		if f, _, leads := e.flights.board(a); leads {
			led = append(led, f)
		}
	}
	if len(led) != 2 {
		t.Fatalf("%d flights for three callers, two a flight", len(led))
	}
	e.settle(context.Background(), led[0], verdict{err: ErrDenied})
	if _, _, leads := e.flights.board(a); leads {
		t.Error("the flight with room for one more was closed to it")
	}
	e.settle(context.Background(), led[1], verdict{err: ErrDenied})
	if got := len(e.flights.open); got != 0 {
		t.Errorf("%d flights are remembered after all have landed", got)
	}
}

func TestPredecessorFaultP_WhatHasExpiredGoesWithoutTraffic(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := lateEnforcer(t, &countingPDP{uses: 9})
		defer e.Close()
		local := someGrants(100)
		e.grants, e.sweeps = local, append(e.sweeps, local.table.sweep)
		ctx := caller.NewContext(context.Background(), caller.Caller{
			Subject: "s", Audience: []string{"crud.secrets"}, ProofID: "canary-proof", X5T: "cert-A",
		})
		if _, err := e.Authorize(ctx, declare(t, "env://secret/A")); err != nil {
			t.Fatal(err)
		}
		ctx = caller.NewContext(context.Background(), caller.Caller{
			Subject: "s", Audience: []string{"crud.secrets"}, TokenID: "canary-token", X5T: "cert-A",
		})
		a := admitted(t, e, ctx, declare(t, "env://secret/A"))
		e.limits.NegativeTTL = time.Second
		e.rememberDenial(t.Context(), a.key, Decision{}, e.clock.now())
		replays, ok := e.replays.(localReplays)
		if !ok {
			t.Fatal("not the store of this process")
		}
		sizes := func() [5]int64 {
			return [5]int64{
				local.table.size.Load(), replays.claims.size.Load(), e.negatives.size.Load(),
				e.pins.tokens.size.Load(), e.pins.identities.size.Load(),
			}
		}
		if got := sizes(); got != [5]int64{1, 1, 1, 1, 1} {
			t.Fatalf("sizes %v, want one entry each", got)
		}
		<-time.After(time.Hour + sweepEvery)
		if got := sizes(); got != [5]int64{} {
			t.Errorf("sizes %v after everything expired, want none", got)
		}
	})
}

func TestOnlyAFreshAnswerTeachesHowManyItServes(t *testing.T) {
	t.Parallel()
	for _, fresh := range []bool{true, false} {
		waiting := []*waiter{{attempt: attempt{spends: true}}, {attempt: attempt{spends: true}}}
		v := verdict{fresh: fresh, grant: Grant{Uses: 1}}
		outcomes, left := v.dealTo(waiting, waiting[0])
		if left != 0 || outcomes[0].again || !outcomes[1].again {
			t.Errorf("one use for two: %+v, %d left", outcomes, left)
		}
		if got := outcomes[1].capacity; got != 0 != fresh {
			t.Errorf("an answer that is fresh: %v, teaches a capacity of %d", fresh, got)
		}
	}
}

func TestGrantsOfKeysThatShareAHashAreToldApart(t *testing.T) {
	t.Parallel()
	ctx, l := context.Background(), someGrants(10)
	one, two := keyOf("s", "a"), keyOf("s", "b")
	one.hash, two.hash = 7, 7
	for _, key := range []Key{one, two} {
		if ok, _ := l.Add(ctx, key, Grant{ID: "g", Uses: 1, TTL: time.Hour}, 0); !ok {
			t.Fatal("no room")
		}
	}
	for _, key := range []Key{one, two} {
		if g, ok, _ := l.Spend(ctx, Attempt{Key: key}); !ok || g.Uses != 0 {
			t.Errorf("%s: %+v, %v, want its one use", key.Declaration.Value().Accessor, g, ok)
		}
		if _, ok, _ := l.Spend(ctx, Attempt{Key: key}); ok {
			t.Errorf("%s: spent the other's use", key.Declaration.Value().Accessor)
		}
	}
}

func TestAPinnedIdentityForgetsGrantsThatHaveExpired(t *testing.T) {
	t.Parallel()
	e := lateEnforcer(t, &countingPDP{uses: 1})
	a := admitted(t, e, someone(), declare(t, "env://secret/A"))
	who, have := a.note.unbound, caller.Binding{X5T: "cert-A"}
	hold := func(id string, until, now int64) DriftCode {
		return e.pins.hold(who, have, id, held{until, a.declared.handle}, now)
	}
	for i, id := range []string{"a", "b", "c"} {
		if code := hold(id, int64(10+i), int64(i)); code != "" {
			t.Fatalf("hold: %s", code)
		}
	}
	for i, now := range []int64{5, 13} { // at 13 the first three have expired
		if code := hold("long", int64(50*(i+1)), now); code != "" {
			t.Fatalf("hold: %s", code)
		}
	}
	if code := hold("short", 20, 14); code != "" {
		t.Fatalf("hold: %s", code)
	}
	e.pins.release(who, "short", 15)
	e.pins.identities.sweep(15)
	for i := range e.pins.identities.shards {
		for n := range e.pins.identities.shards[i].all() {
			if got := len(n.value.held); n.live(15) && got != 1 {
				t.Errorf("remembers %d grants, want the live one", got)
			}
		}
	}
	if code := hold("short", 20, 16); code != "" {
		t.Fatalf("hold: %s", code)
	}
	if e.pins.agree(who, caller.Binding{}, 99) || !e.pins.agree(who, caller.Binding{}, 100) {
		t.Error("the pin does not end with the last grant")
	}
}
