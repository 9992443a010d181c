package runtime_test

import (
	"context"
	"errors"
	goruntime "runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/providers"
)

// slow is a store over a network whose reads wait for the test.
type slow struct {
	reads    atomic.Int32
	answer   chan error // what a read ends with
	ended    atomic.Int32
	deaf     bool // it does not listen to its context
	document func() (providers.Document, error)
}

func newSlow() *slow {
	return &slow{answer: make(chan error), document: func() (providers.Document, error) { return text(`{"a":"one","b":"two"}`) }}
}

func (s *slow) stub() *stub {
	return &stub{read: func(ctx context.Context, _ providers.Location) (providers.Document, error) {
		s.reads.Add(1)
		defer s.ended.Add(1)
		done := ctx.Done()
		if s.deaf {
			done = nil
		}
		select {
		case err := <-s.answer:
			if err != nil {
				return providers.Document{}, err
			}
			return s.document()
		case <-done:
			return providers.Document{}, ctx.Err()
		}
	}}
}

// keysOf binds two keys of one document, and one of another.
func keysOf(t *testing.T, s *stub, pdp pep.PDP) map[string]runtime.Handle[string] {
	t.Helper()
	_, handles := openAll(t, s.factory(), pdp,
		runtime.Declaration{Accessor: "a", URI: stubRef + "#a"},
		runtime.Declaration{Accessor: "b", URI: stubRef + "#b"},
		runtime.Declaration{Accessor: "other", URI: "env://secret/OTHER#a"},
	)
	return handles
}

// result is what a read came to.
type result struct {
	value string
	err   error
}

// reading starts a read.
func reading(ctx context.Context, h runtime.Handle[string]) <-chan result {
	out := make(chan result, 1)
	go func() {
		secret, err := h.Read(ctx)
		out <- result{secret.Reveal(), err}
	}()
	return out
}

func TestKeysOfOneDocumentAreReadOnceAtAMoment(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSlow()
		handles := keysOf(t, s.stub(), permits{})
		var reads []<-chan result
		want := map[string]string{"a": "one", "b": "two"}
		accessors := []string{"a", "b", "a", "b", "b"}
		for _, accessor := range accessors {
			reads = append(reads, reading(t.Context(), handles[accessor]))
		}
		elsewhere := reading(t.Context(), handles["other"])
		synctest.Wait()
		if n := s.reads.Load(); n != 2 {
			t.Errorf("%d reads are under way of two documents", n)
		}
		close(s.answer)
		for i, accessor := range accessors {
			if got := <-reads[i]; got.err != nil || got.value != want[accessor] {
				t.Errorf("%s: another value, or %v", accessor, got.err)
			}
		}
		if got := <-elsewhere; got.err != nil {
			t.Error(got.err)
		}
		if _, err := handles["a"].Read(t.Context()); err != nil || s.reads.Load() != 3 {
			t.Errorf("a later read: %v, after %d reads, want one of its own", err, s.reads.Load())
		}
	})
}

func TestLoadBoardsAReadThatIsUnderWay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSlow()
		set, handles := openAll(t, s.stub().factory(), permits{}, runtime.Declaration{Accessor: "a", URI: stubRef + "#a"}, runtime.Declaration{Accessor: "b", URI: stubRef + "#b"})
		single := reading(t.Context(), handles["a"])
		loaded := make(chan *runtime.Loaded)
		go func() {
			l, err := set.Load(t.Context())
			if err != nil {
				t.Error(err)
			}
			loaded <- l
		}()
		synctest.Wait()
		close(s.answer)
		l := <-loaded
		if runtime.Take(l, handles["a"]).Reveal() != "one" || runtime.Take(l, handles["b"]).Reveal() != "two" || l.Err() != nil {
			t.Errorf("Load gave other values, or %v", l.Err())
		}
		if got := <-single; got.value != "one" || s.reads.Load() != 1 {
			t.Errorf("the read under way: %v, %d reads, want 1", got.err, s.reads.Load())
		}
	})
}

// denying is a PDP that denies one accessor.
type denying string

func (d denying) Decide(_ context.Context, r pep.Request) (pep.Decision, error) {
	return pep.Decision{Permit: r.Resource.Accessor != string(d)}, nil
}

