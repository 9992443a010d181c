package secretstest_test

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	gc "runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"weak"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/audit"
	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/decode"
	"github.com/secretsgen/secretsgen/runtime/secretstest"
)

// authorization is a service: it makes a header of the token that it reads for
// its caller.
func authorization(ctx context.Context, s *secrets) (string, error) {
	token, err := s.api.Token(ctx)
	if err != nil {
		return "", err
	}
	return "Bearer " + token.Reveal(), nil
}

// TestAServiceInATable is how tests of services look.
func TestAServiceInATable(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		secrets fakeSecrets
		want    string
		err     error
	}{
		"a token": {
			secrets: fakeSecrets{API: fakeSecretsAPI{Token: secretstest.Of("canary")}},
			want:    "Bearer canary",
		},
		"a token that depends on the request": {
			secrets: fakeSecrets{API: fakeSecretsAPI{Token: func(ctx context.Context) (string, error) {
				c, _ := caller.FromContext(ctx)
				return "canary of " + c.Subject, nil
			}}},
			want: "Bearer canary of alice",
		},
		"no token": {
			secrets: fakeSecrets{DB: secretstest.Of(login{Username: "another secret"})},
			err:     &runtime.SecretNotFoundError{Accessor: "api.token"},
		},
		"a token whose version is deleted": {
			secrets: fakeSecrets{API: fakeSecretsAPI{Token: secretstest.Fails[string](&runtime.SecretVersionDeletedError{Version: 3})}},
			err:     &runtime.SecretVersionDeletedError{Accessor: "api.token", Version: 3},
		},
		"a caller who may not": {
			secrets: fakeSecrets{API: fakeSecretsAPI{Token: secretstest.Fails[string](&runtime.AuthzDeniedError{Code: "policy"})}},
			err:     &runtime.AuthzDeniedError{Accessor: "api.token", Code: "policy"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := caller.NewContext(t.Context(), caller.Caller{Subject: "alice", Tenant: "test"})
			got, err := authorization(ctx, newFake(t, test.secrets))
			if got != test.want || unref(err) != unref(test.err) {
				t.Errorf("got %q, %v, want %q, %v", got, err, test.want, test.err)
			}
		})
	}
}

func TestAFakeReadsTheValueThatItWasGiven(t *testing.T) {
	t.Parallel()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	pair := tls.Certificate{Certificate: [][]byte{[]byte("canary")}, PrivateKey: key}
	s := newFake(t, fakeSecrets{
		API: fakeSecretsAPI{
			Token:    secretstest.Of("canary"),
			Previous: secretstest.Of(""),
			Signer:   secretstest.Of[crypto.Signer](key),
			Rounding: secretstest.Of(rounding{Round: func(v float64) float64 { return v + 1 }}),
			Labels:   secretstest.Of(map[string]string{"a": "canary"}),
		},
		DB:     secretstest.Of(login{Username: "u", Password: "p"}),
		Server: secretstest.Of(pair),
	})
	if got := reveal(t, s.api.token); got != "canary" {
		t.Errorf("the token is %q", got)
	}
	if got := reveal(t, s.api.previous); got != "" {
		t.Errorf("the empty token is %q", got)
	}
	if got := reveal(t, s.api.signer); !key.Equal(got) {
		t.Error("the signer is another one")
	}
	if got := reveal(t, s.api.rounding).Round(1); got != 2 {
		t.Errorf("the function returns %v, want 2", got)
	}
	if diff := cmp.Diff(map[string]string{"a": "canary"}, reveal(t, s.api.labels)); diff != "" {
		t.Errorf("labels (-want +got):\n%s", diff)
	}
	if got := reveal(t, s.db); got.Username != "u" || got.Password != "p" {
		t.Errorf("the login is of %q", got.Username)
	}
	if got := reveal(t, s.server); string(got.Certificate[0]) != "canary" || !key.Equal(got.PrivateKey.(crypto.Signer)) {
		t.Error("the certificate is another one")
	}
}

// reveal reads one accessor, whose value must come back.
func reveal[T any](t *testing.T, h runtime.Handle[T]) T {
	t.Helper()
	secret, err := h.Read(t.Context())
	if err != nil {
		t.Error(err)
	}
	return secret.Reveal()
}

