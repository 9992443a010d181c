package runtime_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/pep/pdptest"
	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/secretstest/leakcheck"
	"github.com/secretsgen/secretsgen/runtime/settings"
)

// telling is a stub that also tells of its documents.
type telling struct {
	stub
	metadata func(context.Context, providers.Location) (providers.Metadata, error)
}

func (s *telling) ReadMetadata(ctx context.Context, at providers.Location) (providers.Metadata, error) {
	return s.metadata(ctx, at)
}

// served is a factory of a provider under some schemes.
func served(p providers.Provider, schemes ...string) providers.Factory {
	return providers.Factory{
		Package: "example.com/stub",
		Schemes: schemes,
		Open:    func(context.Context, providers.Instance) (providers.Provider, error) { return p, nil },
	}
}

func attributesConfig() runtime.Config {
	cfg := stubConfig()
	cfg.PDP.ResourceAttributes = true
	return cfg
}

const kvScheme = "openbao+kv2"

// attributed is a client of a store, and what reads its one declaration.
func attributed(t *testing.T, store providers.Provider, pdp pep.PDP) (*runtime.Client, runtime.Handle[string]) {
	t.Helper()
	declarations := []runtime.Declaration{{Accessor: "api.token", URI: kvScheme + "://secret/myapp/api#token?version=3"}}
	client, err := runtime.New(t.Context(), attributesConfig(), runtime.Declared(declarations), served(store, kvScheme, "acme+kv"), pep.Extension{PDP: pdp})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close(context.Background()) })
	set := runtime.NewSet(client, declarations)
	handle := runtime.Bind(set, "api.token", stringDecoder)
	if err := set.Err(); err != nil {
		t.Fatal(err)
	}
	return client, handle
}

// TestThePDPIsToldWhatTheStoreKnowsAndNoValue has a store full of canaries.
func TestThePDPIsToldWhatTheStoreKnowsAndNoValue(t *testing.T) {
	t.Parallel()
	canary := leakcheck.NewCanary()
	var reads atomic.Int64
	store := &telling{
		stub: stub{read: func(context.Context, providers.Location) (providers.Document, error) {
			reads.Add(1)
			value := providers.NewValue(providers.Text, []byte(canary))
			return providers.Fields(map[string]providers.Value{"token": value}, providers.Metadata{Version: 3, Custom: map[string]string{"owner": canary}}), nil
		}},
		metadata: func(_ context.Context, at providers.Location) (providers.Metadata, error) {
			if want := (providers.Location{Mount: "secret", Path: "myapp/api", Version: 3}); at != want {
				t.Errorf("asked about %+v, want %+v", at, want)
			}
			return providers.Metadata{Version: 3, Custom: map[string]string{"owner": "team-payments", "created_by": "alice", "note": canary}}, nil
		},
	}
	pdp := pdptest.Func(func(context.Context, pep.Request) (pep.Decision, error) {
		if reads.Load() != 0 {
			t.Error("a value was read before the PDP was asked")
		}
		return pep.Decision{Permit: true}, nil
	})
	_, handle := attributed(t, store, pdp)
	secret, err := handle.Read(t.Context())
	if err != nil || secret.Reveal() != canary {
		t.Fatalf("Read: %v", err)
	}
	requests := pdp.Requests()
	if diff := cmp.Diff(&pep.ResourceAttributes{Owner: "team-payments", CreatedBy: "alice"}, requests[0].Context.ResourceAttributes); diff != "" {
		t.Errorf("attributes (-want +got):\n%s", diff)
	}
	sent, err := json.Marshal(requests)
	if err != nil {
		t.Fatal(err)
	}
	if forms := leakcheck.Find(sent, canary); forms != nil {
		t.Errorf("the question shows a value as %v", forms)
	}
}

