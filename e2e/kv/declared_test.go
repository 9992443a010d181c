package kv

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/decode"
	"github.com/secretsgen/secretsgen/runtime/providers/kv2"
	"github.com/secretsgen/secretsgen/runtime/secretstest/leakcheck"
	"github.com/secretsgen/secretsgen/runtime/settings"
)

// declared is the handle of one declaration of the key "token", in a program
// that may read everything.
func declared(t *testing.T, f *front, scheme, clientToken string, d runtime.Declaration) runtime.Handle[string] {
	t.Helper()
	d.Accessor, d.URI = "e2e", scheme+"://"+d.URI
	mount, _, _ := strings.Cut(strings.TrimPrefix(d.URI, scheme+"://"), "/")
	client, err := runtime.New(t.Context(), runtime.Config{
		Environment: "test", TenantID: "dev", AllowedMounts: []string{mount}, Salt: []byte(strings.Repeat("e2e salt ", 4)), Subject: "e2e",
		PDP: runtime.PDPConfig{InsecureAllowAll: true}, Audit: runtime.AuditConfig{Sinks: []string{"none"}},
		Settings: settings.FromMap(map[string]string{"VAULT_URL": f.address, "VAULT_TOKEN": clientToken}),
	}, runtime.Declared([]runtime.Declaration{d}), kv2.Provider())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close(context.Background()) })
	set := runtime.NewSet(client, []runtime.Declaration{d})
	handle := runtime.Bind(set, "e2e", decode.String)
	if err := set.Err(); err != nil {
		t.Fatal(err)
	}
	return handle
}

func TestADeclarationCanAskForWrapping(t *testing.T) {
	t.Parallel()
	s := stock(operator(t))
	everyScheme(t, func(t *testing.T, scheme string) {
		f := before(t, shared)
		for name, want := range map[string]bool{"app/api": true, "app/gone": false, "app/nothing": false} {
			handle := declared(t, f, scheme, s.token, runtime.Declaration{URI: s.mount + "/" + name + "#token", ResponseWrap: time.Minute})
			secret, err := handle.Read(t.Context())
			if (err == nil) != want || want && secret.Reveal() != s.latest() {
				t.Errorf("%s: %v", name, err)
			}
			seen := f.requests()
			if len(seen) == 0 || seen[0] != "GET "+s.mount+"/data/"+name+" wrapped" {
				t.Errorf("%s: the requests are %v", name, seen)
			}
		}
	})
}

func TestADocumentThatIsKeptIsReadOnce(t *testing.T) {
	t.Parallel()
	s := stock(operator(t))
	everyScheme(t, func(t *testing.T, scheme string) {
		f := before(t, shared)
		handle := declared(t, f, scheme, s.token, runtime.Declaration{URI: s.mount + "/app/api#token", Cache: time.Hour})
		for range 5 {
			gets(t, s.latest(), handle.Read)
		}
		if diff := cmp.Diff([]string{"GET " + s.mount + "/data/app/api"}, f.requests()); diff != "" {
			t.Errorf("requests (-want +got):\n%s", diff)
		}
	})
}

// A version that the server is about to delete is not kept for longer than that,
// whatever the declaration says.
func TestADocumentIsNotKeptPastItsDeletion(t *testing.T) {
	t.Parallel()
	a := operator(t)
	s := stock(a)
	everyScheme(t, func(t *testing.T, scheme string) {
		a, path, value := operator(t), "app/"+strings.ReplaceAll(scheme, "+", "-"), leakcheck.NewCanary()
		a.Describe(s.mount, path, map[string]any{"delete_version_after": "3s"})
		a.Write(s.mount, path, map[string]any{"token": value})
		f := before(t, shared)
		handle := declared(t, f, scheme, s.token, runtime.Declaration{URI: s.mount + "/" + path + "#token", Cache: time.Hour})
		for range 5 {
			gets(t, value, handle.Read)
		}
		if n := len(f.requests()); n != 1 {
			t.Errorf("%d requests for a document that is kept, want 1", n)
		}
		a.Await("the deletion", func() bool {
			_, err := handle.Read(t.Context())
			if _, deleted := errors.AsType[*runtime.SecretVersionDeletedError](err); !deleted && err != nil {
				t.Fatal(err)
			}
			return err != nil
		})
	})
}