func TestAFakesMetadataIsThatOfItsReference(t *testing.T) {
	t.Parallel()
	s := newFake(t, fakeSecrets{
		API: fakeSecretsAPI{Token: secretstest.Of("a"), Previous: secretstest.Of("b"), Rounding: secretstest.Of(rounding{})},
	})
	token, err1 := s.api.token.Read(t.Context())
	previous, err2 := s.api.previous.Read(t.Context())
	file, err3 := s.api.rounding.Read(t.Context())
	if err := errors.Join(err1, err2, err3); err != nil {
		t.Fatal(err)
	}
	if token.Version() != 1 || previous.Version() != 3 || file.Version() != 0 {
		t.Errorf("versions %d, %d and %d, want 1, 3 and 0", token.Version(), previous.Version(), file.Version())
	}
	if token.Ref() == "" || token.Ref() == previous.Ref() {
		t.Errorf("resource_ref %q and %q, want two", token.Ref(), previous.Ref())
	}
}

func TestLoadReadsEachValueOnceWhateverTheDocument(t *testing.T) {
	t.Parallel()
	var tokens, previous atomic.Int32
	kit := secretstest.New(t, secretstest.WithFake(declarations(), stands(fakeSecrets{
		API: fakeSecretsAPI{
			Token:    func(context.Context) (string, error) { return fmt.Sprint("token ", tokens.Add(1)), nil },
			Previous: func(context.Context) (string, error) { return fmt.Sprint("previous ", previous.Add(1)), nil },
			Signer:   secretstest.Of[crypto.Signer](nil),
			Rounding: secretstest.Of(rounding{}),
			Labels:   secretstest.Of[map[string]string](nil),
		},
		DB:     secretstest.Of(login{Username: "u"}),
		Server: secretstest.Of(tls.Certificate{}),
	})...))
	s, err := newSecrets(kit.Client)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.set.Preflight(t.Context()); err != nil {
		t.Fatal(err)
	}
	if tokens.Load() != 0 {
		t.Error("Preflight read a value")
	}
	v, err := s.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if v.API.Token.Reveal() != "token 1" || v.API.Previous.Reveal() != "previous 1" || v.DB.Reveal().Username != "u" {
		t.Errorf("loaded %q, %q and the login of %q", v.API.Token.Reveal(), v.API.Previous.Reveal(), v.DB.Reveal().Username)
	}
	var read []string
	for _, e := range kit.Events() {
		if e.Type == audit.Read {
			read = append(read, e.Accessor)
		}
	}
	if diff := cmp.Diff([]string{"api.token", "api.previous", "db"}, read); diff != "" {
		t.Errorf("reads in the trail (-want +got):\n%s", diff)
	}
	if kit.Reads() != 0 {
		t.Errorf("%d reads reached the store, want none", kit.Reads())
	}
}

func TestLoadSaysEverythingThatFails(t *testing.T) {
	t.Parallel()
	s := newFake(t, fakeSecrets{API: fakeSecretsAPI{Token: secretstest.Of("canary"), Previous: secretstest.Fails[string](errors.New("canary"))}})
	v, err := s.Load(t.Context())
	if v != nil || !isA[*runtime.ProviderError](err) || !isA[*runtime.SecretNotFoundError](err) || strings.Contains(err.Error(), "canary") {
		t.Errorf("got %v", err)
	}
}

func TestAKitDecidesAboutItsFakes(t *testing.T) {
	t.Parallel()
	called := 0
	kit := secretstest.New(t, secretstest.WithFake(declarations(), secretstest.For("api.token", func(context.Context) (string, error) {
		called++
		return "canary", nil
	})))
	s, err := newSecrets(kit.Client)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.api.Token(kit.Context(t.Context(), "alice")); err != nil {
		t.Error(err)
	}
	kit.Deny("api.token")
	if _, err := s.api.Token(kit.Context(t.Context(), "mallory")); !errors.Is(err, runtime.ErrDenied) {
		t.Errorf("mallory: %v, want a denial", err)
	}
	if called != 1 {
		t.Errorf("the value was read %d times, want once", called)
	}
	var trail []string
	for _, e := range kit.Events() {
		trail = append(trail, fmt.Sprintf("%s %s %s for %s from %s", e.Type, e.Effect, e.Accessor, e.Subject, e.Provider))
	}
	if diff := cmp.Diff([]string{
		"decision allow api.token for alice from openbao+kv2",
		"read allow api.token for alice from openbao+kv2",
		"decision deny api.token for mallory from openbao+kv2",
	}, trail); diff != "" {
		t.Errorf("the trail (-want +got):\n%s", diff)
	}
}

func TestWhatNoStandIsForIsReadFromTheKitsStore(t *testing.T) {
	t.Parallel()
	kit := secretstest.New(t, secretstest.WithFake(declarations(), secretstest.For("api.token", secretstest.Of("canary"))))
	kit.Set("openbao+kv2://team-a/myapp/api#token?version=3", "stored")
	s, err := newSecrets(kit.Client)
	if err != nil {
		t.Fatal(err)
	}
	if got := reveal(t, s.api.token); got != "canary" {
		t.Errorf("the token is %q", got)
	}
	if got := reveal(t, s.api.previous); got != "stored" {
		t.Errorf("the previous token is %q", got)
	}
}