func TestOneWhoIsDeniedBoardsNoFlight(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSlow()
		handles := keysOf(t, s.stub(), denying("b"))
		permitted := reading(t.Context(), handles["a"])
		synctest.Wait()
		if _, err := handles["b"].Read(t.Context()); !errors.Is(err, runtime.ErrDenied) {
			t.Errorf("beside a read of the same document: %v", err)
		}
		close(s.answer)
		if got := <-permitted; got.value != "one" {
			t.Errorf("the read that was permitted: %v", got.err)
		}
	})
}

func TestACallerLeavesAtOnceAndTheOthersAreServed(t *testing.T) {
	t.Parallel()
	for name, leaves := range map[string]int{"the first": 0, "the last": 2} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newSlow()
				s.deaf = true
				handles := keysOf(t, s.stub(), permits{})
				var reads []<-chan result
				var stops []context.CancelFunc
				for range 3 {
					ctx, cancel := context.WithCancel(t.Context())
					defer cancel()
					stops, reads = append(stops, cancel), append(reads, reading(ctx, handles["a"]))
					synctest.Wait()
				}
				stops[leaves]()
				if got := <-reads[leaves]; got.err != context.Canceled { //nolint:errorlint // bare is what is promised
					t.Errorf("who left: %v", got.err)
				}
				close(s.answer)
				for i, read := range reads {
					if i == leaves {
						continue
					}
					if got := <-read; got.value != "one" {
						t.Errorf("who stayed: %v", got.err)
					}
				}
				if n := s.reads.Load(); n != 1 {
					t.Errorf("%d reads, want 1", n)
				}
			})
		})
	}
}

func TestAReadThatNobodyWaitsForIsCanceled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSlow()
		handles := keysOf(t, s.stub(), permits{})
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		reads := []<-chan result{reading(ctx, handles["a"]), reading(ctx, handles["b"])}
		for _, read := range reads {
			if got := <-read; got.err != context.DeadlineExceeded { //nolint:errorlint // bare is what is promised
				t.Errorf("got %v", got.err)
			}
		}
		synctest.Wait()
		if s.reads.Load() != 1 || s.ended.Load() != 1 {
			t.Errorf("%d of %d reads have ended", s.ended.Load(), s.reads.Load())
		}
		fresh := reading(t.Context(), handles["a"])
		close(s.answer)
		if got := <-fresh; got.err != nil || s.reads.Load() != 2 {
			t.Errorf("who comes later: %v, after %d reads", got.err, s.reads.Load())
		}
	})
}

func TestAReadTakesNoCallersOnceItIsASecondOld(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSlow()
		handles := keysOf(t, s.stub(), permits{})
		var reads []<-chan result
		for _, wait := range []time.Duration{0, time.Second - 1, 1, time.Second - 1} {
			time.Sleep(wait) //nolint:forbidigo // in a synctest bubble
			reads = append(reads, reading(t.Context(), handles["a"]))
			synctest.Wait()
		}
		if n := s.reads.Load(); n != 2 {
			t.Errorf("%d reads are under way, want one of each second", n)
		}
		for range 2 {
			s.answer <- nil
		}
		for _, read := range reads {
			if got := <-read; got.err != nil {
				t.Error(got.err)
			}
		}
	})
}

func TestWhateverAProviderDoesItsCallersGetAnErrorThatIsNotKept(t *testing.T) {
	t.Parallel()
	malformed := func(err error) bool {
		failure, ok := errors.AsType[*runtime.ProviderError](err)
		return ok && failure.Code == providers.Malformed
	}
	for name, tt := range map[string]struct {
		does func() (providers.Document, error)
		want func(error) bool
	}{
		"it panics":             {func() (providers.Document, error) { panic("canary") }, malformed},
		"it ends its goroutine": {func() (providers.Document, error) { goruntime.Goexit(); return text("canary") }, malformed},
		"it fails":              {func() (providers.Document, error) { return providers.Document{}, errors.New("canary") }, isA[*runtime.ProviderError]},
		"it says absent":        {func() (providers.Document, error) { return providers.Absent(), nil }, isA[*runtime.SecretNotFoundError]},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newSlow()
				s.document = tt.does
				handles := keysOf(t, s.stub(), permits{})
				reads := []<-chan result{reading(t.Context(), handles["a"]), reading(t.Context(), handles["b"])}
				synctest.Wait()
				s.answer <- nil
				for i, read := range reads {
					got := <-read
					if !tt.want(got.err) || got.value != "" {
						t.Errorf("read %d: a value, or %v", i, got.err)
					}
				}
				s.document = func() (providers.Document, error) { return text(`{"a":"one"}`) }
				again := reading(t.Context(), handles["a"])
				s.answer <- nil
				if got := <-again; got.value != "one" {
					t.Errorf("the next read: %v", got.err)
				}
			})
		})
	}
}

