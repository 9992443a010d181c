package runtime_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/audit"
	"github.com/secretsgen/secretsgen/runtime/observe"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/providers"
)

func TestStateShowsGrantsBreakersAndSinks(t *testing.T) {
	t.Parallel()
	w, sink := &watcher{}, &recording{}
	var tell func(providers.Notice)
	s := &stub{read: func(context.Context, providers.Location) (providers.Document, error) { return text("canary") }}
	factory := s.factory()
	factory.Open = func(_ context.Context, in providers.Instance) (providers.Provider, error) {
		tell = in.Tell
		return s, nil
	}
	declarations := []runtime.Declaration{{Accessor: "stub", URI: stubRef}}
	client, err := runtime.New(t.Context(), stubConfig(), factory, sink.factory(), runtime.Declared(declarations),
		pep.Extension{PDP: &refusing{}}, observe.Extension{Observers: []observe.Observer{w}})
	if err != nil {
		t.Fatal(err)
	}
	_, handles := bindAll(t, client, declarations...)
	for range 2 {
		read(t, handles["stub"])
	}
	tell(providers.LoggedIn)
	if err := client.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	state := w.state()
	want := observe.Grants{Table: state.Grants.Table, Hits: 1, Misses: 1, Spent: 1}
	if diff := cmp.Diff(want, state.Grants); diff != "" {
		t.Errorf("grants (-want +got):\n%s", diff)
	}
	breakers := func(state string) []observe.Breaker {
		return []observe.Breaker{{Name: "pdp", State: "closed"}, {Name: "env", State: state}}
	}
	if diff := cmp.Diff(breakers("closed"), state.Breakers); diff != "" {
		t.Errorf("breakers (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]observe.Sink{{Name: "recording", Capacity: 2048, Written: 4}}, state.Sinks); diff != "" {
		t.Errorf("sinks (-want +got):\n%s", diff)
	}
	for notice, state := range map[providers.Notice]string{
		providers.BreakerOpened: "open", providers.BreakerProbing: "half-open", providers.BreakerClosed: "closed",
	} {
		tell(notice)
		if diff := cmp.Diff(breakers(state), w.state().Breakers); diff != "" {
			t.Errorf("after %s (-want +got):\n%s", notice, diff)
		}
	}
	if err := client.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestStateIsReadWhileAProviderIsMadeAndClosed reads the state from within, as a
// scrape does that comes meanwhile: what collects metrics must not wait for a
// provider, which could be waiting for what collects them.
func TestStateIsReadWhileAProviderIsMadeAndClosed(t *testing.T) {
	t.Parallel()
	w := &watcher{}
	var seen [][]observe.Breaker
	look := func() { seen = append(seen, w.state().Breakers) }
	s := &stub{
		read:  func(context.Context, providers.Location) (providers.Document, error) { return text("canary") },
		close: func(context.Context) error { look(); return nil },
	}
	factory := s.factory()
	factory.Open = func(context.Context, providers.Instance) (providers.Provider, error) {
		look()
		return s, nil
	}
	client, err := runtime.New(t.Context(), stubConfig(), factory, pep.Extension{PDP: permits{}}, observe.Extension{Observers: []observe.Observer{w}})
	if err != nil {
		t.Fatal(err)
	}
	ref, err := client.Parse(stubRef)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := runtime.Resolve[string](t.Context(), client, ref); err != nil {
		t.Fatal(err)
	}
	if err := client.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := [][]observe.Breaker{
		{{Name: "pdp", State: "closed"}},
		{{Name: "pdp", State: "closed"}, {Name: "env", State: "closed"}},
	}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("breakers (-want +got):\n%s", diff)
	}
}

// TestBreakersAreShownByNameFromTheFirstNotice of providers of which one says how it is
// while it is made.
func TestBreakersAreShownByNameFromTheFirstNotice(t *testing.T) {
	t.Parallel()
	w, s := &watcher{}, &stub{}
	factory := s.factory()
	factory.Schemes = []string{"yaml", "file", "env"}
	factory.Open = func(_ context.Context, in providers.Instance) (providers.Provider, error) {
		if in.Scheme == "file" {
			in.Tell(providers.BreakerOpened)
		}
		return s, nil
	}
	client, err := runtime.New(t.Context(), stubConfig(), factory, pep.Extension{PDP: permits{}}, observe.Extension{Observers: []observe.Observer{w}},
		runtime.Declared([]runtime.Declaration{{Accessor: "a", URI: "yaml://secret/a"}, {Accessor: "b", URI: "file://secret/b"}, {Accessor: "c", URI: stubRef}}))
	if err != nil {
		t.Fatal(err)
	}
	want := []observe.Breaker{{Name: "pdp", State: "closed"}, {Name: "env", State: "closed"}, {Name: "file", State: "open"}, {Name: "yaml", State: "closed"}}
	if diff := cmp.Diff(want, w.state().Breakers); diff != "" {
		t.Errorf("breakers (-want +got):\n%s", diff)
	}
	if err := client.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestALocalProviderHasNoBreaker whatever it says.
func TestALocalProviderHasNoBreaker(t *testing.T) {
	t.Parallel()
	w, s := &watcher{}, &stub{}
	factory := s.factory()
	factory.Local = true
	factory.Open = func(_ context.Context, in providers.Instance) (providers.Provider, error) {
		in.Tell(providers.BreakerOpened)
		return s, nil
	}
	watched(t, w, factory, runtime.Declaration{Accessor: "stub", URI: stubRef}, func(*runtime.Config) {})
	if diff := cmp.Diff([]observe.Breaker{{Name: "pdp", State: "closed"}}, w.state().Breakers); diff != "" {
		t.Errorf("breakers (-want +got):\n%s", diff)
	}
}

// TestWhatBecomesOfEventsAfterCloseGaveUpIsStillSeen holds that the last look at the state is
// taken when nothing changes it any more.
func TestWhatBecomesOfEventsAfterCloseGaveUpIsStillSeen(t *testing.T) {
	t.Parallel()
	w, sink := &watcher{}, stuck{make(chan struct{})}
	s := &stub{read: func(context.Context, providers.Location) (providers.Document, error) { return text("canary") }}
	handle, client := stubHandle(t, s, observe.Extension{Observers: []observe.Observer{w}},
		audit.Factory{Name: "hanging", Always: true, Open: func(context.Context, audit.Instance, string) (audit.Sink, error) { return sink, nil }})
	for range 1000 {
		read(t, handle)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := client.Close(ctx); err == nil {
		t.Error("closed with a sink that is stuck")
	}
	if w.shut != 0 {
		t.Error("the state is looked at no more, while it changes")
	}
	close(sink.release)
	_ = client.Close(t.Context())
	if w.shut != 1 || len(w.last.Sinks) != 1 {
		t.Fatalf("shut %d times with %+v", w.shut, w.last)
	}
	if last := w.last.Sinks[0]; last.Waiting != 0 || last.Written+last.Dropped+last.Failed != 2000 {
		t.Errorf("at last %+v", last)
	}
}
