package runtime_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/audit"
	"github.com/secretsgen/secretsgen/runtime/decode"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/secretstest"
	"github.com/secretsgen/secretsgen/runtime/secretstest/leakcheck"
	"github.com/secretsgen/secretsgen/runtime/uri"
)

var stringDecoder decode.Decoder[string] = decode.String

const apiToken = "openbao+kv2://secret/myapp/api#token"

// bind binds one declaration of a kit, as generated code does.
func bind[T any](t *testing.T, kit *secretstest.Kit, accessor, ref string, decoder decode.Decoder[T]) runtime.Handle[T] {
	t.Helper()
	set := runtime.NewSet(kit.Client, []runtime.Declaration{{Accessor: accessor, URI: ref}})
	handle := runtime.Bind(set, accessor, decoder)
	if err := set.Err(); err != nil {
		t.Fatal(err)
	}
	return handle
}

func TestAReadGivesTheValueWithItsVersionAndReference(t *testing.T) {
	t.Parallel()
	kit := secretstest.New(t)
	kit.Set(apiToken+"?version=3", "canary-three")
	token, err := bind(t, kit, "api.token", apiToken+"?version=3", stringDecoder).Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if token.Reveal() != "canary-three" || token.Version() != 3 || len(token.Ref()) != 24 {
		t.Errorf("got version %d, reference %q", token.Version(), token.Ref())
	}
}

func TestAKeyIsPickedAfterTheGrantCheck(t *testing.T) {
	t.Parallel()
	kit := secretstest.New(t)
	kit.Set("openbao+kv2://secret/myapp/db", map[string]any{"username": "u", "password": "p"})
	kit.Deny("db.password")
	if _, err := bind(t, kit, "db.username", "openbao+kv2://secret/myapp/db#username", stringDecoder).Read(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, err := bind(t, kit, "db.password", "openbao+kv2://secret/myapp/db#password", stringDecoder).Read(t.Context())
	if !errors.Is(err, runtime.ErrDenied) {
		t.Errorf("a grant for one key served another: %v", err)
	}
}

func TestEveryFailureHasItsErrorItsAccessorAndItsEvent(t *testing.T) {
	t.Parallel()
	canary := leakcheck.NewCanary()
	for name, test := range map[string]struct {
		prepare func(*secretstest.Kit)
		context func(*secretstest.Kit, context.Context) context.Context
		decoder decode.Decoder[string]
		is      func(error) bool
		effect  audit.Effect
		code    string
	}{
		"nothing is stored": {is: isA[*runtime.SecretNotFoundError], effect: audit.Error, code: "not_found"},
		"the key is not there": {
			prepare: func(k *secretstest.Kit) { k.Set("openbao+kv2://secret/myapp/api#other", canary) },
			is:      isA[*runtime.SecretKeyNotFoundError], effect: audit.Error, code: "key_not_found",
		},
		"the version is deleted": {
			prepare: func(k *secretstest.Kit) { k.Fail(apiToken, &runtime.SecretVersionDeletedError{}) },
			is:      isA[*runtime.SecretVersionDeletedError], effect: audit.Error, code: "version_deleted",
		},
		"the version is destroyed": {
			prepare: func(k *secretstest.Kit) { k.Fail(apiToken, &runtime.SecretVersionDestroyedError{}) },
			is:      isA[*runtime.SecretVersionDestroyedError], effect: audit.Error, code: "version_destroyed",
		},
		"the provider says something of its own": {
			prepare: func(k *secretstest.Kit) { k.Fail(apiToken, errors.New("at myapp/api: "+canary)) },
			is:      isA[*runtime.ProviderError], effect: audit.Error, code: "provider_unavailable",
		},
		"the value is of another type": {
			prepare: func(k *secretstest.Kit) { k.Set(apiToken, json.RawMessage(`["`+"canary"+`"]`)) },
			is:      isA[*runtime.DecodeError], effect: audit.Error, code: "decode",
		},
		"the value is null": {
			prepare: func(k *secretstest.Kit) { k.Set(apiToken, nil) },
			is:      isA[*runtime.DecodeError], effect: audit.Error, code: "decode",
		},
		"the value is empty": {
			prepare: func(k *secretstest.Kit) { k.Set(apiToken, "") },
			is:      isA[*runtime.DecodeError], effect: audit.Error, code: "decode",
		},
		"the decoder panics with the value": {
			prepare: func(k *secretstest.Kit) { k.Set(apiToken, canary) },
			decoder: func(doc decode.Document) (string, error) {
				v, _ := doc.Scalar()
				panic(string(v.Bytes()))
			},
			is: isA[*runtime.DecodeError], effect: audit.Error, code: "decode",
		},
		"the policy denies": {
			prepare: func(k *secretstest.Kit) { k.Deny() },
			is:      isA[*runtime.AuthzDeniedError], effect: audit.Deny, code: "policy",
		},
		"the PDP is down": {
			prepare: func(k *secretstest.Kit) { k.BreakPDP(pep.ReasonUnavailable) },
			is:      isA[*runtime.PDPUnavailableError], effect: audit.Error, code: "pdp_unavailable",
		},
		"the obligation can't be met": {
			prepare: func(k *secretstest.Kit) { k.Grant(pep.Obligations{ResponseWrap: time.Minute}) },
			is:      isA[*runtime.AuthzDeniedError], effect: audit.Deny, code: "obligation",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kit := secretstest.New(t)
			if test.prepare != nil {
				test.prepare(kit)
			}
			decoder := stringDecoder
			if test.decoder != nil {
				decoder = test.decoder
			}
			secret, err := bind(t, kit, "api.token", apiToken, decoder).Read(kit.Context(t.Context(), "alice"))
			if !test.is(err) {
				t.Fatalf("got %T: %v", err, err)
			}
			if secret.Reveal() != "" {
				t.Error("a value came with the error")
			}
			if !strings.Contains(err.Error(), "api.token") {
				t.Errorf("the error does not say which accessor: %v", err)
			}
			events := kit.Events()
			last := events[len(events)-1]
			if last.Effect != test.effect || last.Code != test.code || last.Accessor != "api.token" || last.Subject != "alice" || last.ResourceRef == "" {
				t.Errorf("the last event is %+v", last)
			}
			text, jsonErr := json.Marshal(events)
			if jsonErr != nil {
				t.Fatal(jsonErr)
			}
			for _, written := range []string{string(text), err.Error()} {
				if forms := leakcheck.Find([]byte(written), canary); forms != nil {
					t.Errorf("%s holds the value as %v", written, forms)
				}
				if strings.Contains(written, "myapp") {
					t.Errorf("%s holds the path", written)
				}
			}
		})
	}
}

