package kv2

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/providers"
)

func TestAMountMayHaveAnAlias(t *testing.T) {
	t.Parallel()
	paths := make(chan string, 1)
	address := serve(t, func(w http.ResponseWriter, r *http.Request) {
		paths <- r.URL.Path + " in " + r.Header.Get("X-Vault-Namespace")
		_, _ = w.Write([]byte(envelope(`{}`, `"version":1`)))
	})
	p := openAt(t, address, "VAULT_NAMESPACE", "team-a/", "VAULT_MOUNTS", "payments=team/pay.v1/kv, other=kv", "VAULT_CHILD_NAMESPACES", "dev,prod")
	for mount, want := range map[string]string{
		"payments": "/v1/team/pay.v1/kv/data/app in team-a",
		"other":    "/v1/kv/data/app in team-a",
		"kv":       "/v1/kv/data/app in team-a",
		"team":     "/v1/team/data/app in team-a",
		"Payments": "/v1/Payments/data/app in team-a",
		"devs":     "/v1/devs/data/app in team-a",
	} {
		if _, err := p.Read(t.Context(), providers.Location{Mount: mount, Path: "app"}); err != nil {
			t.Fatal(err)
		}
		if got := <-paths; got != want {
			t.Errorf("%s is at %s and not at %s", mount, got, want)
		}
	}
}

// The server takes a path as it takes the header, so that a mount named like a
// namespace below would be that namespace.
func TestNothingIsAskedForInAnotherNamespace(t *testing.T) {
	t.Parallel()
	address := serve(t, func(w http.ResponseWriter, r *http.Request) {
		t.Errorf("the server was asked for %s", r.RequestURI)
		w.WriteHeader(http.StatusTeapot)
	})
	p := openAt(t, address, "VAULT_NAMESPACE", "team-a", "VAULT_CHILD_NAMESPACES", "dev, prod")
	for _, mount := range []string{"dev", "prod", "dev/secret", "sys", "auth", "identity", "cubbyhole", "audit", "root", "sys/raw", "auth/token", "root/secret"} {
		at := providers.Location{Mount: mount, Path: "secret/data/app"}
		_, readErr := p.Read(t.Context(), at)
		_, metaErr := p.(providers.MetadataReader).ReadMetadata(t.Context(), at)
		_, _, keysErr := p.(providers.KeyReader).ReadKeys(t.Context(), at)
		_, wrapErr := p.(providers.Wrapper).ReadWrapped(t.Context(), at, time.Minute)
		for _, err := range []error{readErr, metaErr, keysErr, wrapErr} {
			if got := outcome(err); got != "misconfigured" {
				t.Errorf("%s: the outcome is %s", mount, got)
			}
		}
	}
}

func TestNamespacesThatAreTaken(t *testing.T) {
	t.Parallel()
	for setting, want := range map[string]string{
		"": "", "team-a": "team-a", "team-a/": "team-a", "team-a/dev": "team-a/dev", "a.b_c-D9/e": "a.b_c-D9/e", "root": "", "root/": "", "roots/sys2": "roots/sys2",
	} {
		got := make(chan []string, 1)
		address := serve(t, func(w http.ResponseWriter, r *http.Request) {
			got <- r.Header["X-Vault-Namespace"]
			_, _ = w.Write([]byte(envelope(`{}`, `"version":1`)))
		})
		if _, err := openAt(t, address, "VAULT_NAMESPACE", setting).Read(t.Context(), at("app", 0)); err != nil {
			t.Fatal(err)
		}
		var header []string
		if want != "" {
			header = []string{want}
		}
		if diff := cmp.Diff(header, <-got); diff != "" {
			t.Errorf("%q: header (-want +got):\n%s", setting, diff)
		}
	}
}

func TestNamespacesAndMountsThatAreRefused(t *testing.T) {
	t.Parallel()
	for name, values := range map[string][]string{
		"VAULT_NAMESPACE": {
			"/", "//", "/team", "team//dev", "team/../sys", "..", ".", "team/.", "root/team", "team/root", "sys", "team/auth/x", "team//", "canary x",
			"canary%2fdev", "canary\\dev", "canary?x", "canary#x", "canary*", "cänary", "team\t", "a..b", "team.",
		},
		"VAULT_CHILD_NAMESPACES": {"dev/prod", "dev/", "canary x", "..", "sys", "root", "canary%2f", "a."},
		"VAULT_MOUNTS": {
			"canary", "=canary", "canary=", "a/canary=b", "canary=/b", "canary=b/", "canary=b//c", "canary=b/../c", "canary=b c", "canary=b%2fc", "a=b,a=c", "a=b,a=b",
			"canary=sys/raw", "canary=auth", "canary=root/secret", "sys=canary", "canary=identity/x", "canary=cubbyhole", "canary=audit/x", "..=canary", "canary=a=b",
		},
	} {
		for _, value := range values {
			in, _ := instance("openbao+kv2", map[string]string{"VAULT_URL": "https://vault.example.com", "VAULT_TOKEN": "t", name: value})
			_, err := Provider().Open(t.Context(), in)
			if diff := cmp.Diff([]string{name}, problemNames(t, err)); diff != "" {
				t.Errorf("%s=%q: names (-want +got):\n%s", name, value, diff)
			} else if shows(err) {
				t.Errorf("the error shows the value: %v", err)
			}
		}
	}
	in, _ := instance("openbao+kv2", map[string]string{
		"VAULT_URL": "https://vault.example.com", "VAULT_TOKEN": "t", "VAULT_CHILD_NAMESPACES": "dev", "VAULT_MOUNTS": "a=dev/secret,dev=b",
	})
	_, err := Provider().Open(t.Context(), in)
	if diff := cmp.Diff([]string{"VAULT_MOUNTS"}, problemNames(t, err)); diff != "" {
		t.Errorf("aliases into a child namespace: names (-want +got):\n%s", diff)
	}
}
