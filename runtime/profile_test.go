package runtime_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/audit"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/providers/env"
	"github.com/secretsgen/secretsgen/runtime/providers/kv2"
	"github.com/secretsgen/secretsgen/runtime/settings"
	"github.com/secretsgen/secretsgen/runtime/uri"
)

// Two packages of one program. The second has a profile of its own, and one of
// its declarations has none.
var (
	profiled = []runtime.Declaration{
		{Accessor: "api.token", URI: "openbao+kv2://secret/api#token", Profiles: map[string]string{"ci": "env://secret/API_TOKEN"}},
	}
	alsoProfiled = []runtime.Declaration{
		{Accessor: "db.password", URI: "env://secret/DB_PASSWORD", Profiles: map[string]string{"eu": "openbao-eu+kv2://kv/db#password"}},
		{Accessor: "db.user", URI: "env://secret/DB_USER"},
	}
)

// pdpLog permits everything and keeps what it was asked about.
type pdpLog struct {
	mu    sync.Mutex
	asked []pep.Resource
}

func (l *pdpLog) Decide(_ context.Context, req pep.Request) (pep.Decision, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked = append(l.asked, req.Resource)
	return pep.Decision{Permit: true}, nil
}

func (l *pdpLog) resources() []pep.Resource {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.asked
}

// echo is a store of every scheme here, in which every value is the reference of
// its document.
func echo() providers.Factory {
	return providers.Factory{
		Package: "example.com/echo",
		Schemes: append(uri.BuiltinSchemes(), "aws+sm"),
		Open: func(_ context.Context, in providers.Instance) (providers.Provider, error) {
			return &stub{read: func(_ context.Context, at providers.Location) (providers.Document, error) {
				value := providers.NewValue(providers.Text, []byte(in.Scheme+"://"+at.Mount+"/"+at.Path))
				if in.Scheme == "env" {
					return providers.Scalar(value, providers.Metadata{}), nil
				}
				return providers.Fields(map[string]providers.Value{"token": value, "user": value}, providers.Metadata{}), nil
			}}, nil
		},
	}
}

func underProfile(profile string) runtime.Config {
	cfg := stubConfig()
	cfg.Profile = profile
	cfg.Settings = settings.FromMap(nil)
	return cfg
}

func TestAProfileChoosesWhatAStartNeeds(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		profile  string
		mounts   []string
		declared []runtime.Extension
		want     []string // problems, by name and the start of the detail
	}{
		"no profile, and the server's settings are missing": {
			declared: []runtime.Extension{runtime.Declared(profiled)},
			want:     []string{"VAULT_TOKEN", "VAULT_URL"},
		},
		"a profile that needs no server": {profile: "ci", declared: []runtime.Extension{runtime.Declared(profiled)}},
		"a profile that another package has": {
			profile:  "ci",
			declared: []runtime.Extension{runtime.Declared(alsoProfiled), runtime.Declared(profiled)},
		},
		"a profile with an instance and a mount of its own": {
			profile:  "eu",
			declared: []runtime.Extension{runtime.Declared(alsoProfiled)},
			want:     []string{"OPENBAO_EU_TOKEN", "OPENBAO_EU_URL", "TENANT_ALLOWED_MOUNTS does not hold the mount that db.password names under SECRETS_PROFILE"},
		},
		"a profile whose mount is allowed": {
			profile: "eu", mounts: []string{"secret", "kv"},
			declared: []runtime.Extension{runtime.Declared(alsoProfiled)},
			want:     []string{"OPENBAO_EU_TOKEN", "OPENBAO_EU_URL"},
		},
		"a mount that the profile does not need": {
			profile: "ci", mounts: []string{"secret"},
			declared: []runtime.Extension{runtime.Declared([]runtime.Declaration{
				{Accessor: "a", URI: "openbao+kv2://kv/a#k", Profiles: map[string]string{"ci": "env://secret/A"}},
			})},
		},
		"a profile that nobody has, and one to choose": {
			profile:  "canary",
			declared: []runtime.Extension{runtime.Declared(alsoProfiled)},
			want:     []string{"SECRETS_PROFILE names a profile that no declaration has: unset it, or set it to eu"},
		},
		"a profile that nobody has, and two to choose from": {
			profile:  "canary",
			declared: []runtime.Extension{runtime.Declared(profiled), runtime.Declared(alsoProfiled)},
			want:     []string{"SECRETS_PROFILE names a profile that no declaration has: unset it, or set it to one of ci, eu", "VAULT_TOKEN", "VAULT_URL"},
		},
		"a profile of another spelling": {
			profile:  "EU",
			declared: []runtime.Extension{runtime.Declared(alsoProfiled)},
			want:     []string{"SECRETS_PROFILE names a profile that no declaration has: unset it, or set it to eu"},
		},
		"a profile where nothing has one": {
			profile:  "canary",
			declared: []runtime.Extension{runtime.Declared(alsoProfiled[1:])},
			want:     []string{"SECRETS_PROFILE names a profile that no declaration has: unset it"},
		},
		"a profile where nothing is declared": {
			profile:  "canary",
			declared: []runtime.Extension{runtime.Declared(nil)},
			want:     []string{"SECRETS_PROFILE names a profile that no declaration has: unset it"},
		},
		"the empty profile is none, whatever is declared": {
			declared: []runtime.Extension{runtime.Declared([]runtime.Declaration{
				{Accessor: "a", URI: "env://secret/A", Profiles: map[string]string{"": "openbao+kv2://kv/a#k"}},
			})},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := underProfile(test.profile)
			if test.mounts != nil {
				cfg.AllowedMounts = test.mounts
			}
			client, err := runtime.New(t.Context(), cfg, append(test.declared, kv2.Provider(), env.Provider(), pep.Extension{PDP: permits{}})...)
			if err == nil {
				_ = client.Close(t.Context())
			}
			var got []string
			if config, ok := errors.AsType[*runtime.ConfigError](err); ok {
				for _, p := range config.Problems {
					if p.Name == "SECRETS_PROFILE" || p.Name == "TENANT_ALLOWED_MOUNTS" {
						p.Name += " " + p.Detail
					}
					got = append(got, p.Name)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("%v: problems (-want +got):\n%s", err, diff)
			}
			if err != nil && strings.Contains(err.Error(), "canary") {
				t.Errorf("the error shows the setting: %v", err)
			}
		})
	}
}