func TestAFailureToLearnRefusesTheReadAndTellsNothing(t *testing.T) {
	t.Parallel()
	canary := leakcheck.NewCanary()
	for name, metadata := range map[string]func(context.Context, providers.Location) (providers.Metadata, error){
		"an error": func(context.Context, providers.Location) (providers.Metadata, error) {
			return providers.Metadata{Custom: map[string]string{"owner": canary}}, errors.New(canary)
		},
		"an error of the provider's": func(context.Context, providers.Location) (providers.Metadata, error) {
			return providers.Metadata{}, fmt.Errorf("%s: %w", canary, &runtime.ProviderError{Code: providers.Denied})
		},
		"a panic": func(context.Context, providers.Location) (providers.Metadata, error) { panic(canary) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pdp := pdptest.Static(pep.Decision{Permit: true})
			_, handle := attributed(t, &telling{metadata: metadata}, pdp)
			_, err := handle.Read(t.Context())
			unavailable, ok := errors.AsType[*runtime.PDPUnavailableError](err)
			if !ok || unavailable.Reason != pep.ReasonAttributes || unavailable.Accessor != "api.token" || errors.Is(err, runtime.ErrDenied) {
				t.Errorf("got %v, want no decision for lack of attributes", err)
			}
			if forms := leakcheck.Find(fmt.Appendf(nil, "%v %+v %#v", err, err, err), canary); forms != nil {
				t.Errorf("the error shows a value as %v", forms)
			}
			if pdp.Calls() != 0 {
				t.Error("the PDP was asked")
			}
		})
	}
}

