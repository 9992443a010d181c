package kv

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/e2e/internal/kvserver"
	"github.com/secretsgen/secretsgen/runtime/providers"
)

func TestMetadataAndKeysComeToWhatAReadDoes(t *testing.T) {
	t.Parallel()
	a := operator(t)
	s := stock(a)
	states := s.states(a)
	everyScheme(t, func(t *testing.T, scheme string) {
		p := open(t, scheme, at(a.Server, s.token))
		for name, test := range states {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				where := providers.Location{Mount: test.mount, Path: test.path, Version: test.version}
				_, err := p.Provider.(providers.MetadataReader).ReadMetadata(t.Context(), where)
				if got := outcome(err); got != test.want {
					t.Errorf("metadata: the outcome is %s, want %s", got, test.want)
				}
				_, _, err = p.Provider.(providers.KeyReader).ReadKeys(t.Context(), where)
				if got := outcome(err); got != test.want {
					t.Errorf("keys: the outcome is %s, want %s", got, test.want)
				}
			})
		}
	})
}

func TestMetadataAndKeysAreReadWithoutTheValue(t *testing.T) {
	t.Parallel()
	a := operator(t)
	s := stock(a)
	everyScheme(t, func(t *testing.T, scheme string) {
		f := before(t, shared)
		p := open(t, scheme, vars{"URL": f.address, "TOKEN": s.token})
		where := providers.Location{Mount: s.mount, Path: "app/api", Version: 4}
		doc, err := p.Read(t.Context(), where)
		if err != nil {
			t.Fatal(err)
		}
		f.requests()
		meta, err := p.Provider.(providers.MetadataReader).ReadMetadata(t.Context(), where)
		if diff := cmp.Diff(doc.Metadata(), meta); diff != "" || err != nil {
			t.Errorf("%v, metadata (-of the read +alone):\n%s", err, diff)
		}
		keys, meta, err := p.Provider.(providers.KeyReader).ReadKeys(t.Context(), where)
		if diff := cmp.Diff(doc.Metadata(), meta); diff != "" || err != nil {
			t.Errorf("%v, metadata (-of the read +of the keys):\n%s", err, diff)
		}
		if diff := cmp.Diff([]string{"port", "token"}, keys); diff != "" {
			t.Errorf("keys (-want +got):\n%s", diff)
		}
		want := []string{"GET " + s.mount + "/metadata/app/api", "GET " + s.mount + "/subkeys/app/api"}
		if diff := cmp.Diff(want, f.requests()); diff != "" {
			t.Errorf("requests (-want +got):\n%s", diff)
		}
		fading, err := p.Provider.(providers.MetadataReader).ReadMetadata(t.Context(), providers.Location{Mount: s.mount, Path: "app/fading"})
		if left := time.Until(fading.Deletes); err != nil || left < 2*time.Hour || left > 3*time.Hour {
			t.Errorf("the version is deleted in %v, want 3h: %v", left, err)
		}
	})
}

// A token may see what a document is about where it may not see the value.
func TestMetadataIsAllowedApartFromTheValue(t *testing.T) {
	t.Parallel()
	a := operator(t)
	s := stock(a)
	name := a.Name()
	a.Must(http.MethodPost, "sys/policies/acl/"+name, map[string]any{"policy": `path "` + s.mount + `/metadata/*" { capabilities = ["read"] }`})
	t.Cleanup(func() { a.Must(http.MethodDelete, "sys/policies/acl/"+name, nil) })
	token := a.Token(s.mount, map[string]any{"policies": []string{name}})
	everyScheme(t, func(t *testing.T, scheme string) {
		p := open(t, scheme, at(shared, token))
		meta, err := p.Provider.(providers.MetadataReader).ReadMetadata(t.Context(), providers.Location{Mount: s.mount, Path: "app/api"})
		if err != nil || meta.Custom["owner"] != "payments" {
			t.Errorf("metadata: %v, %v", meta.Custom, err)
		}
		p.fails(s.mount, "app/api", "denied")
	})
}

func TestAnAliasStandsForAMountWithASlash(t *testing.T) {
	t.Parallel()
	a := operator(t)
	mount := a.Name() + "/team/kv"
	a.MountAt(mount)
	a.Write(mount, "app/api", map[string]any{"token": "canary-slash"})
	token := a.Token(mount, nil)
	everyScheme(t, func(t *testing.T, scheme string) {
		p := open(t, scheme, at(shared, token).with(vars{"MOUNTS": "team=" + mount}))
		p.gets("team", "app/api", "canary-slash")
		where := providers.Location{Mount: "team", Path: "app/api"}
		if value, got := p.readWrapped(t.Context(), where); got != "value" || value != "canary-slash" {
			t.Errorf("wrapped: %s; right value: %v", got, value == "canary-slash")
		}
		if keys, _, err := p.Provider.(providers.KeyReader).ReadKeys(t.Context(), where); err != nil || len(keys) != 1 {
			t.Errorf("keys: %v, %v", keys, err)
		}
		open(t, scheme, at(shared, token)).fails("team", "app/api", "denied")
	})
}

// Vault without its Enterprise parts has no namespaces: it takes the header and
// answers from its only one. What is proved here is where the name travels.
func TestANamespaceTravelsInTheHeaderAlone(t *testing.T) {
	t.Parallel()
	a := own(t, kvserver.Options{})
	s := stock(a)
	everyScheme(t, func(t *testing.T, scheme string) {
		f := before(t, a.Server)
		var mu sync.Mutex
		seen := map[string]bool{}
		f.answers(func(_ http.ResponseWriter, r *http.Request) bool {
			mu.Lock()
			defer mu.Unlock()
			seen[r.Header.Get("X-Vault-Namespace")] = true
			return false
		})
		v := appRole(t, a, role{"token_policies": []string{a.Policy(s.mount)}})
		p := open(t, scheme, v.with(vars{"URL": f.address, "NAMESPACE": "team-a/dev", "CHILD_NAMESPACES": "inner"}))
		p.gets(s.mount, "app/api", s.latest())
		if _, got := p.readWrapped(t.Context(), providers.Location{Mount: s.mount, Path: "app/api"}); got != "value" {
			t.Errorf("wrapped: %s", got)
		}
		requests := f.requests()
		if diff := cmp.Diff(map[string]bool{"team-a/dev": true}, seen); diff != "" || strings.Contains(strings.Join(requests, " "), "team-a") {
			t.Errorf("requests %v, namespaces (-want +got):\n%s", requests, diff)
		}
		p.fails("inner", "app/api", "misconfigured")
		if more := f.requests(); len(more) > 0 {
			t.Errorf("a mount that is spelled like a namespace was asked for: %v", more)
		}
	})
}
