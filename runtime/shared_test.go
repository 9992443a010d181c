package runtime_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/audit"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/settings"
)

// fleetStore is a shared store that serves one grant, and notes what becomes of it.
type fleetStore struct {
	pep.SharedStore
	in              pep.StoreInstance
	reach           error
	checked, closed int
}

func (s *fleetStore) factory() pep.StoreFactory {
	return pep.StoreFactory{Package: "example.com/store", Open: func(_ context.Context, in pep.StoreInstance) (pep.SharedStore, error) {
		s.in = in
		return s, nil
	}}
}

func (s *fleetStore) Check(context.Context) error { s.checked++; return s.reach }
func (s *fleetStore) Close(context.Context) error { s.closed++; return nil }

func (s *fleetStore) Use(context.Context, pep.Use) (pep.Used, error) {
	return pep.Used{Live: true, Grant: pep.Grant{ID: "of the fleet", Uses: 1}}, nil
}

func shareConfig() runtime.Config {
	cfg := stubConfig()
	cfg.StoreURL, cfg.Replicas = "redis://canary", 3
	return cfg
}

func TestAClientServesWhatTheSharedStoreHolds(t *testing.T) {
	t.Parallel()
	store, sink := &fleetStore{}, &recording{}
	declarations := []runtime.Declaration{{Accessor: "stub", URI: stubRef}}
	cfg := shareConfig()
	cfg.Audit.SampleCacheHits = 1
	s := &stub{read: func(context.Context, providers.Location) (providers.Document, error) { return text("value") }}
	client, err := runtime.New(t.Context(), cfg, runtime.Declared(declarations), s.factory(), store.factory(), sink.factory(), pep.Extension{PDP: permits{}})
	if err != nil {
		t.Fatal(err)
	}
	set := runtime.NewSet(client, declarations)
	if _, err := runtime.Bind(set, "stub", stringDecoder).Read(t.Context()); err != nil {
		t.Errorf("a read: %v", err)
	}
	if err := client.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if store.checked != 1 || store.closed != 1 {
		t.Errorf("the store was reached %d times and closed %d times, want once", store.checked, store.closed)
	}
	if in := store.in; in.URL != cfg.StoreURL || in.TenantID != cfg.TenantID || len(in.Key) != 32 || !in.Development || in.Logger == nil {
		t.Error("the store was opened with something else than the settings")
	}
	if len(sink.events) == 0 || sink.events[0].GrantID != "of the fleet" {
		t.Errorf("the trail has %+v", sink.events)
	}
}

func TestTheKeyOfASharedStoreIsTheTenantsAndNotItsSalt(t *testing.T) {
	t.Parallel()
	key := func(change func(*runtime.Config)) []byte {
		cfg, store := shareConfig(), &fleetStore{}
		change(&cfg)
		client, err := runtime.New(t.Context(), cfg, store.factory(), pep.Extension{PDP: permits{}})
		if err != nil {
			t.Fatal(err)
		}
		if err := client.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		return store.in.Key
	}
	mine := key(func(*runtime.Config) {})
	if !bytes.Equal(mine, key(func(c *runtime.Config) { c.StoreURL = "redis://elsewhere" })) {
		t.Error("two processes of a tenant have two keys")
	}
	for name, other := range map[string][]byte{
		"another tenant": key(func(c *runtime.Config) { c.TenantID = "u" }),
		"another salt":   key(func(c *runtime.Config) { c.Salt = bytes.Repeat([]byte("canary"), 8) }),
	} {
		if bytes.Equal(mine, other) {
			t.Errorf("%s has the same key", name)
		}
	}
	if bytes.Contains(shareConfig().Salt, mine) {
		t.Error("the key is of the salt itself")
	}
}