func TestCloseWaitsForAReadThatNobodyWaitsFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSlow()
		s.deaf = true
		stub := s.stub()
		stub.close = func(context.Context) error {
			if s.ended.Load() != 1 {
				t.Error("the provider was closed under a read")
			}
			return nil
		}
		client, err := runtime.New(t.Context(), stubConfig(), stub.factory(), pep.Extension{PDP: permits{}})
		if err != nil {
			t.Fatal(err)
		}
		_, handles := bindAll(t, client, runtime.Declaration{Accessor: "a", URI: stubRef})
		ctx, cancel := context.WithCancel(t.Context())
		read := reading(ctx, handles["a"])
		synctest.Wait()
		cancel()
		<-read
		closed := make(chan error)
		go func() { closed <- client.Close(t.Context()) }()
		synctest.Wait()
		select {
		case <-closed:
			t.Error("Close did not wait")
		default:
		}
		s.answer <- nil
		if err := <-closed; err != nil {
			t.Error(err)
		}
	})
}

// waiting is a PDP that answers when a test lets it.
type waiting chan struct{}

func (w waiting) Decide(context.Context, pep.Request) (pep.Decision, error) {
	<-w
	return pep.Decision{Permit: true}, nil
}

// TestCloseWaitsForAReadThatBeginsAfterIt has a caller whose permit comes while the
// client closes, and who then leaves.
func TestCloseWaitsForAReadThatBeginsAfterIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, pdp := newSlow(), make(waiting)
		s.deaf = true
		client, err := runtime.New(t.Context(), stubConfig(), s.stub().factory(), pep.Extension{PDP: pdp})
		if err != nil {
			t.Fatal(err)
		}
		_, handles := bindAll(t, client, runtime.Declaration{Accessor: "a", URI: stubRef})
		ctx, leave := context.WithCancel(t.Context())
		read := reading(ctx, handles["a"])
		synctest.Wait()
		closed := make(chan error, 1)
		go func() { closed <- client.Close(t.Context()) }()
		synctest.Wait()
		close(pdp)
		synctest.Wait()
		leave()
		<-read
		synctest.Wait()
		if len(closed) > 0 {
			t.Error("Close did not wait for the read")
		}
		s.answer <- nil
		if err := <-closed; err != nil {
			t.Error(err)
		}
	})
}

func TestAStormOfCallersWhoComeAndGoIsServed(t *testing.T) {
	t.Parallel()
	var under, reads atomic.Int32
	s := &stub{read: func(ctx context.Context, _ providers.Location) (providers.Document, error) {
		reads.Add(1)
		under.Add(1)
		defer under.Add(-1)
		goruntime.Gosched()
		if ctx.Err() != nil {
			return providers.Document{}, ctx.Err()
		}
		return text(`{"a":"one","b":"two"}`)
	}}
	client, err := runtime.New(t.Context(), stubConfig(), s.factory(), pep.Extension{PDP: endless{}})
	if err != nil {
		t.Fatal(err)
	}
	_, handles := bindAll(t, client, runtime.Declaration{Accessor: "a", URI: stubRef + "#a"}, runtime.Declaration{Accessor: "b", URI: stubRef + "#b"})
	var wg sync.WaitGroup
	const callers, each = 32, 200
	for i := range callers {
		accessor, want := "a", "one"
		if i%2 == 0 {
			accessor, want = "b", "two"
		}
		wg.Go(func() {
			for n := range each {
				ctx, cancel := context.WithCancel(t.Context())
				if n%4 == 0 {
					go cancel()
				}
				secret, err := handles[accessor].Read(ctx)
				if canceled := n%4 == 0 && errors.Is(err, context.Canceled); !canceled && (err != nil || secret.Reveal() != want) {
					t.Errorf("%s: another value, or %v", accessor, err)
				}
				cancel()
			}
		})
	}
	wg.Wait()
	if err := client.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if under.Load() != 0 || reads.Load() > callers*each {
		t.Errorf("%d reads are left of %d", under.Load(), reads.Load())
	}
}
