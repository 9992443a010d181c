package runtime_test

import (
	"context"
	"errors"
	goruntime "runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/audit"
	"github.com/secretsgen/secretsgen/runtime/decode"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/secretstest"
)

const dbRef = "openbao+kv2://secret/myapp/db"

// threeOf is a set of two keys of one document and one of another.
func threeOf(t *testing.T, kit *secretstest.Kit) (set *runtime.Set, username, password, token runtime.Handle[string]) {
	t.Helper()
	set = runtime.NewSet(kit.Client, []runtime.Declaration{
		{Accessor: "db.username", URI: dbRef + "#username"},
		{Accessor: "db.password", URI: dbRef + "#password"},
		{Accessor: "api.token", URI: apiToken},
	})
	username = runtime.Bind(set, "db.username", stringDecoder)
	password = runtime.Bind(set, "db.password", stringDecoder)
	token = runtime.Bind(set, "api.token", stringDecoder)
	if err := set.Err(); err != nil {
		t.Fatal(err)
	}
	return set, username, password, token
}

func TestADocumentThatFailsToLoadIsToldForEachOfItsSecrets(t *testing.T) {
	t.Parallel()
	kit := secretstest.New(t)
	kit.Set(apiToken, "canary")
	kit.Fail(dbRef, &runtime.SecretVersionDeletedError{Version: 4})
	set, username, password, token := threeOf(t, kit)
	loaded, err := set.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, handle := range []runtime.Handle[string]{username, password} {
		if runtime.Take(loaded, handle).Reveal() != "" {
			t.Error("a value of a deleted version")
		}
	}
	if runtime.Take(loaded, token).Reveal() != "canary" {
		t.Error("the other document is lost with it")
	}
	err = loaded.Err()
	if !isA[*runtime.SecretVersionDeletedError](err) || strings.Count(err.Error(), "db.username") != 1 || strings.Count(err.Error(), "db.password") != 1 {
		t.Errorf("got %v", err)
	}
	failed := 0
	for _, e := range kit.Events() {
		if e.Type == audit.Read && e.Code == "version_deleted" && e.KVVersion == 4 {
			failed++
		}
	}
	if failed != 2 || kit.Reads() != 2 {
		t.Errorf("%d failed reads in the trail and %d documents read, want 2 and 2", failed, kit.Reads())
	}
}

// TestALocalProviderThatEndsItsGoroutineFailsItsSecretsAlone reads a document
// that can be read beside one whose provider never returns.
func TestALocalProviderThatEndsItsGoroutineFailsItsSecretsAlone(t *testing.T) {
	t.Parallel()
	s := &stub{read: func(_ context.Context, at providers.Location) (providers.Document, error) {
		if at.Path == "ENDS" {
			goruntime.Goexit()
		}
		return text("canary")
	}}
	factory := s.factory()
	factory.Local = true
	set, handles := openAll(t, factory, permits{}, runtime.Declaration{Accessor: "ends", URI: "env://secret/ENDS"}, runtime.Declaration{Accessor: "stays", URI: stubRef})
	loaded, err := set.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if runtime.Take(loaded, handles["stays"]).Reveal() != "canary" || loaded.Err() != nil {
		t.Errorf("the other document: %v", loaded.Err())
	}
	runtime.Take(loaded, handles["ends"])
	if failure, ok := errors.AsType[*runtime.ProviderError](loaded.Err()); !ok || failure.Accessor != "ends" || failure.Code != providers.Malformed {
		t.Errorf("got %v", loaded.Err())
	}
}

func TestAnEmptySetLoadsWithoutAskingAnybody(t *testing.T) {
	t.Parallel()
	kit := secretstest.New(t)
	set := runtime.NewSet(kit.Client, nil)
	loaded, err := set.Load(t.Context())
	if err != nil || loaded.Err() != nil || set.Err() != nil || set.Preflight(t.Context()) != nil {
		t.Errorf("got %v", err)
	}
	if kit.Asked() != 0 || kit.Reads() != 0 || len(kit.Events()) != 0 {
		t.Errorf("asked %d times, read %d times", kit.Asked(), kit.Reads())
	}
}

func TestLoadEndsWithItsContext(t *testing.T) {
	t.Parallel()
	kit := secretstest.New(t)
	set, _, _, _ := threeOf(t, kit)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := set.Load(ctx); !errors.Is(err, context.Canceled) || errors.Is(err, runtime.ErrDenied) {
		t.Errorf("got %v", err)
	}
}

func TestTakeGivesNothingThatWasNotLoaded(t *testing.T) {
	t.Parallel()
	kit := secretstest.New(t)
	kit.Set(apiToken, "canary")
	kit.Set(dbRef, map[string]any{"username": "u", "password": "p"})
	set, _, _, token := threeOf(t, kit)
	loaded, err := set.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i, handle := range []runtime.Handle[string]{{}, bind(t, kit, "api.token", apiToken, stringDecoder)} {
		secret := runtime.Take(loaded, handle)
		if err := loaded.Err(); secret.Reveal() != "" || err == nil || strings.Count(err.Error(), "not bound") != i+1 {
			t.Errorf("handle %d, of another set or of none: a value, or no error: %v", i, err)
		}
	}
	if err := set.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if secret := runtime.Take(loaded, token); secret.Reveal() != "" || !errors.Is(loaded.Err(), runtime.ErrClosed) {
		t.Errorf("a closed client gave a value, or no error: %v", loaded.Err())
	}
}

