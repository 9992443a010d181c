package kv

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/e2e/internal/kvserver"
	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/secretstest/leakcheck"
)

// shelf is a mount with a secret in every state that a server knows.
type shelf struct {
	mount, token string
	values       []string // of app/api, by version from 1 on
}

// stock fills a shelf.
func stock(a kvserver.Admin) shelf {
	a.T.Helper()
	s := shelf{mount: a.Mount()}
	for range 4 {
		s.values = append(s.values, leakcheck.NewCanary())
		a.Write(s.mount, "app/api", map[string]any{"token": s.values[len(s.values)-1], "port": 5432})
	}
	a.Remove(s.mount, "app/api", 1)
	a.Destroy(s.mount, "app/api", 2)
	a.Remove(s.mount, "app/api", 3)
	a.Destroy(s.mount, "app/api", 3)
	a.Describe(s.mount, "app/api", map[string]any{"custom_metadata": map[string]string{
		"owner": "payments", "created_by": "ops", "created_at": "2026-01-02T03:04:05Z",
	}})

	a.Write(s.mount, "app/gone", map[string]any{"token": "canary-older"})
	a.Write(s.mount, "app/gone", map[string]any{"token": "canary-newer"})
	a.Remove(s.mount, "app/gone", 2)

	a.Describe(s.mount, "app/fading", map[string]any{"delete_version_after": "3h"})
	a.Write(s.mount, "app/fading", map[string]any{"token": s.latest()})
	a.Write(s.mount, "app/bare", map[string]any{})
	s.token = a.Token(s.mount, nil)
	return s
}

// latest is what app/api and app/fading hold.
func (s shelf) latest() string { return s.values[len(s.values)-1] }

// state is a place and what a read of it comes to.
type state struct {
	mount, path string
	version     int
	want        string
}

// states are the places of a shelf and beside it, by what they are.
func (s shelf) states(a kvserver.Admin) map[string]state {
	a.T.Helper()
	other, unversioned := a.Mount(), a.Name()
	a.Write(other, "app/api", map[string]any{"token": "canary"})
	a.Must(http.MethodPost, "sys/mounts/"+unversioned, map[string]any{"type": "kv"})
	a.T.Cleanup(func() { a.Must(http.MethodDelete, "sys/mounts/"+unversioned, nil) })
	return map[string]state{
		"the latest version":                        {s.mount, "app/api", 0, "value"},
		"a pin on the latest version":               {s.mount, "app/api", 4, "value"},
		"a deleted version":                         {s.mount, "app/api", 1, "deleted 1"},
		"a destroyed version":                       {s.mount, "app/api", 2, "destroyed 2"},
		"a version deleted, then destroyed":         {s.mount, "app/api", 3, "destroyed 3"},
		"a version that never was":                  {s.mount, "app/api", 9, "not found"},
		"a path that never was":                     {s.mount, "app/nothing", 0, "not found"},
		"a deleted latest version before older":     {s.mount, "app/gone", 0, "deleted 2"},
		"an older version than the deleted":         {s.mount, "app/gone", 1, "value"},
		"a version that will be deleted":            {s.mount, "app/fading", 0, "value"},
		"a document without keys":                   {s.mount, "app/bare", 0, "value"},
		"a path that is a folder":                   {s.mount, "app", 0, "not found"},
		"a mount outside the token's policy":        {other, "app/api", 0, "denied"},
		"a mount of version 1 outside the policy":   {unversioned, "app/api", 0, "denied"},
		"a mount that is not there, for that token": {"e2e-nowhere", "app/api", 0, "denied"},
	}
}

func TestEveryStateOfASecretHasItsOutcome(t *testing.T) {
	t.Parallel()
	a := operator(t)
	s := stock(a)
	states := s.states(a)
	everyScheme(t, func(t *testing.T, scheme string) {
		provider := open(t, scheme, at(a.Server, s.token))
		for name, test := range states {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				_, err := provider.Read(t.Context(), providers.Location{Mount: test.mount, Path: test.path, Version: test.version})
				if got := outcome(err); got != test.want {
					t.Errorf("the outcome is %s, want %s", got, test.want)
				}
			})
		}
	})
}

// A token that may do everything is told what is wrong with the place.
func TestWhatAWrongPlaceIsToWhoMayDoEverything(t *testing.T) {
	t.Parallel()
	a := operator(t)
	unversioned, mount := a.Name(), a.Mount()
	a.Must(http.MethodPost, "sys/mounts/"+unversioned, map[string]any{"type": "kv"})
	t.Cleanup(func() { a.Must(http.MethodDelete, "sys/mounts/"+unversioned, nil) })
	a.Must(http.MethodPost, unversioned+"/data/app", map[string]any{"token": "canary"})
	everyScheme(t, func(t *testing.T, scheme string) {
		provider := open(t, scheme, at(a.Server, a.Server.Token))
		for name, test := range map[string]state{
			"a mount that is not there":       {"e2e-nowhere", "app", 0, "misconfigured"},
			"an engine of version 1":          {unversioned, "app", 0, "misconfigured"},
			"an engine of version 1, a path":  {unversioned, "nothing", 0, "not found"},
			"an engine of another kind":       {"identity", "app", 0, "misconfigured"},
			"a mount that is part of another": {mount + "/data", "app", 0, "not found"},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				_, err := provider.Read(t.Context(), providers.Location{Mount: test.mount, Path: test.path})
				if got := outcome(err); got != test.want {
					t.Errorf("the outcome is %s, want %s", got, test.want)
				}
			})
		}
	})
}

func TestAReadTellsTheMetadataOfItsVersion(t *testing.T) {
	t.Parallel()
	a := operator(t)
	s := stock(a)
	everyScheme(t, func(t *testing.T, scheme string) {
		provider := open(t, scheme, at(a.Server, s.token))
		for name, version := range map[string]int{"latest": 0, "pinned": 4} {
			doc, err := provider.Read(t.Context(), providers.Location{Mount: s.mount, Path: "app/api", Version: version})
			if err != nil {
				t.Fatal(err)
			}
			if token(t, doc) != s.latest() {
				t.Errorf("%s: the value is not the one stored", name)
			}
			if port, err := doc.Pick("port"); err != nil || port.Kind() != providers.Number || string(port.Bytes()) != "5432" {
				t.Errorf("%s: the number came as %v: %v", name, port.Kind(), err)
			}
			got := doc.Metadata()
			if age := time.Since(got.Created); age < 0 || age > time.Hour {
				t.Errorf("%s: created %v ago", name, age)
			}
			got.Created = time.Time{}
			want := providers.Metadata{Version: 4, Custom: map[string]string{
				"owner": "payments", "created_by": "ops", "created_at": "2026-01-02T03:04:05Z",
			}}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s metadata (-want +got):\n%s", name, diff)
			}
		}
		doc, err := provider.Read(t.Context(), providers.Location{Mount: s.mount, Path: "app/fading"})
		if err != nil {
			t.Fatal(err)
		}
		if left := time.Until(doc.Metadata().Deletes); left < 2*time.Hour || left > 3*time.Hour || token(t, doc) != s.latest() {
			t.Errorf("the version is deleted in %v, want 3h", left)
		}
	})
}