func TestASharedStoreThatDoesNotFitRefusesToStart(t *testing.T) {
	t.Parallel()
	open := func(store pep.SharedStore, err error) pep.StoreFactory {
		return pep.StoreFactory{Package: "example.com/store", Open: func(context.Context, pep.StoreInstance) (pep.SharedStore, error) { return store, err }}
	}
	listed := settings.NewError([]settings.Problem{{Name: "SECRETS_STORE_CA_FILE", Detail: "is not there"}})
	for name, tt := range map[string]struct {
		change func(*runtime.Config)
		ext    []runtime.Extension
		want   []string
	}{
		"not passed":                  {want: []string{"SECRETS_REPLICAS", "SECRETS_STORE_URL"}},
		"passed, and no URL":          {func(c *runtime.Config) { c.StoreURL = "" }, []runtime.Extension{(&fleetStore{}).factory()}, []string{"SECRETS_REPLICAS"}},
		"passed for one process":      {func(c *runtime.Config) { c.StoreURL, c.Replicas = "", 1 }, []runtime.Extension{(&fleetStore{}).factory()}, nil},
		"used by one process":         {func(c *runtime.Config) { c.Replicas = 0 }, []runtime.Extension{(&fleetStore{}).factory()}, nil},
		"passed twice":                {nil, []runtime.Extension{(&fleetStore{}).factory(), (&fleetStore{}).factory()}, []string{"runtime.New"}},
		"beside a store of replays":   {nil, []runtime.Extension{(&fleetStore{}).factory(), pep.Extension{Replay: struct{ pep.ReplayStore }{}}}, []string{"SECRETS_STORE_URL"}},
		"can't be made":               {nil, []runtime.Extension{open(nil, errors.New("canary"))}, []string{"SECRETS_STORE_URL"}},
		"is nil":                      {nil, []runtime.Extension{open(nil, nil)}, []string{"SECRETS_STORE_URL"}},
		"says what it misses":         {nil, []runtime.Extension{open(nil, listed)}, []string{"SECRETS_STORE_CA_FILE"}},
		"can't be reached":            {nil, []runtime.Extension{(&fleetStore{reach: errors.New("canary")}).factory()}, []string{"SECRETS_STORE_URL"}},
		"says why it can't":           {nil, []runtime.Extension{(&fleetStore{reach: listed}).factory()}, []string{"SECRETS_STORE_CA_FILE"}},
		"without a salt to hide with": {func(c *runtime.Config) { c.Salt = nil }, []runtime.Extension{(&fleetStore{}).factory()}, []string{"SECRET_TENANT_SALT"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := shareConfig()
			if tt.change != nil {
				tt.change(&cfg)
			}
			client, err := runtime.New(t.Context(), cfg, append(tt.ext, pep.Extension{PDP: permits{}})...)
			if tt.want == nil {
				if err != nil {
					t.Fatalf("got %v, want a client", err)
				}
				_ = client.Close(t.Context())
				return
			}
			var got []string
			if config, ok := errors.AsType[*runtime.ConfigError](err); ok {
				for _, p := range config.Problems {
					got = append(got, p.Name)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
			if err != nil && strings.Contains(err.Error(), "canary") {
				t.Errorf("the error shows a setting: %v", err)
			}
		})
	}
}

func TestAStoreIsReachedAfterAllElseAndGivenBack(t *testing.T) {
	t.Parallel()
	cfg, store, opened := shareConfig(), &fleetStore{}, false
	cfg.Profile = "none"
	if _, err := runtime.New(t.Context(), cfg, stubDeclared, (&stub{}).factory(), store.factory(), pep.Extension{PDP: permits{}}); err == nil || store.checked != 0 || store.closed != 1 {
		t.Errorf("a setting that does not fit: %v, reached %d times, closed %d times", err, store.checked, store.closed)
	}
	store = &fleetStore{reach: errors.New("canary")}
	sink := audit.Factory{Name: "mine", Always: true, Open: func(context.Context, audit.Instance, string) (audit.Sink, error) {
		opened = true
		return &recording{}, nil
	}}
	if _, err := runtime.New(t.Context(), shareConfig(), store.factory(), sink, pep.Extension{PDP: permits{}}); err == nil || opened || store.closed != 1 {
		t.Errorf("a store that can't be reached: %v, a sink was opened: %v, closed %d times", err, opened, store.closed)
	}
}
