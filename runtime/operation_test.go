package runtime_test

import (
	"context"
	goruntime "runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/observe"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/providers"
)

// stopwatch keeps the operations that it is told of, and at which depth of a
// watcher they were.
type stopwatch struct{ watcher }

func (s *stopwatch) OnOperation(ctx context.Context, op observe.Operation, about observe.About, o observe.Outcome, took time.Duration) {
	depth, _ := ctx.Value(depthKey{}).(int)
	s.say("%s%s %s%s: %s in %v", strings.Repeat("  ", depth), op, about.Accessor, about.Provider, short(o), took)
}

// Begin hides that of the watcher: a stopwatch makes no spans.
func (*stopwatch) Begin() {}

func TestOperationsAreToldOfWhenTheyHaveEndedWithTheirTimes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &stub{read: func(context.Context, providers.Location) (providers.Document, error) {
			time.Sleep(3 * time.Second) //nolint:forbidigo // in a synctest bubble
			return text("canary")
		}}
		alone, beside := &stopwatch{}, &stopwatch{}
		for _, observers := range [][]observe.Observer{{alone}, {beside, &watcher{}}} {
			handle, client := stubHandle(t, s, observe.Extension{Observers: observers})
			read(t, handle)
			if err := client.Close(t.Context()); err != nil {
				t.Error(err)
			}
		}
		want := []string{"decide stub: allow in 0s", "decision stub allow", "read env: allow in 3s", "read stub allow", "resolve stubenv: allow in 3s"}
		if diff := cmp.Diff(want, alone.since()); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
		got := beside.since()
		for _, under := range []string{"  resolve stubenv: allow in 3s", "    read env: allow in 3s"} {
			if !slices.Contains(got, under) {
				t.Errorf("told %q, want %q: the context is that of the span", got, under)
			}
		}
	})
}

// stopping is a store of grants that never returns to who asks.
type stopping struct {
	pep.GrantStore
	stop func()
}

func (s stopping) Spend(context.Context, pep.Attempt) (pep.Grant, bool, error) {
	s.stop()
	panic("unreachable")
}

func (s stopping) Live(context.Context, pep.Attempt) (pep.Grant, bool, error) {
	s.stop()
	panic("unreachable")
}

func TestAnOperationThatDoesNotReturnIsEnded(t *testing.T) {
	t.Parallel()
	for name, stop := range map[string]func(){"panic": func() { panic("canary") }, "exit": goruntime.Goexit} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := &watcher{}
			client, err := runtime.New(t.Context(), stubConfig(), (&stub{}).factory(),
				pep.Extension{PDP: permits{}, Grants: stopping{stop: stop}}, observe.Extension{Observers: []observe.Observer{w}})
			if err != nil {
				t.Fatal(err)
			}
			set, handles := bindAll(t, client, runtime.Declaration{Accessor: "stub", URI: stubRef})
			for _, do := range []func(){
				func() { _, _ = handles["stub"].Read(t.Context()) },
				func() { _, _ = set.Load(t.Context()) },
				func() { _ = set.Preflight(t.Context()) },
			} {
				var wg sync.WaitGroup
				wg.Go(func() {
					defer func() { _ = recover() }()
					do()
				})
				wg.Wait()
			}
			want := []string{
				"resolve stubenv", "resolve: error internal", "load ", "load: error internal", "preflight ", "preflight: error internal",
			}
			if diff := cmp.Diff(want, w.since()); diff != "" {
				t.Errorf("told (-want +got):\n%s", diff)
			}
			if err := client.Close(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestACallThatDoesNotReturnIsNotAnswered(t *testing.T) {
	t.Parallel()
	w := &watcher{}
	s := &stub{read: func(context.Context, providers.Location) (providers.Document, error) { panic("canary") }}
	handle, client := stubHandle(t, s, observe.Extension{Observers: []observe.Observer{w}})
	_, _ = handle.Read(t.Context())
	if told := w.since(); !slices.Contains(told, "  read: error provider_malformed") {
		t.Errorf("told %q", told)
	}
	if err := client.Close(t.Context()); err != nil {
		t.Error(err)
	}
}
