package runtime_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/providers"
)

// alice is a request of somebody's.
func alice(ctx context.Context) context.Context {
	return caller.NewContext(ctx, caller.Caller{Subject: "alice", Type: caller.User, Tenant: "t"})
}

type span struct{}

// TestASharedReadIsNobodysOwn has a provider look at whose context it is, for a
// shared read, a wrapped one and one of metadata.
func TestASharedReadIsNobodysOwn(t *testing.T) {
	t.Parallel()
	var looks atomic.Int32
	look := func(ctx context.Context) {
		looks.Add(1)
		if who, ok := caller.FromContext(ctx); ok {
			t.Errorf("the provider sees %s", who.Subject)
		}
		if ctx.Value(span{}) != "of the first" {
			t.Error("the values of the first caller are lost")
		}
	}
	store := &telling{
		stub: stub{read: func(ctx context.Context, _ providers.Location) (providers.Document, error) {
			look(ctx)
			return text("canary")
		}},
		metadata: func(ctx context.Context, _ providers.Location) (providers.Metadata, error) {
			look(ctx)
			return providers.Metadata{}, nil
		},
	}
	cfg := attributesConfig()
	factory := served(&tellingWrapper{store}, "acme+kv")
	client, err := runtime.New(t.Context(), cfg, factory, pep.Extension{PDP: permits{}})
	if err != nil {
		t.Fatal(err)
	}
	_, handles := bindAll(t, client,
		runtime.Declaration{Accessor: "plain", URI: "acme+kv://secret/a"},
		runtime.Declaration{Accessor: "wrapped", URI: "acme+kv://secret/a", ResponseWrap: time.Minute},
	)
	ctx := alice(context.WithValue(t.Context(), span{}, "of the first"))
	for accessor, h := range handles {
		if _, err := h.Read(ctx); err != nil {
			t.Errorf("%s: %v", accessor, err)
		}
	}
	if looks.Load() != 3 {
		t.Errorf("%d looks, want one of the metadata and one of each value", looks.Load())
	}
	if err := client.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// tellingWrapper can wrap as well.
type tellingWrapper struct{ *telling }

func (w *tellingWrapper) ReadWrapped(ctx context.Context, at providers.Location, _ time.Duration) (providers.Document, error) {
	return w.Read(ctx, at)
}

// TestAProviderReadsThroughTheClientAsTheProcess has a store log in with a secret
// of another document, which nobody but the process may read.
func TestAProviderReadsThroughTheClientAsTheProcess(t *testing.T) {
	t.Parallel()
	var login runtime.Handle[string]
	s := &stub{read: func(ctx context.Context, at providers.Location) (providers.Document, error) {
		if at.Path == "LOGIN" {
			return text("canary")
		}
		if _, err := login.Read(ctx); err != nil {
			return providers.Document{}, &providers.ProviderError{Code: providers.Denied}
		}
		return text("canary")
	}}
	sink := &recording{}
	client, err := runtime.New(t.Context(), stubConfig(), s.factory(), sink.factory(), pep.Extension{PDP: processOnly("login")})
	if err != nil {
		t.Fatal(err)
	}
	_, handles := bindAll(t, client, runtime.Declaration{Accessor: "a", URI: stubRef}, runtime.Declaration{Accessor: "login", URI: "env://secret/LOGIN"})
	login = handles["login"]
	if _, err := handles["a"].Read(alice(t.Context())); err != nil {
		t.Error(err)
	}
	if err := client.Close(t.Context()); err != nil {
		t.Error(err)
	}
	for _, e := range sink.kept() {
		if want := map[string]string{"a": "alice", "login": "test"}[e.Accessor]; e.Subject != want {
			t.Errorf("the event of %s is %s's, want %s's", e.Accessor, e.Subject, want)
		}
	}
}

// processOnly is a PDP that permits one accessor to the process alone.
type processOnly string

func (p processOnly) Decide(_ context.Context, r pep.Request) (pep.Decision, error) {
	return pep.Decision{Permit: r.Resource.Accessor != string(p) || r.Subject.ID == "test"}, nil
}

// TestAProviderThatWaitsForItselfFails has providers read, through the client, what
// they are asked for: directly, and by way of each other, in the plain and wrapped.
// Two callers come from two sides.
func TestAProviderThatWaitsForItselfFails(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		next map[string]string // what the provider of a document reads for it
		fits bool
	}{
		"directly":              {next: map[string]string{"A": "A", "B": "B"}},
		"by way of another":     {next: map[string]string{"A": "B", "B": "A"}},
		"by way of two others":  {next: map[string]string{"A": "B", "B": "C", "C": "A"}},
		"somewhere on the way":  {next: map[string]string{"A": "C", "B": "C", "C": "C"}},
		"but not one that ends": {next: map[string]string{"A": "C", "B": "C"}, fits: true},
	} {
		for _, wrap := range []time.Duration{0, time.Minute} {
			t.Run(name+" "+wrap.String(), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					var handles map[string]runtime.Handle[string]
					w, factory := wrapper("canary")
					w.read = func(ctx context.Context, at providers.Location) (providers.Document, error) {
						time.Sleep(100 * time.Millisecond) //nolint:forbidigo // in a synctest bubble
						if inner, ok := tt.next[at.Path]; ok {
							if _, err := handles[inner].Read(ctx); err != nil {
								return providers.Document{}, err
							}
						}
						return text("canary")
					}
					_, handles = openAll(t, factory, permits{},
						runtime.Declaration{Accessor: "A", URI: "env://secret/A"},
						runtime.Declaration{Accessor: "B", URI: "env://secret/B", ResponseWrap: wrap},
						runtime.Declaration{Accessor: "C", URI: "env://secret/C", ResponseWrap: wrap},
					)
					ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
					defer cancel()
					for accessor, read := range map[string]<-chan result{"A": reading(ctx, handles["A"]), "B": reading(ctx, handles["B"])} {
						got := <-read
						failure, ok := errors.AsType[*runtime.ProviderError](got.err)
						if refused := ok && failure.Code == providers.Misconfigured && failure.Accessor == accessor; refused == tt.fits {
							t.Errorf("%s: got %v", accessor, got.err)
						}
					}
				})
			})
		}
	}
}

// TestAProviderReadsTheSamePathOfAnotherStore has a store log in with what another
// has under the same name.
func TestAProviderReadsTheSamePathOfAnotherStore(t *testing.T) {
	t.Parallel()
	var login runtime.Handle[string]
	outer := served(&stub{read: func(ctx context.Context, _ providers.Location) (providers.Document, error) {
		if _, err := login.Read(ctx); err != nil {
			return providers.Document{}, err
		}
		return text("canary")
	}}, "acme+kv")
	inner := (&stub{read: func(context.Context, providers.Location) (providers.Document, error) { return text("canary") }}).factory()
	inner.Package = "example.com/inner"
	client, err := runtime.New(t.Context(), stubConfig(), outer, inner, pep.Extension{PDP: permits{}})
	if err != nil {
		t.Fatal(err)
	}
	_, handles := bindAll(t, client, runtime.Declaration{Accessor: "outer", URI: "acme+kv://secret/STUB"}, runtime.Declaration{Accessor: "login", URI: stubRef})
	login = handles["login"]
	read(t, handles["outer"])
	if err := client.Close(t.Context()); err != nil {
		t.Error(err)
	}
}
