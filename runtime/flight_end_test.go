package runtime_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/providers"
)

// TestAReadThatWasStoppedTakesNobody has the only caller of a read leave, and
// another come while the provider has not noticed yet.
func TestAReadThatWasStoppedTakesNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSlow()
		s.deaf = true
		handles := keysOf(t, s.stub(), permits{})
		ctx, leave := context.WithCancel(t.Context())
		gone := reading(ctx, handles["a"])
		synctest.Wait()
		leave()
		<-gone
		second := reading(t.Context(), handles["a"])
		synctest.Wait()
		if n := s.reads.Load(); n != 2 {
			t.Errorf("%d reads, want one of its own for who comes later", n)
		}
		close(s.answer)
		if got := <-second; got.value != "one" {
			t.Errorf("who comes later: %v", got.err)
		}
	})
}


// TestNothingIsReadForACallerWhoHasGone has a live grant, which is spent without a
// look at the context.
func TestNothingIsReadForACallerWhoHasGone(t *testing.T) {
	t.Parallel()
	for name, obligations := range map[string]pep.Obligations{
		"in the plain": {MaxUses: 9},
		"wrapped":      {MaxUses: 9, ResponseWrap: time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w, factory := wrapper("canary")
				var reads atomic.Int32
				plain := w.read
				w.read = func(ctx context.Context, at providers.Location) (providers.Document, error) {
					reads.Add(1)
					return plain(ctx, at)
				}
				_, handles := openAll(t, factory, says{&pep.Decision{Permit: true, Obligations: obligations}}, runtime.Declaration{Accessor: "a", URI: stubRef})
				read(t, handles["a"])
				ctx, leave := context.WithCancel(t.Context())
				leave()
				if got := <-reading(ctx, handles["a"]); !errors.Is(got.err, context.Canceled) {
					t.Errorf("got %v", got.err)
				}
				synctest.Wait()
				if n := reads.Load(); n != 1 {
					t.Errorf("%d reads, want that of the first", n)
				}
			})
		})
	}
}

func TestTheContextOfAReadEndsWithIt(t *testing.T) {
	t.Parallel()
	var seen context.Context
	s := &stub{read: func(ctx context.Context, _ providers.Location) (providers.Document, error) {
		seen = ctx
		return text("canary")
	}}
	_, handles := openAll(t, s.factory(), permits{}, runtime.Declaration{Accessor: "a", URI: stubRef})
	read(t, handles["a"])
	if seen.Err() == nil {
		t.Error("what a provider left behind goes on")
	}
}

// TestTheErrorOfACallerWhoHasGoneIsNotTheLocalStores has a store that fails when
// its context ends, with an error of its own.
func TestTheErrorOfACallerWhoHasGoneIsNotTheLocalStores(t *testing.T) {
	t.Parallel()
	ctx, leave := context.WithCancel(t.Context())
	s := &stub{read: func(context.Context, providers.Location) (providers.Document, error) {
		leave()
		return providers.Document{}, &providers.ProviderError{Code: providers.Unavailable}
	}}
	factory := s.factory()
	factory.Local = true
	_, handles := openAll(t, factory, permits{}, runtime.Declaration{Accessor: "a", URI: stubRef})
	if _, err := handles["a"].Read(ctx); err != context.Canceled { //nolint:errorlint // bare is what is promised
		t.Errorf("got %v", err)
	}
}
