package readback

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime"
)

// Reads are the accessors of a case, by name.
type Reads map[string]func(context.Context) (string, error)

// Caching reads the cases called caching: for how long each value is kept, and
// which are wrapped.
func Caching(t *testing.T, bind func(*runtime.Client) (Reads, error)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		store := &Store{generation: "canary one"}
		client := store.client(t)
		reads, err := bind(client)
		if err != nil {
			t.Fatal(err)
		}
		read := func(name string) string {
			t.Helper()
			value, err := reads[name](t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return value
		}
		kept := map[string]time.Duration{"token": 30 * time.Second, "key": 0, "region": time.Hour, "db": 90 * time.Second, "signing": 0}
		for name, limit := range kept {
			store.Set("canary one")
			read(name)
			store.Set("canary two")
			if limit > 0 {
				time.Sleep(limit - 1) // in a synctest bubble
				if read(name) != "canary one" {
					t.Errorf("%s is not kept for %v", name, limit)
				}
				time.Sleep(time.Nanosecond)
			}
			if read(name) != "canary two" {
				t.Errorf("%s is kept for longer than %v", name, limit)
			}
		}
		store.wrapped = nil
		read("key")
		read("signing")
		read("db")
		if diff := cmp.Diff([]time.Duration{time.Minute, 90 * time.Second}, store.wrapped); diff != "" {
			t.Errorf("wrapped for (-want +got):\n%s", diff)
		}
		if err := client.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
