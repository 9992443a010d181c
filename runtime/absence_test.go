package runtime_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/audit"
	"github.com/secretsgen/secretsgen/runtime/decode"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/secretstest"
)

// lastRead is the event of the last read, without what differs from run to run.
func lastRead(t *testing.T, events []audit.Event) audit.Event {
	t.Helper()
	for i := len(events) - 1; i >= 0; i-- {
		if e := events[i]; e.Type == audit.Read {
			return audit.Event{Type: e.Type, Effect: e.Effect, Code: e.Code, KVVersion: e.KVVersion, Accessor: e.Accessor}
		}
	}
	t.Fatal("no read in the trail")
	return audit.Event{}
}

func TestAReadOfWhatIsAbsentSucceedsWhereTheDeclarationAllowsIt(t *testing.T) {
	t.Parallel()
	kit := secretstest.New(t)
	kit.Set(dbRef+"?version=3", map[string]any{"username": "u"})
	for name, test := range map[string]struct {
		ref            string
		version        int // of the secret
		audited        int // in the trail
		decoder        decode.Decoder[string]
		want, wantCode string
	}{
		"a document that is not there":        {apiToken, 0, 0, decode.Default(decode.String, "default"), "default", "absent"},
		"a version that is not there":         {dbRef + "#username?version=9", 0, 9, decode.Default(decode.String, "default"), "default", "absent"},
		"a key that is not there":             {dbRef + "#password", 3, 3, decode.DefaultText(decode.String, "default"), "default", "absent"},
		"a key of a version that isn't there": {dbRef + "#password?version=3", 3, 3, decode.Default(decode.String, "default"), "default", "absent"},
		"a key that is there":                 {dbRef + "#username", 3, 3, decode.Default(decode.String, "default"), "u", ""},
	} {
		secret, err := bind(t, kit, "a", test.ref, test.decoder).Read(t.Context())
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if secret.Reveal() != test.want || secret.Version() != test.version || secret.Ref() == "" {
			t.Errorf("%s: %q of version %d and ref %q", name, secret.Reveal(), secret.Version(), secret.Ref())
		}
		want := audit.Event{Type: audit.Read, Effect: audit.Allow, Code: test.wantCode, KVVersion: test.audited, Accessor: "a"}
		if diff := cmp.Diff(want, lastRead(t, kit.Events())); diff != "" {
			t.Errorf("%s: event (-want +got):\n%s", name, diff)
		}
	}
	optional, err := bind(t, kit, "a", apiToken, decode.Optional(decode.String)).Read(t.Context())
	if err != nil || optional.Reveal() != nil {
		t.Errorf("an optional secret that is not there: %v, %v", optional.Reveal(), err)
	}
}

func TestAKeyThatIsAbsentComesWithTheMetadataOfItsDocument(t *testing.T) {
	t.Parallel()
	created := time.Unix(1, 0)
	meta := providers.Metadata{Version: 7, Created: created, Custom: map[string]string{"owner": "team"}}
	client := clientOf(t, &stub{read: func(context.Context, providers.Location) (providers.Document, error) {
		return providers.Fields(nil, meta), nil
	}}, pep.Extension{PDP: permits{}})
	secret, err := readStub(t, client, stubRef+"#k", decode.Optional(decode.Int))
	if err != nil || secret.Version() != 7 || !secret.Created().Equal(created) || secret.CustomMetadata()["owner"] != "team" {
		t.Errorf("version %d, created %v, custom %v: %v", secret.Version(), secret.Created(), secret.CustomMetadata(), err)
	}
}

// clientOf is a client of a stub. The test closes it where the trail matters.
func clientOf(t *testing.T, s *stub, ext ...runtime.Extension) *runtime.Client {
	t.Helper()
	client, err := runtime.New(t.Context(), stubConfig(), append(ext, s.factory())...)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func readStub[T any](t *testing.T, client *runtime.Client, ref string, decoder decode.Decoder[T]) (runtime.Secret[T], error) {
	t.Helper()
	set := runtime.NewSet(client, []runtime.Declaration{{Accessor: "stub", URI: ref}})
	handle := runtime.Bind(set, "stub", decoder)
	if err := set.Err(); err != nil {
		t.Fatal(err)
	}
	return handle.Read(t.Context())
}

func TestNothingElseIsAbsence(t *testing.T) {
	t.Parallel()
	scalar := func(kind providers.Kind, text string) providers.Document {
		return providers.Scalar(providers.NewValue(kind, []byte(text)), providers.Metadata{})
	}
	null := map[string]providers.Value{"k": providers.NewValue(providers.Null, nil)}
	empty := map[string]providers.Value{"k": providers.NewValue(providers.Text, nil)}
	for name, test := range map[string]struct {
		doc  providers.Document
		err  error
		is   func(error) bool
		code string
	}{
		"a deleted version":           {err: &runtime.SecretVersionDeletedError{}, is: isA[*runtime.SecretVersionDeletedError], code: "version_deleted"},
		"a destroyed version":         {err: &runtime.SecretVersionDestroyedError{}, is: isA[*runtime.SecretVersionDestroyedError], code: "version_destroyed"},
		"a store that denies":         {err: &runtime.ProviderError{Code: providers.Denied}, is: isA[*runtime.ProviderError], code: "provider_denied"},
		"a store that is down":        {err: &runtime.ProviderError{Code: providers.Unavailable}, is: isA[*runtime.ProviderError], code: "provider_unavailable"},
		"a store that is not set up":  {err: &runtime.ProviderError{Code: providers.Misconfigured}, is: isA[*runtime.ProviderError], code: "provider_misconfigured"},
		"an error of no kind":         {err: errors.New("canary"), is: isA[*runtime.ProviderError], code: "provider_unavailable"},
		"a key that the store misses": {err: &runtime.SecretKeyNotFoundError{}, is: isA[*runtime.SecretKeyNotFoundError], code: "key_not_found"},
		"an object that breaks off":   {doc: scalar(providers.Binary, `{"k":`), is: isA[*runtime.ProviderError], code: "provider_malformed"},
		"text in place of an object":  {doc: scalar(providers.Binary, "canary"), is: isA[*runtime.SecretKeyNotFoundError], code: "key_not_found"},
		"a list in place of one":      {doc: scalar(providers.JSON, "[]"), is: isA[*runtime.SecretKeyNotFoundError], code: "key_not_found"},
		"a file without content":      {doc: scalar(providers.Binary, ""), is: isA[*runtime.SecretKeyNotFoundError], code: "key_not_found"},
		"null":                        {doc: providers.Fields(null, providers.Metadata{}), is: isA[*runtime.DecodeError], code: "decode"},
		"empty":                       {doc: providers.Fields(empty, providers.Metadata{}), is: isA[*runtime.DecodeError], code: "decode"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sink := &recording{}
			client := clientOf(t, &stub{read: func(context.Context, providers.Location) (providers.Document, error) { return test.doc, test.err }},
				sink.factory(), pep.Extension{PDP: permits{}})
			secret, err := readStub(t, client, stubRef+"#k", decode.Optional(decode.Default(decode.String, "default")))
			if err == nil || !test.is(err) || secret.Reveal() != nil {
				t.Errorf("got %T: %v", err, err)
			}
			if err := client.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
			if e := lastRead(t, sink.kept()); e.Effect != audit.Error || e.Code != test.code {
				t.Errorf("the trail says %s, %s, want error, %s", e.Effect, e.Code, test.code)
			}
		})
	}
}

