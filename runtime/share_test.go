package runtime_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/secretstest"
)

// TestTheShareOfASubjectReachesItsTables has one subject be denied under many
// keys: as long as there is room for it, the PDP is asked once a key.
func TestTheShareOfASubjectReachesItsTables(t *testing.T) {
	t.Parallel()
	const keys = 1400 // a hundredth of 131,072 denials is 1,310
	for share, remembered := range map[int]bool{1: false, 2: true, 100: true} {
		kit := secretstest.New(t, secretstest.WithConfig(func(c *runtime.Config) {
			c.Grants.SubjectShare, c.Grants.NegativeTTL = share, time.Hour
		}))
		kit.Deny("api.token")
		handle := bind(t, kit, "api.token", apiToken, stringDecoder)
		for range 2 {
			for i := range keys {
				ctx := caller.NewContext(t.Context(), caller.Caller{Subject: "alice", JKT: fmt.Sprintf("key-%d", i), Audience: []string{"crud.secrets"}})
				if _, err := handle.Read(ctx); !errors.Is(err, runtime.ErrDenied) {
					t.Fatalf("%d %%, key %d: %v, want a denial", share, i, err)
				}
			}
		}
		if got := kit.Asked() == keys; got != remembered {
			t.Errorf("%d %%: the PDP was asked %d times for %d keys", share, kit.Asked(), keys)
		}
	}
}
