package secretstest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/audit"
	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/decode"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/secretstest"
)

const api = "openbao+kv2://secret/myapp/api"

// resolve reads a reference as text, for the process itself.
func resolve(t *testing.T, kit *secretstest.Kit, ref string) (runtime.Secret[string], error) {
	t.Helper()
	return resolveAs(t.Context(), t, kit, ref)
}

func resolveAs(ctx context.Context, t *testing.T, kit *secretstest.Kit, ref string) (runtime.Secret[string], error) {
	t.Helper()
	parsed, err := kit.Client.Parse(ref)
	if err != nil {
		t.Fatal(err)
	}
	return runtime.Resolve[string](ctx, kit.Client, parsed)
}

// outcome is what a read came to: its value and version, or its error's type.
func outcome(secret runtime.Secret[string], err error) string {
	if err != nil {
		return fmt.Sprintf("%T", err)
	}
	return fmt.Sprintf("%s of version %d", secret.Reveal(), secret.Version())
}

func TestTheExampleIsATestThatPasses(t *testing.T) {
	t.Parallel()
	testCharge(t)
}

func TestStoredVersionsAreReadByPinAndTheHighestIsTheLatest(t *testing.T) {
	t.Parallel()
	kit := secretstest.New(t)
	kit.Set(api+"#token?version=3", "three")
	kit.Set(api+"#token?version=2", "two")
	kit.Set(api+"#other", "also in three")
	kit.Set("hashicorp+kv2://kv/a#k", "first")
	for ref, want := range map[string]string{
		api + "#token":                      "three of version 3",
		api + "#token?version=3":            "three of version 3",
		api + "#token?version=2":            "two of version 2",
		api + "#token?version=1":            "*providers.SecretNotFoundError",
		api + "#other":                      "also in three of version 3",
		api + "#other?version=3":            "also in three of version 3",
		api + "#other?version=2":            "*providers.SecretKeyNotFoundError",
		"hashicorp+kv2://kv/a#k":            "first of version 1",
		"hashicorp+kv2://kv/a#k?version=1":  "first of version 1",
		"openbao+kv2://kv/a#k":              "*providers.SecretNotFoundError",
		"hashicorp+kv2://secret/myapp/none": "*providers.SecretNotFoundError",
	} {
		if got := outcome(resolve(t, kit, ref)); got != want {
			t.Errorf("%s is %s, want %s", ref, got, want)
		}
	}
}

func TestAStoreWithoutVersionsHasNone(t *testing.T) {
	t.Parallel()
	kit := secretstest.New(t)
	kit.Set("env://secret/TOKEN", "canary")
	kit.Set("env://secret/TOKEN", "changed")
	if got := outcome(resolve(t, kit, "env://secret/TOKEN")); got != "changed of version 0" {
		t.Error(got)
	}
}