func isA[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

func TestTheTrailHasOneEventADecisionAndARead(t *testing.T) {
	t.Parallel()
	kit := secretstest.New(t)
	kit.Set(apiToken, "canary")
	kit.Grant(pep.Obligations{MaxUses: 3})
	token := bind(t, kit, "api.token", apiToken, stringDecoder)
	ctx := kit.Context(t.Context(), "alice")
	for range 3 {
		if _, err := token.Read(ctx); err != nil {
			t.Fatal(err)
		}
	}
	type line struct {
		Type   audit.Type
		Effect audit.Effect
		Cached bool
	}
	var got []line
	ids := map[string]bool{}
	for _, e := range kit.Events() {
		got = append(got, line{e.Type, e.Effect, e.GrantCached})
		ids[e.ID] = true
		if e.Version != audit.EventVersion || e.Time.IsZero() || e.Tenant != "test" || e.Action != "execute" || e.Provider != "openbao+kv2" {
			t.Errorf("incomplete event %+v", e)
		}
	}
	want := []line{{audit.Decided, audit.Allow, false}, {audit.Read, audit.Allow, false}, {audit.Read, audit.Allow, true}, {audit.Read, audit.Allow, true}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if len(ids) != len(want) {
		t.Errorf("%d distinct ids, want %d", len(ids), len(want))
	}
	if kit.Asked() != 1 || kit.Reads() != 3 {
		t.Errorf("the PDP was asked %d times and the store %d, want 1 and 3", kit.Asked(), kit.Reads())
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

func TestBindingReportsEverythingThatDoesNotFit(t *testing.T) {
	t.Parallel()
	kit := secretstest.New(t)
	set := runtime.NewSet(kit.Client, []runtime.Declaration{{Accessor: "bad", URI: "openbao+kv2://secret"}, {Accessor: "third", URI: "aws+sm://secret/a"}})
	runtime.Bind(set, "bad", stringDecoder)
	runtime.Bind(set, "third", stringDecoder)
	handle := runtime.Bind(set, "gone", stringDecoder)
	err := set.Err()
	for _, want := range []string{"bad", "third", "gone", "go generate"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not name %q: %v", want, err)
		}
	}
	if _, err := handle.Read(t.Context()); err == nil {
		t.Error("an unbound handle read something")
	}
}

func TestResolveReadsAReferenceLearnedAtRunTime(t *testing.T) {
	t.Parallel()
	kit := secretstest.New(t)
	kit.Set("openbao+kv2://secret/myapp/db", map[string]any{"username": "u", "port": 5432, "tls": true, "opts": json.RawMessage(`{"a":1}`)})
	parse := func(ref string) (u uri.URI) {
		parsed, err := kit.Client.Parse(ref)
		if err != nil {
			t.Fatal(err)
		}
		return parsed
	}
	const db = "openbao+kv2://secret/myapp/db"
	username, err := runtime.Resolve[string](t.Context(), kit.Client, parse(db+"#username"))
	check(t, err, username.Reveal(), "u")
	port, err := runtime.Resolve[int](t.Context(), kit.Client, parse(db+"#port"))
	check(t, err, port.Reveal(), 5432)
	tls, err := runtime.Resolve[bool](t.Context(), kit.Client, parse(db+"#tls"))
	check(t, err, tls.Reveal(), true)
	opts, err := runtime.Resolve[json.RawMessage](t.Context(), kit.Client, parse(db+"#opts"))
	check(t, err, string(opts.Reveal()), `{"a":1}`)
	if _, err := runtime.Resolve[string](t.Context(), kit.Client, parse(db)); !isA[*runtime.DecodeError](err) {
		t.Errorf("a whole document as a string: %v", err)
	}
	if _, err := runtime.Resolve[chan int](t.Context(), kit.Client, parse(db)); err == nil {
		t.Error("a channel was resolved")
	}
	if _, err := runtime.Resolve[string](t.Context(), kit.Client, uri.URI{}); err == nil {
		t.Error("the zero reference was resolved")
	}
	elsewhere, err := runtime.Resolve[string](t.Context(), kit.Client, parse("openbao+kv2://elsewhere/a#k"))
	if !isA[*runtime.URIError](err) || elsewhere.Reveal() != "" {
		t.Errorf("a mount outside the tenant: %v", err)
	}
	kit.Set("env://secret/TABLE", map[string]any{"a": "1", "b": 2})
	table, err := runtime.Resolve[map[string]string](t.Context(), kit.Client, parse("env://secret/TABLE"))
	check(t, err, table.Reveal(), map[string]string{"a": "1", "b": "2"})
}

func check[T any](t *testing.T, err error, got, want T) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("value (-want +got):\n%s", diff)
	}
}

func TestAClosedClientReadsNothing(t *testing.T) {
	t.Parallel()
	kit := secretstest.New(t)
	kit.Set(apiToken, "canary")
	set := runtime.NewSet(kit.Client, []runtime.Declaration{{Accessor: "a", URI: apiToken}})
	handle := runtime.Bind(set, "a", stringDecoder)
	if err := set.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := set.Close(t.Context()); err != nil {
		t.Errorf("closing twice: %v", err)
	}
	_, readErr := handle.Read(t.Context())
	_, loadErr := set.Load(t.Context())
	for _, err := range []error{readErr, loadErr, set.Preflight(t.Context())} {
		if !errors.Is(err, runtime.ErrClosed) {
			t.Errorf("got %v, want ErrClosed", err)
		}
	}
}

func TestACancelledReadSaysSoAndIsNoDenial(t *testing.T) {
	t.Parallel()
	kit := secretstest.New(t)
	kit.Set(apiToken, "canary")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	handle := bind(t, kit, "api.token", apiToken, stringDecoder)
	if _, err := handle.Read(ctx); !errors.Is(err, context.Canceled) || errors.Is(err, runtime.ErrDenied) {
		t.Errorf("got %v", err)
	}
	if _, err := handle.Read(t.Context()); err != nil {
		t.Errorf("the next read: %v", err)
	}
}