// TestWhatIsNotThereIsDecidedWithoutAttributes has a read that is granted fail as
// it would have without them.
func TestWhatIsNotThereIsDecidedWithoutAttributes(t *testing.T) {
	t.Parallel()
	for _, gone := range []error{
		&runtime.SecretNotFoundError{}, &runtime.SecretVersionDeletedError{Version: 3}, &runtime.SecretVersionDestroyedError{Version: 3},
	} {
		t.Run(fmt.Sprintf("%T", gone), func(t *testing.T) {
			t.Parallel()
			pdp := pdptest.Static(pep.Decision{Permit: true})
			store := &telling{
				stub: stub{read: func(context.Context, providers.Location) (providers.Document, error) {
					return providers.Document{}, gone
				}},
				metadata: func(context.Context, providers.Location) (providers.Metadata, error) {
					return providers.Metadata{Custom: map[string]string{"owner": "of before"}}, gone
				},
			}
			_, handle := attributed(t, store, pdp)
			_, err := handle.Read(t.Context())
			if got, want := fmt.Sprintf("%T", err), fmt.Sprintf("%T", gone); got != want {
				t.Errorf("got %v, want %s", err, want)
			}
			if diff := cmp.Diff(&pep.ResourceAttributes{}, pdp.Requests()[0].Context.ResourceAttributes); diff != "" {
				t.Errorf("attributes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAReferenceLearnedAtRunTimeNeedsAStoreThatTells(t *testing.T) {
	t.Parallel()
	silent := &stub{read: func(context.Context, providers.Location) (providers.Document, error) { return text("canary") }}
	pdp := pdptest.Static(pep.Decision{Permit: true})
	client, err := runtime.New(t.Context(), attributesConfig(), served(silent, "acme+kv", "env"), pep.Extension{PDP: pdp})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close(context.Background())
	for ref, granted := range map[string]bool{"acme+kv://secret/a": false, "env://secret/A": true} {
		parsed, err := client.Parse(ref)
		if err != nil {
			t.Fatal(err)
		}
		_, err = runtime.Resolve[string](t.Context(), client, parsed)
		unavailable, ok := errors.AsType[*runtime.PDPUnavailableError](err)
		if granted && err != nil || !granted && (!ok || unavailable.Reason != pep.ReasonAttributes) {
			t.Errorf("%s: %v", ref, err)
		}
	}
	if got := pdp.Requests(); len(got) != 1 || *got[0].Context.ResourceAttributes != (pep.ResourceAttributes{}) {
		t.Errorf("questions %+v, want one without attributes", got)
	}
}

func TestAStartNeedsStoresThatTell(t *testing.T) {
	t.Parallel()
	tells := &telling{}
	standIn := served(&stub{}, "yaml")
	standIn.StandsIn = func(settings.Source) []string { return []string{kvScheme} }
	profiled := func(ref string) runtime.Declaration {
		return runtime.Declaration{Accessor: "a", URI: "openbao+kv2://secret/a#k", Profiles: map[string]string{"ci": ref}}
	}
	for name, test := range map[string]struct {
		declaration runtime.Declaration
		provider    providers.Factory
		change      func(*runtime.Config)
		refused     string // the scheme; empty: it starts
	}{
		"a store that tells":              {declaration: runtime.Declaration{Accessor: "a", URI: "openbao+kv2://secret/a#k"}, provider: served(tells, kvScheme)},
		"a store that can't":              {declaration: runtime.Declaration{Accessor: "a", URI: "openbao+kv2://secret/a#k"}, provider: served(&stub{}, kvScheme), refused: kvScheme},
		"an instance of one that can't":   {declaration: runtime.Declaration{Accessor: "a", URI: "openbao-eu+kv2://secret/a#k"}, provider: served(&stub{}, kvScheme), refused: "openbao-eu+kv2"},
		"a third party's that can't":      {declaration: runtime.Declaration{Accessor: "a", URI: "acme+kv://secret/a"}, provider: served(&stub{}, "acme+kv"), refused: "acme+kv"},
		"a stand-in, which can't":         {declaration: runtime.Declaration{Accessor: "a", URI: "openbao+kv2://secret/a#k"}, provider: standIn, refused: kvScheme},
		"the environment":                 {declaration: runtime.Declaration{Accessor: "a", URI: "env://secret/A"}, provider: served(&stub{}, "env")},
		"files":                           {declaration: runtime.Declaration{Accessor: "a", URI: "file://secret/a"}, provider: served(&stub{}, "file")},
		"the development store's own":     {declaration: runtime.Declaration{Accessor: "a", URI: "yaml://secret/a#k"}, provider: standIn},
		"a store that the profile avoids": {declaration: profiled("env://secret/A"), provider: served(&stub{}, "env", kvScheme), change: func(c *runtime.Config) { c.Profile = "ci" }},
		"a store that the profile names": {
			declaration: profiled("acme+kv://secret/a"), provider: served(&stub{}, kvScheme, "acme+kv"),
			change: func(c *runtime.Config) { c.Profile = "ci" }, refused: "acme+kv",
		},
		"nobody asks": {
			declaration: runtime.Declaration{Accessor: "a", URI: "openbao+kv2://secret/a#k"}, provider: served(&stub{}, kvScheme),
			change: func(c *runtime.Config) { c.PDP.ResourceAttributes = false },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := attributesConfig()
			if test.change != nil {
				test.change(&cfg)
			}
			client, err := runtime.New(t.Context(), cfg, runtime.Declared([]runtime.Declaration{test.declaration}), test.provider, pep.Extension{PDP: permits{}})
			if test.refused == "" {
				if err != nil {
					t.Fatalf("New: %v", err)
				}
				_ = client.Close(t.Context())
				return
			}
			if diff := cmp.Diff([]string{"SECRETS_PDP_RESOURCE_ATTRIBUTES"}, names(t, err)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if !strings.Contains(err.Error(), "the provider of "+test.refused+" ") {
				t.Errorf("%v, want the provider of %s", err, test.refused)
			}
		})
	}
}

func TestALoadLooksOnceADocument(t *testing.T) {
	t.Parallel()
	var looks atomic.Int64
	store := &telling{
		stub: stub{read: func(context.Context, providers.Location) (providers.Document, error) {
			value := providers.NewValue(providers.Text, []byte("canary"))
			return providers.Fields(map[string]providers.Value{"a": value, "b": value, "c": value}, providers.Metadata{}), nil
		}},
		metadata: func(context.Context, providers.Location) (providers.Metadata, error) {
			looks.Add(1)
			return providers.Metadata{Custom: map[string]string{"owner": "team"}}, nil
		},
	}
	var declarations []runtime.Declaration
	for _, key := range []string{"a", "b", "c"} {
		declarations = append(declarations, runtime.Declaration{Accessor: key, URI: kvScheme + "://secret/app#" + key})
	}
	pdp := pdptest.Static(pep.Decision{Permit: true}).Batch()
	client, err := runtime.New(t.Context(), attributesConfig(), runtime.Declared(declarations), served(store, kvScheme), pep.Extension{PDP: pdp})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close(context.Background())
	set := runtime.NewSet(client, declarations)
	var handles []runtime.Handle[string]
	for _, d := range declarations {
		handles = append(handles, runtime.Bind(set, d.Accessor, stringDecoder))
	}
	loaded, err := set.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, handle := range handles {
		if runtime.Take(loaded, handle).Reveal() != "canary" {
			t.Error("a value is lost")
		}
	}
	if loaded.Err() != nil {
		t.Error(loaded.Err())
	}
	if looks.Load() != 1 || pdp.Calls() != 1 || len(pdp.Requests()) != 3 {
		t.Errorf("%d looks, %d calls with %d questions; want one, one and three", looks.Load(), pdp.Calls(), len(pdp.Requests()))
	}
	for _, req := range pdp.Requests() {
		if req.Context.ResourceAttributes.Owner != "team" {
			t.Errorf("%s was asked about without its owner", req.Resource.ID)
		}
	}
}
