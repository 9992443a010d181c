package runtime_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/audit"
	"github.com/secretsgen/secretsgen/runtime/decode"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/secretstest"
)

var stringDecoder decode.Decoder[string] = decode.String

const apiToken = "openbao+kv2://secret/myapp/api#token"

// bind binds one declaration of a kit, as generated code does.
func bind[T any](t *testing.T, kit *secretstest.Kit, accessor, ref string, decoder decode.Decoder[T]) runtime.Handle[T] {
	t.Helper()
	set := runtime.NewSet(kit.Client, []runtime.Declaration{{Accessor: accessor, URI: ref}})
	handle := runtime.Bind(set, accessor, decoder)
	if err := set.Err(); err != nil {
		t.Fatal(err)
	}
	return handle
}

func TestAReadGivesTheValueWithItsVersionAndReference(t *testing.T) {
	t.Parallel()
	kit := secretstest.New(t)
	kit.Set(apiToken+"?version=3", "canary-three")
	token, err := bind(t, kit, "api.token", apiToken+"?version=3", stringDecoder).Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if token.Reveal() != "canary-three" || token.Version() != 3 || len(token.Ref()) != 24 {
		t.Errorf("got version %d, reference %q", token.Version(), token.Ref())
	}
}

func TestAKeyIsPickedAfterTheGrantCheck(t *testing.T) {
	t.Parallel()
	kit := secretstest.New(t)
	kit.Set("openbao+kv2://secret/myapp/db", map[string]any{"username": "u", "password": "p"})
	kit.Deny("db.password")
	if _, err := bind(t, kit, "db.username", "openbao+kv2://secret/myapp/db#username", stringDecoder).Read(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, err := bind(t, kit, "db.password", "openbao+kv2://secret/myapp/db#password", stringDecoder).Read(t.Context())
	if !errors.Is(err, runtime.ErrDenied) {
		t.Errorf("a grant for one key served another: %v", err)
	}
}

func TestTheTrailHasOneEventADecisionAndARead(t *testing.T) {
	t.Parallel()
	kit := secretstest.New(t)
	kit.Set(apiToken, "canary")
	kit.Grant(pep.Obligations{MaxUses: 3})
	token := bind(t, kit, "api.token", apiToken, stringDecoder)
	ctx := kit.Context(t.Context(), "alice")
	for range 3 {
		if _, err := token.Read(ctx); err != nil {
			t.Fatal(err)
		}
	}
	type line struct {
		Type   audit.Type
		Effect audit.Effect
		Cached bool
	}
	var got []line
	ids := map[string]bool{}
	for _, e := range kit.Events() {
		got = append(got, line{e.Type, e.Effect, e.GrantCached})
		ids[e.ID] = true
		if e.Version != audit.EventVersion || e.Time.IsZero() || e.Tenant != "test" || e.Action != "execute" || e.Provider != "openbao+kv2" {
			t.Errorf("incomplete event %+v", e)
		}
		if (e.KVVersion == 1) != (e.Type == audit.Read) {
			t.Errorf("a %s of version %d", e.Type, e.KVVersion)
		}
	}
	want := []line{{audit.Decided, audit.Allow, false}, {audit.Read, audit.Allow, false}, {audit.Read, audit.Allow, true}, {audit.Read, audit.Allow, true}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if len(ids) != len(want) {
		t.Errorf("%d distinct ids, want %d", len(ids), len(want))
	}
	if kit.Asked() != 1 || kit.Reads() != 3 {
		t.Errorf("the PDP was asked %d times and the store %d, want 1 and 3", kit.Asked(), kit.Reads())
	}
}