func TestAFakeCanLiveUnderAProfile(t *testing.T) {
	t.Parallel()
	for profile, scheme := range map[string]string{"": "openbao+kv2", "ci": "env"} {
		kit := secretstest.New(t,
			secretstest.WithFake(declarations(), secretstest.For("api.token", secretstest.Of("canary"))),
			secretstest.WithConfig(func(c *runtime.Config) { c.Profile = profile }))
		s, err := newSecrets(kit.Client)
		if err != nil {
			t.Fatal(err)
		}
		if got := reveal(t, s.api.token); got != "canary" {
			t.Errorf("%q: the token is %q", profile, got)
		}
		if e := kit.Events()[0]; e.Provider != scheme {
			t.Errorf("%q: the trail has %s, want %s", profile, e.Provider, scheme)
		}
	}
}

func TestNobodyCanChangeAFakesValue(t *testing.T) {
	t.Parallel()
	given, returned := map[string]string{"a": "canary"}, map[string]string{"a": "canary"}
	fixed := newFake(t, fakeSecrets{API: fakeSecretsAPI{Labels: secretstest.Of(given)}})
	called := newFake(t, fakeSecrets{API: fakeSecretsAPI{Labels: func(context.Context) (map[string]string, error) { return returned, nil }}})
	before, err := called.api.labels.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	given["a"], returned["a"] = "changed", "changed"
	reveal(t, fixed.api.labels)["a"] = "changed"
	if got := reveal(t, fixed.api.labels)["a"]; got != "canary" {
		t.Errorf("a value that was given is %q", got)
	}
	if got := before.Reveal()["a"]; got != "canary" {
		t.Errorf("a value that was read is %q", got)
	}
	if got := reveal(t, called.api.labels)["a"]; got != "changed" {
		t.Errorf("a value that is made anew is %q", got)
	}
}

// TestReadsSideBySideEachGetTheirOwn gives every read another value.
func TestReadsSideBySideEachGetTheirOwn(t *testing.T) {
	t.Parallel()
	const readers, each = 16, 25
	type reader struct{}
	s := newFake(t, fakeSecrets{API: fakeSecretsAPI{Token: func(ctx context.Context) (string, error) {
		name, _ := ctx.Value(reader{}).(string)
		return "canary of " + name, nil
	}}})
	var wg sync.WaitGroup
	for i := range readers {
		wg.Go(func() {
			for j := range each {
				name := fmt.Sprint(i, "/", j)
				token, err := s.api.Token(context.WithValue(t.Context(), reader{}, name))
				if err != nil || token.Reveal() != "canary of "+name {
					t.Errorf("%s: %v, or the value of another read", name, err)
				}
			}
		})
	}
	wg.Wait()
}

func TestOneLoadCanBeTakenFromTwice(t *testing.T) {
	t.Parallel()
	set := runtime.NewSet(secretstest.Fake(t, declarations(), secretstest.For("api.token", secretstest.Of("canary"))), declarations())
	handle := runtime.Bind(set, "api.token", decode.String)
	loaded, err := set.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	gc.GC()
	for range 2 {
		if secret := runtime.Take(loaded, handle); loaded.Err() != nil || secret.Reveal() != "canary" {
			t.Errorf("got %v", loaded.Err())
		}
	}
}

// shared is behind a pointer, and with its field unexported is not copied.
type shared struct{ text [1 << 10]byte }

// TestAFakeKeepsNoValueThatWasRead reads what the collector must then find
// nobody to hold.
func TestAFakeKeepsNoValueThatWasRead(t *testing.T) {
	t.Parallel()
	var read weak.Pointer[shared]
	declared := []runtime.Declaration{{Accessor: "a", URI: "env://secret/A"}}
	set := runtime.NewSet(secretstest.Fake(t, declared, secretstest.For("a", func(context.Context) (*shared, error) {
		value := &shared{text: [1 << 10]byte{1}}
		read = weak.Make(value)
		return value, nil
	})), declared)
	handle := runtime.Bind(set, "a", unreadable[*shared])
	if reveal(t, handle).text[0] != 1 || read == (weak.Pointer[shared]{}) {
		t.Fatal("another value was read: this test looks at nothing")
	}
	for range 100 {
		gc.GC()
		if read.Value() == nil {
			gc.KeepAlive(handle)
			return
		}
	}
	t.Error("a value is still held after its read")
}

func isA[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}
