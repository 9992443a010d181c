package runtime_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/secretsgen/secretsgen/runtime"
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

// TestNothingIsReadForACallerWhoHasGone ends a Load of more documents than are read
// side by side.
func TestNothingIsReadForACallerWhoHasGone(t *testing.T) {
	t.Parallel()
	for name, wrap := range map[string]time.Duration{"in the plain": 0, "wrapped": time.Minute} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newSlow()
				w, factory := wrapper("canary")
				w.stub = s.stub()
				declarations := make([]runtime.Declaration, 20)
				for i := range declarations {
					declarations[i] = runtime.Declaration{Accessor: fmt.Sprintf("a%d", i), URI: fmt.Sprintf("env://secret/A%d", i), ResponseWrap: wrap}
				}
				set, handles := openAll(t, factory, permits{}, declarations...)
				ctx, leave := context.WithCancel(t.Context())
				loads := make(chan *runtime.Loaded)
				go func() {
					loaded, err := set.Load(ctx)
					if err != nil {
						t.Error(err)
					}
					loads <- loaded
				}()
				synctest.Wait()
				under := s.reads.Load()
				leave()
				loaded := <-loads
				synctest.Wait()
				if n := s.reads.Load(); under == 0 || n != under {
					t.Errorf("%d reads, want the %d that were under way", n, under)
				}
				for _, handle := range handles {
					runtime.Take(loaded, handle)
				}
				if err := loaded.Err(); !errors.Is(err, context.Canceled) {
					t.Errorf("got %v", err)
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
