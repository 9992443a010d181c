package runtime_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/decode"
	"github.com/secretsgen/secretsgen/runtime/observe"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/providers"
)

// watched is a client with one declaration, which w watches.
func watched(t *testing.T, w observe.Observer, factory providers.Factory, d runtime.Declaration, change func(*runtime.Config)) *runtime.Set { //nolint:gocritic // a factory as it is passed
	t.Helper()
	cfg := stubConfig()
	change(&cfg)
	client, err := runtime.New(t.Context(), cfg, factory, pep.Extension{PDP: permits{}}, runtime.Declared([]runtime.Declaration{d}),
		observe.Extension{Observers: []observe.Observer{w}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := client.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return runtime.NewSet(client, []runtime.Declaration{d})
}

func TestReadsThatGiveWhatIsThereOrNothingAreToldApart(t *testing.T) {
	t.Parallel()
	w, s := &watcher{}, &stub{}
	set := watched(t, w, s.factory(), runtime.Declaration{Accessor: "stub", URI: stubRef, Cache: time.Hour}, func(*runtime.Config) {})
	handle := runtime.Bind(set, "stub", decode.Optional(decode.String))
	read := func() {
		t.Helper()
		if _, err := handle.Read(t.Context()); err != nil {
			t.Error(err)
		}
	}
	s.read = func(context.Context, providers.Location) (providers.Document, error) {
		return providers.Document{}, &providers.SecretNotFoundError{}
	}
	read()
	s.read = func(context.Context, providers.Location) (providers.Document, error) { return text("canary") }
	read()
	read()
	var got []string
	for _, line := range w.since() {
		if strings.HasPrefix(line, "read stub") || strings.HasPrefix(line, "resolve:") {
			got = append(got, line)
		}
	}
	want := []string{
		"read stub allow absent", "resolve: allow absent", "read stub allow", "resolve: allow", "read stub allow kept", "resolve: allow kept",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}

func TestACallOfAProviderIsToldOfByWhyItFailed(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		err  error
		want string
	}{
		"a deadline of its own":  {fmt.Errorf("canary: %w", context.DeadlineExceeded), "provider_unavailable"},
		"a client that closes":   {fmt.Errorf("canary: %w", providers.ErrClosed), "closed"},
		"a caller that has gone": {nil, "canceled"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := &watcher{}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			s := &stub{read: func(ctx context.Context, _ providers.Location) (providers.Document, error) {
				if tt.err != nil {
					return providers.Document{}, tt.err
				}
				cancel()
				<-ctx.Done()
				return providers.Document{}, &providers.ProviderError{Code: providers.Unavailable}
			}}
			factory := s.factory()
			factory.Local = true // so that it is called under the caller's context
			handle := runtime.Bind(watched(t, w, factory, runtime.Declaration{Accessor: "stub", URI: stubRef}, func(*runtime.Config) {}), "stub", stringDecoder)
			_, _ = handle.Read(ctx)
			if told := w.since(); !slices.Contains(told, "  read: error "+tt.want) || !slices.Contains(told, "resolve: error "+tt.want) {
				t.Errorf("told %q, want %s", told, tt.want)
			}
		})
	}
}

// describing is a store that tells metadata alone.
type describing struct{ *stub }

func (describing) ReadMetadata(context.Context, providers.Location) (providers.Metadata, error) {
	return providers.Metadata{Version: 5}, nil
}

func TestALookAtMetadataIsToldOfWithItsVersion(t *testing.T) {
	t.Parallel()
	w := &watcher{}
	s := describing{&stub{read: func(context.Context, providers.Location) (providers.Document, error) { return text("canary") }}}
	factory := s.factory()
	factory.Open = func(context.Context, providers.Instance) (providers.Provider, error) { return s, nil }
	set := watched(t, w, factory, runtime.Declaration{Accessor: "stub", URI: stubRef}, func(cfg *runtime.Config) { cfg.PDP.ResourceAttributes = true })
	if _, err := runtime.Bind(set, "stub", stringDecoder).Read(t.Context()); err != nil {
		t.Fatal(err)
	}
	if told := w.since(); !slices.Contains(told, "  read_metadata: allow v5") {
		t.Errorf("told %q", told)
	}
}

// turn keeps in which order the ends of observers are called.
type turn struct {
	name string
	ends *[]string
}

func (e turn) Begin(ctx context.Context, op observe.Operation, _ observe.About) (context.Context, observe.End) {
	return ctx, func(observe.Outcome) {
		if op == observe.Resolve {
			*e.ends = append(*e.ends, e.name)
		}
	}
}

func TestTheSpanThatBeganLastEndsFirst(t *testing.T) {
	t.Parallel()
	var ends []string
	s := &stub{read: func(context.Context, providers.Location) (providers.Document, error) { return text("canary") }}
	handle, client := stubHandle(t, s, observe.Extension{Observers: []observe.Observer{turn{"outer", &ends}, turn{"inner", &ends}}})
	read(t, handle)
	if diff := cmp.Diff([]string{"inner", "outer"}, ends); diff != "" {
		t.Errorf("ends (-want +got):\n%s", diff)
	}
	if err := client.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// abouts keeps what everything is said to be about.
type abouts struct{ all []observe.About }

func (a *abouts) OnOperation(_ context.Context, op observe.Operation, about observe.About, _ observe.Outcome, _ time.Duration) {
	if op == observe.Resolve {
		a.all = append(a.all, about)
	}
}
func (a *abouts) OnDecision(about observe.About, _ observe.Outcome) { a.all = append(a.all, about) }
func (a *abouts) OnRead(about observe.About, _ observe.Outcome)     { a.all = append(a.all, about) }

func TestAReadItsDecisionAndItsEndAreAboutTheSame(t *testing.T) {
	t.Parallel()
	for _, local := range []bool{true, false} {
		a := &abouts{}
		s := &stub{read: func(context.Context, providers.Location) (providers.Document, error) { return text("canary") }}
		factory := s.factory()
		factory.Local = local
		secret, err := runtime.Bind(watched(t, a, factory, runtime.Declaration{Accessor: "stub", URI: stubRef}, func(*runtime.Config) {}), "stub", stringDecoder).Read(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		about := observe.About{Accessor: "stub", ResourceRef: secret.Ref(), Provider: "env", Local: local}
		if diff := cmp.Diff([]observe.About{about, about, about}, a.all); diff != "" {
			t.Errorf("about (-want +got):\n%s", diff)
		}
	}
}