func TestWhatIsAbsentStaysAnErrorForADecoderThatDoesNotTakeIt(t *testing.T) {
	t.Parallel()
	kit := secretstest.New(t)
	kit.Set(dbRef, map[string]any{"username": "u"})
	for name, decoder := range map[string]decode.Decoder[string]{
		"a type":         decode.String,
		"a panic":        func(decode.Document) (string, error) { panic("canary") },
		"another error":  func(decode.Document) (string, error) { return "canary", errors.New("canary") },
		"a decode error": func(decode.Document) (string, error) { return "canary", &decode.Error{Rule: "canary"} },
	} {
		secret, err := bind(t, kit, "a", apiToken, decoder).Read(t.Context())
		missing, ok := errors.AsType[*runtime.SecretNotFoundError](err)
		if !ok || missing.Accessor != "a" || missing.ResourceRef == "" || secret.Reveal() != "" {
			t.Errorf("%s, no document: %v", name, err)
		}
		secret, err = bind(t, kit, "a", dbRef+"#password", decoder).Read(t.Context())
		lacking, ok := errors.AsType[*runtime.SecretKeyNotFoundError](err)
		if !ok || lacking.Accessor != "a" || lacking.ResourceRef == "" || secret.Reveal() != "" {
			t.Errorf("%s, no key: %v", name, err)
		}
		if e := lastRead(t, kit.Events()); e.Effect != audit.Error || e.Code != "key_not_found" {
			t.Errorf("%s: the trail says %s, %s", name, e.Effect, e.Code)
		}
	}
}

func TestAProviderCannotSayAbsentByItself(t *testing.T) {
	t.Parallel()
	client := clientOf(t, &stub{read: func(context.Context, providers.Location) (providers.Document, error) {
		return providers.Absent(), nil
	}}, pep.Extension{PDP: permits{}})
	if _, err := readStub(t, client, stubRef, decode.Decoder[string](decode.String)); !isA[*runtime.SecretNotFoundError](err) {
		t.Errorf("got %T: %v", err, err)
	}
}

func TestLoadGivesWhatIsAbsentToo(t *testing.T) {
	t.Parallel()
	kit := secretstest.New(t)
	kit.Set(dbRef, map[string]any{"username": "u"})
	set := runtime.NewSet(kit.Client, []runtime.Declaration{
		{Accessor: "db.username", URI: dbRef + "#username"},
		{Accessor: "db.password", URI: dbRef + "#password"},
		{Accessor: "api.token", URI: apiToken},
	})
	username := runtime.Bind(set, "db.username", decode.Default(decode.String, "default"))
	password := runtime.Bind(set, "db.password", decode.Default(decode.String, "default"))
	token := runtime.Bind(set, "api.token", decode.Optional(decode.String))
	loaded, err := set.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := []any{runtime.Take(loaded, username).Reveal(), runtime.Take(loaded, password).Reveal(), runtime.Take(loaded, token).Reveal()}
	if diff := cmp.Diff([]any{"u", "default", (*string)(nil)}, got); diff != "" || loaded.Err() != nil {
		t.Errorf("%v (-want +got):\n%s", loaded.Err(), diff)
	}
	codes := map[string]string{}
	for _, e := range kit.Events() {
		if e.Type == audit.Read {
			codes[e.Accessor] = string(e.Effect) + " " + e.Code
		}
	}
	if diff := cmp.Diff(map[string]string{"db.username": "allow ", "db.password": "allow absent", "api.token": "allow absent"}, codes); diff != "" {
		t.Errorf("the trail (-want +got):\n%s", diff)
	}
}
