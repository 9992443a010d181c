package runtime_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/audit"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/secretstest"
)

func TestAChangeOfTheMountMapIsAnEventAndRefusesTheNextRead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "mounts.yaml")
		write := func(text string) {
			t.Helper()
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second) //nolint:forbidigo // in a synctest bubble: the file is looked at once a second
		}
		write("test: [secret]\n")
		kit := secretstest.New(t, secretstest.WithConfig(func(cfg *runtime.Config) {
			cfg.AllowedMounts, cfg.MountsFile = nil, path
		}))
		kit.Set(apiToken, "canary")
		kit.Grant(pep.Obligations{MaxUses: 10})
		handle := bind(t, kit, "api.token", apiToken, stringDecoder)
		if _, err := handle.Read(t.Context()); err != nil {
			t.Fatal(err)
		}
		write("test: secret\n")
		if _, err := handle.Read(t.Context()); err != nil {
			t.Errorf("a broken map took a mount away: %v", err)
		}
		write("test: [kv]\n")
		if _, err := handle.Read(t.Context()); !isA[*runtime.URIError](err) {
			t.Errorf("under a live grant, of a mount that was taken away: %v", err)
		}
		var got []string
		for _, e := range kit.Events() {
			if e.Type == audit.Config {
				got = append(got, string(e.Effect)+" "+e.Code+" "+e.Tenant)
			}
		}
		if diff := cmp.Diff([]string{"error mounts_broken test", "allow mounts_reloaded test"}, got); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
	})
}

func TestAChangeOfThePoliciesIsAnEvent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "policy.cedar")
		write := func(text string) {
			t.Helper()
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Minute) //nolint:forbidigo // in a synctest bubble: any interval has passed
		}
		write("permit (principal, action, resource);\n")
		cfg := stubConfig()
		cfg.PDP.PolicyFile = path
		sink := &recording{}
		s := &stub{read: func(context.Context, providers.Location) (providers.Document, error) { return text("canary") }}
		client, err := runtime.New(t.Context(), cfg, s.factory(), sink.factory())
		if err != nil {
			t.Fatal(err)
		}
		ref, err := client.Parse(stubRef)
		if err != nil {
			t.Fatal(err)
		}
		for _, policy := range []string{"permit (principal, action, resource", "forbid (principal, action, resource);\n"} {
			write(policy)
			_, _ = runtime.Resolve[string](t.Context(), client, ref)
		}
		if err := client.Close(t.Context()); err != nil {
			t.Error(err)
		}
		var got []string
		for _, e := range sink.kept() {
			got = append(got, strings.TrimSpace(string(e.Type)+" "+string(e.Effect)+" "+e.Code))
		}
		want := []string{"config error policies_broken", "decision allow", "read allow", "config allow policies_reloaded", "decision deny policy"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
	})
}

func TestTheBreakerLeavesAnEventOfEachChange(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		kit := secretstest.New(t)
		kit.Set(apiToken, "canary")
		handle := bind(t, kit, "api.token", apiToken, stringDecoder)
		kit.BreakPDP(pep.ReasonUnavailable)
		for range 6 {
			_, _ = handle.Read(t.Context())
		}
		kit.BreakPDP("")
		time.Sleep(10 * time.Second) //nolint:forbidigo // in a synctest bubble: longer than the breaker stays open
		if _, err := handle.Read(t.Context()); err != nil {
			t.Errorf("after the PDP was mended: %v", err)
		}
		var got []string
		for _, e := range kit.Events() {
			if e.Type == audit.Breaker {
				got = append(got, string(e.Effect)+" "+e.Code+" "+e.Tenant)
			}
		}
		want := []string{"error closed_to_open test", "error open_to_half-open test", "allow half-open_to_closed test"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
	})
}