// wrapping is a stub that can wrap.
type wrapping struct {
	*stub

	wrapped atomic.Int32
	ttl     atomic.Int64
}

func (w *wrapping) ReadWrapped(ctx context.Context, at providers.Location, ttl time.Duration) (providers.Document, error) {
	w.wrapped.Add(1)
	w.ttl.Store(int64(ttl))
	return w.read(ctx, at)
}

// wraps is a PDP that asks for wrapping.
type wraps struct{}

func (wraps) Decide(context.Context, pep.Request) (pep.Decision, error) {
	return pep.Decision{Permit: true, Obligations: pep.Obligations{ResponseWrap: time.Minute}}, nil
}

func TestAWrappedDocumentIsReadForEachSecretByItself(t *testing.T) {
	t.Parallel()
	w := &wrapping{stub: &stub{read: func(context.Context, providers.Location) (providers.Document, error) {
		return text(`{"a":"one","b":"two"}`)
	}}}
	factory := w.factory()
	factory.Open = func(context.Context, providers.Instance) (providers.Provider, error) { return w, nil }
	client, err := runtime.New(t.Context(), stubConfig(), factory, pep.Extension{PDP: wraps{}})
	if err != nil {
		t.Fatal(err)
	}
	set := runtime.NewSet(client, []runtime.Declaration{{Accessor: "a", URI: stubRef + "#a"}, {Accessor: "b", URI: stubRef + "#b"}})
	a, b := runtime.Bind(set, "a", stringDecoder), runtime.Bind(set, "b", decode.Decoder[string](decode.String))
	loaded, err := set.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if runtime.Take(loaded, a).Reveal() != "one" || runtime.Take(loaded, b).Reveal() != "two" || loaded.Err() != nil {
		t.Errorf("Load: %v", loaded.Err())
	}
	if n := w.wrapped.Load(); n != 2 || w.ttl.Load() != int64(time.Minute) {
		t.Errorf("%d wrapped reads for %v, want 2 for a minute", n, time.Duration(w.ttl.Load()))
	}
	if secret, err := a.Read(t.Context()); err != nil || secret.Reveal() != "one" || w.wrapped.Load() != 3 {
		t.Errorf("a single read: %v, after %d wrapped ones", err, w.wrapped.Load())
	}
	if err := set.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestLoadAuthorizesOnceAndReadsEachDocumentOnce(t *testing.T) {
	t.Parallel()
	kit := secretstest.New(t)
	kit.Set("openbao+kv2://secret/myapp/db", map[string]any{"username": "u", "password": "p"})
	kit.Set(apiToken, "canary")
	declarations := []runtime.Declaration{
		{Accessor: "db.username", URI: "openbao+kv2://secret/myapp/db#username"},
		{Accessor: "db.password", URI: "openbao+kv2://secret/myapp/db#password"},
		{Accessor: "api.token", URI: apiToken},
	}
	set := runtime.NewSet(kit.Client, declarations)
	username := runtime.Bind(set, "db.username", stringDecoder)
	password := runtime.Bind(set, "db.password", stringDecoder)
	token := runtime.Bind(set, "api.token", stringDecoder)

	if err := set.Preflight(t.Context()); err != nil {
		t.Fatal(err)
	}
	if kit.Reads() != 0 {
		t.Error("Preflight read a secret")
	}
	loaded, err := set.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := []string{runtime.Take(loaded, username).Reveal(), runtime.Take(loaded, password).Reveal(), runtime.Take(loaded, token).Reveal()}
	if err := loaded.Err(); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, []string{"u", "p", "canary"}) {
		t.Error("Load read other values than those stored")
	}
	if kit.Reads() != 2 {
		t.Errorf("%d documents read, want 2", kit.Reads())
	}
	if kit.Asked() != 3 {
		t.Errorf("the PDP decided on %d requests, want 3: Load spends what Preflight got", kit.Asked())
	}
}

func TestLoadReadsNothingIfAnythingIsRefused(t *testing.T) {
	t.Parallel()
	kit := secretstest.New(t)
	kit.Set(apiToken, "canary")
	kit.Deny("b")
	set := runtime.NewSet(kit.Client, []runtime.Declaration{{Accessor: "a", URI: apiToken}, {Accessor: "b", URI: apiToken}})
	runtime.Bind(set, "a", stringDecoder)
	runtime.Bind(set, "b", stringDecoder)
	_, err := set.Load(t.Context())
	denied, ok := errors.AsType[*runtime.AuthzDeniedError](err)
	if !ok || denied.Accessor != "b" || !errors.Is(err, runtime.ErrDenied) {
		t.Errorf("got %v", err)
	}
	if kit.Reads() != 0 {
		t.Errorf("%d documents read", kit.Reads())
	}
}
