package runtime_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/audit"
	"github.com/secretsgen/secretsgen/runtime/secretstest"
)

func TestPredecessorFaultM_AllowDenyAndErrorAreInTheTrail(t *testing.T) {
	t.Parallel()
	kit := secretstest.New(t)
	kit.Set(apiToken, "canary")
	kit.Deny("denied")
	_, allowed := bind(t, kit, "allowed", apiToken, stringDecoder).Read(t.Context())
	_, denied := bind(t, kit, "denied", apiToken, stringDecoder).Read(t.Context())
	_, failed := bind(t, kit, "failed", dbRef+"#missing", stringDecoder).Read(t.Context())
	if allowed != nil || denied == nil || failed == nil {
		t.Fatalf("got %v, %v and %v", allowed, denied, failed)
	}
	var got []string
	for _, e := range kit.Events() {
		got = append(got, e.Accessor+" "+string(e.Type)+" "+string(e.Effect))
	}
	want := []string{
		"allowed decision allow", "allowed read allow", "denied decision deny",
		"failed decision allow", "failed read error",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestPredecessorFaultO_AMissingKeyIsAnErrorAndNeverAValue(t *testing.T) {
	t.Parallel()
	kit := secretstest.New(t)
	kit.Set(dbRef, map[string]any{"username": "u"})
	for _, key := range []string{"password", "Username", "username.x"} {
		secret, err := bind(t, kit, "db.password", dbRef+"#"+key, stringDecoder).Read(t.Context())
		if !isA[*runtime.SecretKeyNotFoundError](err) || secret.Reveal() != "" {
			t.Errorf("%s: %v", key, err)
		}
	}
	events := kit.Events()
	if last := events[len(events)-1]; last.Type != audit.Read || last.Code != "key_not_found" {
		t.Errorf("the event is %+v", last)
	}
}