// TestAProfileIsReadFromThere reads under each profile, with a client that was
// passed the declarations and with one that was not.
func TestAProfileIsReadFromThere(t *testing.T) {
	t.Parallel()
	const token, user = "openbao+kv2://secret/api#token?version=3", "openbao+kv2://secret/db#user"
	declarations := []runtime.Declaration{
		{Accessor: "api.token", URI: token, Profiles: map[string]string{"ci": "env://kv/API_TOKEN", "eu": "openbao-eu+kv2://secret/api#token"}},
		{Accessor: "db.user", URI: user, Profiles: map[string]string{"eu": "openbao-eu+kv2://secret/db#user"}},
	}
	for profile, want := range map[string]map[string]string{
		"":   {"api.token": token, "db.user": user},
		"ci": {"api.token": "env://kv/API_TOKEN", "db.user": user},
		"eu": {"api.token": "openbao-eu+kv2://secret/api#token", "db.user": "openbao-eu+kv2://secret/db#user"},
	} {
		for name, ext := range map[string][]runtime.Extension{
			"declared": {echo(), runtime.Declared(declarations)},
			"bound":    {echo()},
		} {
			t.Run(name+" under "+profile, func(t *testing.T) {
				t.Parallel()
				testReads(t, profile, ext, declarations, want)
			})
		}
	}
}