func TestValuesAreStoredAsAKVStoreKeepsThem(t *testing.T) {
	t.Parallel()
	kit := secretstest.New(t)
	blob := []byte("bytes")
	kit.Set(api, map[string]any{"text": "a", "bytes": blob, "int": 5432, "float": 0.5, "bool": true, "json": json.RawMessage(`{"a":[1]}`)})
	kit.Set(api+"#null", nil)
	copy(blob, "XXXXX")
	parsed, err := kit.Client.Parse(api)
	if err != nil {
		t.Fatal(err)
	}
	got, err := runtime.Resolve[json.RawMessage](t.Context(), kit.Client, parsed)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"bool":true,"bytes":"bytes","float":0.5,"int":5432,"json":{"a":[1]},"null":null,"text":"a"}`
	if diff := cmp.Diff(want, string(got.Reveal())); diff != "" {
		t.Errorf("document (-want +got):\n%s", diff)
	}
}

func TestAFaultIsOfTheWholeDocumentOrOfOneVersion(t *testing.T) {
	t.Parallel()
	kit := secretstest.New(t)
	kit.Set(api+"#token?version=1", "one")
	kit.Set(api+"#token?version=2", "two")
	read := func(version string) string { return outcome(resolve(t, kit, api+"#token"+version)) }
	expect := func(when, one, latest string) {
		t.Helper()
		if got := read("?version=1"); got != one {
			t.Errorf("%s version 1 is %s, want %s", when, got, one)
		}
		if got := read(""); got != latest {
			t.Errorf("%s the latest is %s, want %s", when, got, latest)
		}
	}
	expect("at first", "one of version 1", "two of version 2")
	kit.Fail(api+"?version=1", &runtime.SecretVersionDestroyedError{})
	expect("with version 1 destroyed", "*providers.SecretVersionDestroyedError", "two of version 2")
	kit.Fail(api+"?version=1", nil)
	kit.Fail(api+"?version=2", &runtime.SecretVersionDeletedError{})
	expect("with version 2 deleted", "one of version 1", "*providers.SecretVersionDeletedError")
	kit.Fail(api, errors.New("canary"))
	expect("with the store down", "*providers.ProviderError", "*providers.ProviderError")
	kit.Fail(api, nil)
	kit.Fail(api+"?version=2", nil)
	expect("after all was mended", "one of version 1", "two of version 2")
	kit.Fail("openbao+kv2://secret/never/set", &runtime.SecretVersionDeletedError{})
	if got := outcome(resolve(t, kit, "openbao+kv2://secret/never/set#k")); got != "*providers.SecretVersionDeletedError" {
		t.Errorf("what was never set: %s", got)
	}
}

func TestDenyIsOfSomeAccessorsOrOfAll(t *testing.T) {
	t.Parallel()
	kit := secretstest.New(t)
	kit.Set(api+"#token", "canary")
	kit.Deny("some.other")
	if _, err := resolve(t, kit, api+"#token"); err != nil {
		t.Errorf("with another denied: %v", err)
	}
	kit.Deny()
	if _, err := resolve(t, kit, api+"#token"); !errors.Is(err, runtime.ErrDenied) {
		t.Errorf("with all denied: %v", err)
	}
	if kit.Asked() != 2 || kit.Reads() != 1 {
		t.Errorf("asked %d times, read %d times, want 2 and 1", kit.Asked(), kit.Reads())
	}
}

func TestABrokenPDPLeavesWhatALiveGrantHas(t *testing.T) {
	t.Parallel()
	kit := secretstest.New(t)
	kit.Set(api+"#token", "canary")
	kit.Grant(pep.Obligations{MaxUses: 2})
	if _, err := resolve(t, kit, api+"#token"); err != nil {
		t.Fatal(err)
	}
	kit.BreakPDP(pep.ReasonTimeout)
	if _, err := resolve(t, kit, api+"#token"); err != nil {
		t.Errorf("the second use: %v", err)
	}
	_, err := resolve(t, kit, api+"#token")
	if down, ok := errors.AsType[*runtime.PDPUnavailableError](err); !ok || down.Reason != pep.ReasonTimeout {
		t.Errorf("a new grant: %v", err)
	}
	kit.BreakPDP("")
	if _, err := resolve(t, kit, api+"#token"); err != nil {
		t.Errorf("after the PDP was mended: %v", err)
	}
}

func TestAKitLivesInABubbleOfSynctest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		kit := secretstest.New(t)
		kit.Set(api+"#token", "canary")
		kit.Grant(pep.Obligations{MaxUses: 10, TTL: time.Minute})
		read := func() {
			t.Helper()
			if _, err := resolve(t, kit, api+"#token"); err != nil {
				t.Fatal(err)
			}
		}
		read()
		time.Sleep(59 * time.Second) //nolint:forbidigo // in a synctest bubble
		read()
		if kit.Asked() != 1 {
			t.Errorf("asked %d times within the grant's minute, want 1", kit.Asked())
		}
		time.Sleep(time.Second) //nolint:forbidigo // in a synctest bubble
		read()
		if kit.Asked() != 2 {
			t.Errorf("asked %d times after it, want 2", kit.Asked())
		}
	})
}

func TestEventsAreThoseOfTheReadsSoFar(t *testing.T) {
	t.Parallel()
	kit := secretstest.New(t)
	kit.Set(api+"#token", "canary")
	if got := kit.Events(); len(got) != 0 {
		t.Errorf("%d events before the first read", len(got))
	}
	if _, err := resolveAs(kit.Context(t.Context(), "alice"), t, kit, api+"#token"); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range kit.Events() {
		got = append(got, string(e.Type)+" "+e.Subject)
		if e.Tenant != "test" || e.Effect != audit.Allow {
			t.Errorf("event %+v", e)
		}
	}
	if diff := cmp.Diff([]string{"decision alice", "read alice"}, got); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestTheCallerOfAKitSuitsItsSettings(t *testing.T) {
	t.Parallel()
	kit := secretstest.New(t, secretstest.WithConfig(func(cfg *runtime.Config) {
		cfg.TenantID, cfg.Audience, cfg.AllowedMounts = "another", "another.audience", []string{"team"}
	}))
	kit.Set("openbao+kv2://team/a#k", "canary")
	ctx := kit.Context(t.Context(), "alice")
	if _, err := resolveAs(ctx, t, kit, "openbao+kv2://team/a#k"); err != nil {
		t.Error(err)
	}
	if who, _ := caller.FromContext(ctx); who.Subject != "alice" || who.Type != caller.User || who.Tenant != "another" {
		t.Errorf("the caller is %+v", who)
	}
}

func TestInstancesAreServedAndThirdPartiesWhereNamed(t *testing.T) {
	t.Parallel()
	kit := secretstest.New(t, secretstest.WithSchemes("aws+sm"))
	for _, ref := range []string{"openbao-eu+kv2://secret/a#k", "aws+sm://secret/a"} {
		kit.Set(ref, "canary")
		set := runtime.NewSet(kit.Client, []runtime.Declaration{{Accessor: "a", URI: ref}})
		handle := runtime.Bind(set, "a", stringDecoder)
		if err := set.Err(); err != nil {
			t.Fatal(err)
		}
		if secret, err := handle.Read(t.Context()); err != nil || secret.Reveal() != "canary" {
			t.Errorf("%s: %v", ref, err)
		}
	}
}

// double is a testing.T that keeps what it fails with.
type double struct {
	*testing.T

	failures []string
}

func (d *double) Fatalf(format string, args ...any) {
	d.failures = append(d.failures, fmt.Sprintf(format, args...))
}

func TestAMistakeOfTheTestEndsIt(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		act  func(*secretstest.Kit)
		want string
	}{
		"a reference that is none":     {func(k *secretstest.Kit) { k.Set("canary", "x") }, "Set"},
		"a value of a type unknown":    {func(k *secretstest.Kit) { k.Set(api, struct{}{}) }, "struct {}"},
		"a field of a type unknown":    {func(k *secretstest.Kit) { k.Set(api, map[string]any{"k": struct{}{}}) }, "struct {}"},
		"a key's value of such a type": {func(k *secretstest.Kit) { k.Set(api+"#k", struct{}{}) }, "struct {}"},
		"a fault of no reference":      {func(k *secretstest.Kit) { k.Fail("canary", errors.New("x")) }, "Fail"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tb := &double{T: t}
			test.act(secretstest.New(tb))
			if len(tb.failures) != 1 || !strings.Contains(tb.failures[0], test.want) {
				t.Errorf("failed with %q, want %q", tb.failures, test.want)
			}
		})
	}
}

var stringDecoder decode.Decoder[string] = decode.String
