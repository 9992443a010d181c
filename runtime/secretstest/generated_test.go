package secretstest_test

import (
	"context"
	"crypto"
	"crypto/tls"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/decode"
	"github.com/secretsgen/secretsgen/runtime/secretstest"
)

// This file stands in for what the generator makes of a package config and of
// its configfake, by hand and in one package: New of config is newSecrets, New
// of configfake is newFake, and its Secrets is fakeSecrets.

type secrets struct {
	api    secretsAPI
	db     runtime.Handle[login]
	server runtime.Handle[tls.Certificate]
	set    *runtime.Set
}

type secretsAPI struct {
	token, previous runtime.Handle[string]
	signer          runtime.Handle[crypto.Signer]
	rounding        runtime.Handle[rounding]
	labels          runtime.Handle[map[string]string]
}

type login struct {
	runtime.Redacted

	Username, Password string
}

// rounding is a type that has no encoded form at all.
type rounding struct{ Round func(float64) float64 }

func declarations() []runtime.Declaration {
	return []runtime.Declaration{
		{Accessor: "api.token", URI: "openbao+kv2://team-a/myapp/api#token", Profiles: map[string]string{"ci": "env://pipeline/API_TOKEN"}},
		{Accessor: "api.previous", URI: "openbao+kv2://team-a/myapp/api#token?version=3"},
		{Accessor: "api.signer", URI: "aws+sm://team-b/signer"},
		{Accessor: "api.rounding", URI: "file://mounted/rounding"},
		{Accessor: "api.labels", URI: "openbao-eu+kv2://team-c/labels"},
		{Accessor: "db", URI: "hashicorp+kv2://team-d/db"},
		{Accessor: "server", URI: "yaml://team-e/server"},
	}
}

func newSecrets(client *runtime.Client) (*secrets, error) {
	set := runtime.NewSet(client, declarations())
	s := &secrets{
		api: secretsAPI{
			token:    runtime.Bind(set, "api.token", decode.String),
			previous: runtime.Bind(set, "api.previous", decode.String),
			signer:   runtime.Bind(set, "api.signer", unreadable[crypto.Signer]),
			rounding: runtime.Bind(set, "api.rounding", unreadable[rounding]),
			labels:   runtime.Bind(set, "api.labels", decode.Map),
		},
		db:     runtime.Bind(set, "db", unreadable[login]),
		server: runtime.Bind(set, "server", unreadable[tls.Certificate]),
		set:    set,
	}
	if err := set.Err(); err != nil {
		return nil, err
	}
	return s, nil
}

// unreadable stands in for decoders, none of which a fake may call.
func unreadable[T any](decode.Document) (T, error) { panic("a fake decodes a document") }

func (a secretsAPI) Token(ctx context.Context) (runtime.Secret[string], error) {
	return a.token.Read(ctx)
}

func (s *secrets) DB(ctx context.Context) (runtime.Secret[login], error) { return s.db.Read(ctx) }

type secretsValues struct {
	API secretsAPIValues
	DB  runtime.Secret[login]
}

type secretsAPIValues struct{ Token, Previous runtime.Secret[string] }

func (s *secrets) Load(ctx context.Context) (*secretsValues, error) {
	loaded, err := s.set.Load(ctx)
	if err != nil {
		return nil, err
	}
	v := &secretsValues{
		API: secretsAPIValues{
			Token:    runtime.Take(loaded, s.api.token),
			Previous: runtime.Take(loaded, s.api.previous),
		},
		DB: runtime.Take(loaded, s.db),
	}
	if err := loaded.Err(); err != nil {
		return nil, err
	}
	return v, nil
}

type fakeSecrets struct {
	API    fakeSecretsAPI
	DB     secretstest.Value[login]
	Server secretstest.Value[tls.Certificate]
}

type fakeSecretsAPI struct {
	Token, Previous secretstest.Value[string]
	Signer          secretstest.Value[crypto.Signer]
	Rounding        secretstest.Value[rounding]
	Labels          secretstest.Value[map[string]string]
}

func newFake(tb secretstest.TB, f fakeSecrets) *secrets {
	tb.Helper()
	s, err := newSecrets(secretstest.Fake(tb, declarations(), stands(f)...))
	if err != nil {
		tb.Fatalf("configfake: %v", err)
	}
	return s
}

func stands(f fakeSecrets) []secretstest.Stand {
	return []secretstest.Stand{
		secretstest.For("api.token", f.API.Token),
		secretstest.For("api.previous", f.API.Previous),
		secretstest.For("api.signer", f.API.Signer),
		secretstest.For("api.rounding", f.API.Rounding),
		secretstest.For("api.labels", f.API.Labels),
		secretstest.For("db", f.DB),
		secretstest.For("server", f.Server),
	}
}