// testReads reads every declaration in every way there is. They must all use
// the wanted references, by accessor.
func testReads(t *testing.T, profile string, ext []runtime.Extension, declarations []runtime.Declaration, want map[string]string) {
	t.Helper()
	asked, sink := &pdpLog{}, &recording{}
	cfg := underProfile(profile)
	cfg.AllowedMounts = []string{"secret", "kv"}
	client, err := runtime.New(t.Context(), cfg, append(ext, pep.Extension{PDP: asked}, sink.factory())...)
	if err != nil {
		t.Fatal(err)
	}
	set := runtime.NewSet(client, declarations)
	handles := map[string]runtime.Handle[string]{}
	for _, d := range declarations {
		handles[d.Accessor] = runtime.Bind(set, d.Accessor, stringDecoder)
	}
	if err := errors.Join(set.Err(), set.Preflight(t.Context())); err != nil {
		t.Fatal(err)
	}
	loaded, err := set.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for accessor, ref := range want {
		parsed, err := uri.Parse(ref, uri.Scope{AnyMount: true, Schemes: []string{"openbao-eu+kv2"}})
		if err != nil {
			t.Fatal(err)
		}
		resolved, err := runtime.Resolve[string](t.Context(), client, parsed)
		if err != nil {
			t.Fatal(err)
		}
		read, err := handles[accessor].Read(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		place, _, _ := strings.Cut(ref, "#")
		for way, secret := range map[string]runtime.Secret[string]{"Read": read, "Load": runtime.Take(loaded, handles[accessor])} {
			if secret.Reveal() != place || secret.Ref() != resolved.Ref() {
				t.Errorf("%s of %s gives what is at %s as %s, want %s as %s", way, accessor, secret.Reveal(), secret.Ref(), place, resolved.Ref())
			}
		}
	}
	if err := errors.Join(loaded.Err(), client.Close(t.Context())); err != nil {
		t.Error(err)
	}
	for _, r := range asked.resources() {
		if ref := want[r.Accessor]; r.Accessor != "" && r.ID != ref {
			t.Errorf("the PDP was asked for %s as %s, want %s", r.Accessor, r.ID, ref)
		}
	}
	for _, e := range sink.kept() {
		scheme, _, _ := strings.Cut(want[e.Accessor], "://")
		if e.Accessor != "" && (e.Provider != scheme || e.Effect != audit.Allow) {
			t.Errorf("the trail has %s %s from %s, want %s", e.Effect, e.Accessor, e.Provider, scheme)
		}
	}
}

func TestTheGuardJudgesTheChosenReference(t *testing.T) {
	t.Parallel()
	declarations := []runtime.Declaration{{Accessor: "a", URI: "env://secret/A", Profiles: map[string]string{"ci": "env://kv/A"}}}
	for profile, allowed := range map[string]bool{"": true, "ci": false} {
		cfg := stubConfig()
		cfg.Profile = profile
		client, err := runtime.New(t.Context(), cfg, echo(), pep.Extension{PDP: permits{}})
		if err != nil {
			t.Fatal(err)
		}
		set := runtime.NewSet(client, declarations)
		_, err = runtime.Bind(set, "a", stringDecoder).Read(t.Context())
		if allowed != (err == nil) || !allowed && !isA[*runtime.URIError](err) {
			t.Errorf("%q: %v, want allowed %v", profile, err, allowed)
		}
		_ = client.Close(t.Context())
	}
}

func TestASetRefusesAProfileThatNobodyTheClientKnowsHas(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		profile  string
		declared []runtime.Declaration // nil: New was passed none
		bound    []runtime.Declaration
		want     string // of the error, "" for none
	}{
		"the set has it":                        {profile: "eu", bound: alsoProfiled},
		"there is none":                         {bound: alsoProfiled},
		"the set has it not":                    {profile: "canary", bound: alsoProfiled, want: "SECRETS_PROFILE: names a profile that no declaration has: unset it, or set it to eu; if it is another package's, pass runtime.Declared"},
		"another package has it":                {profile: "ci", bound: alsoProfiled, want: "or set it to eu; if it is another package's, pass runtime.Declared"},
		"another package has it, which New saw": {profile: "ci", declared: profiled, bound: alsoProfiled},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := underProfile(test.profile)
			ext := []runtime.Extension{echo(), pep.Extension{PDP: permits{}}}
			if test.declared != nil {
				ext = append(ext, runtime.Declared(test.declared))
			}
			client, err := runtime.New(t.Context(), cfg, ext...)
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close(t.Context())
			err = runtime.NewSet(client, test.bound).Err()
			if test.want == "" {
				if err != nil {
					t.Errorf("got %v, want a set", err)
				}
				return
			}
			if !isA[*runtime.ConfigError](err) || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "canary") {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

func TestAReferenceOfAnyProfileParsesUnderEach(t *testing.T) {
	t.Parallel()
	for _, profile := range []string{"", "aws"} {
		client, err := runtime.New(t.Context(), underProfile(profile), echo(), pep.Extension{PDP: permits{}}, runtime.Declared([]runtime.Declaration{
			{Accessor: "a", URI: "openbao-eu+kv2://secret/a#k", Profiles: map[string]string{"aws": "aws+sm://secret/a", "us": "openbao-us+kv2://secret/a#k"}},
		}))
		if err != nil {
			t.Fatal(err)
		}
		for _, ref := range []string{"openbao-eu+kv2://secret/b#k", "openbao-us+kv2://secret/b#k", "aws+sm://secret/b"} {
			if _, err := client.Parse(ref); err != nil {
				t.Errorf("%q: %v", profile, err)
			}
		}
		_ = client.Close(t.Context())
	}
}
