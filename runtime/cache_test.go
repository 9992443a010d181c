package runtime_test

import (
	"context"
	"os"
	"path/filepath"
	goruntime "runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/audit"
	"github.com/secretsgen/secretsgen/runtime/decode"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/secretstest"
)

// cachedAs are two keys of a document that are kept for different times, one that
// is not kept, and the document in its first version.
func cachedAs(t *testing.T, client *runtime.Client) (set *runtime.Set, handles map[string]runtime.Handle[string]) {
	t.Helper()
	return bindAll(t, client,
		runtime.Declaration{Accessor: "long", URI: dbRef + "#username", Cache: time.Minute},
		runtime.Declaration{Accessor: "short", URI: dbRef + "#password", Cache: 10 * time.Second},
		runtime.Declaration{Accessor: "never", URI: dbRef + "#password"},
		runtime.Declaration{Accessor: "pinned", URI: dbRef + "#password?version=1", Cache: time.Minute},
	)
}

func bindAll(t *testing.T, client *runtime.Client, declarations ...runtime.Declaration) (set *runtime.Set, handles map[string]runtime.Handle[string]) {
	t.Helper()
	set, handles = runtime.NewSet(client, declarations), map[string]runtime.Handle[string]{}
	for _, d := range declarations {
		handles[d.Accessor] = runtime.Bind(set, d.Accessor, decode.Decoder[string](decode.String))
	}
	if err := set.Err(); err != nil {
		t.Fatal(err)
	}
	return set, handles
}

// openAll is bindAll on a client of its own, which is closed when the test ends.
func openAll(t *testing.T, factory providers.Factory, pdp pep.PDP, declarations ...runtime.Declaration) (set *runtime.Set, handles map[string]runtime.Handle[string]) {
	t.Helper()
	client, err := runtime.New(t.Context(), stubConfig(), factory, pep.Extension{PDP: pdp})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := client.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	return bindAll(t, client, declarations...)
}

// login is a document of two keys.
func login(generation string) map[string]any {
	return map[string]any{"username": "user " + generation, "password": "canary " + generation}
}

func read(t *testing.T, h runtime.Handle[string]) string {
	t.Helper()
	secret, err := h.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return secret.Reveal()
}

func later(d time.Duration) {
	time.Sleep(d) //nolint:forbidigo // in a synctest bubble
	synctest.Wait()
}

func TestADocumentIsKeptForAsLongAsEachDeclarationSays(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		kit := secretstest.New(t)
		kit.Set(dbRef, login("one"))
		_, handles := cachedAs(t, kit.Client)
		for _, step := range []struct {
			wait     time.Duration
			accessor string
			want     string
			reads    int
		}{
			{0, "long", "user one", 1},
			{0, "short", "canary one", 1},
			{10*time.Second - 1, "short", "canary one", 1},
			{1, "long", "user one", 1},
			{0, "short", "canary two", 2}, // ten seconds are over, for this one
			{0, "long", "user two", 2},    // and what is there is newer
			{0, "pinned", "canary two", 3},
			{0, "never", "canary two", 4}, // which renews what is kept
			{time.Minute - 1, "long", "user two", 4},
			{1, "long", "user two", 5},
			{0, "pinned", "canary two", 6},
		} {
			later(step.wait)
			if got := read(t, handles[step.accessor]); got != step.want || kit.Reads() != step.reads {
				t.Errorf("%s, after %d reads: another value, want it after %d", step.accessor, kit.Reads(), step.reads)
			}
			kit.Set(dbRef, login("two"))
		}
	})
}

func TestAReadOfWhatIsKeptIsDecidedAndAuditedLikeAnyOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		kit := secretstest.New(t)
		kit.Set(dbRef, login("one"))
		_, handles := cachedAs(t, kit.Client)
		for range 3 {
			read(t, handles["long"])
		}
		type line struct {
			Type                     audit.Type
			Accessor                 string
			GrantCached, ValueCached bool
			Version                  int
		}
		var got []line
		for _, e := range kit.Events() {
			got = append(got, line{e.Type, e.Accessor, e.GrantCached, e.ValueCached, e.KVVersion})
		}
		want := []line{
			{audit.Decided, "long", false, false, 0},
			{audit.Read, "long", false, false, 1},
			{audit.Decided, "long", false, false, 0},
			{audit.Read, "long", false, true, 1},
			{audit.Decided, "long", false, false, 0},
			{audit.Read, "long", false, true, 1},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
		if kit.Asked() != 3 || kit.Reads() != 1 {
			t.Errorf("the PDP was asked %d times and the store %d, want 3 and 1", kit.Asked(), kit.Reads())
		}
	})
}

func TestWhatIsKeptIsForNobodyWhoMayNotReadIt(t *testing.T) {
	t.Parallel()
	mounts := func(t *testing.T, path, mounts string) {
		t.Helper()
		if err := os.WriteFile(path, []byte("test: ["+mounts+"]\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, forbid := range map[string]func(t *testing.T, kit *secretstest.Kit, path string){
		"a revoked grant, and a denial": func(t *testing.T, kit *secretstest.Kit, _ string) {
			t.Helper()
			kit.Deny("long")
			if err := kit.Client.Revoke(t.Context(), runtime.Revocation{Accessor: "long"}); err != nil {
				t.Fatal(err)
			}
		},
		"an outage":                     func(_ *testing.T, kit *secretstest.Kit, _ string) { kit.BreakPDP(pep.ReasonUnavailable) },
		"a mount that was taken away":   func(t *testing.T, _ *secretstest.Kit, path string) { t.Helper(); mounts(t, path, "kv") },
		"a grant for another key of it": func(_ *testing.T, kit *secretstest.Kit, _ string) { kit.Deny("long") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "mounts.yaml")
				mounts(t, path, "secret")
				kit := secretstest.New(t, secretstest.WithConfig(func(cfg *runtime.Config) {
					cfg.AllowedMounts, cfg.MountsFile = nil, path
				}))
				if strings.HasPrefix(name, "a revoked") || strings.HasPrefix(name, "a mount") {
					kit.Grant(pep.Obligations{MaxUses: 100})
				}
				kit.Set(dbRef, login("one"))
				_, handles := cachedAs(t, kit.Client)
				read(t, handles["long"])
				read(t, handles["long"])
				forbid(t, kit, path)
				later(time.Second)
				if secret, err := handles["long"].Read(t.Context()); err == nil || secret.Reveal() != "" {
					t.Error("the value was given")
				}
				if kit.Reads() != 1 {
					t.Errorf("%d reads", kit.Reads())
				}
				if strings.HasPrefix(name, "a grant") {
					read(t, handles["short"])
				}
			})
		})
	}
}

func TestWhatFailsIsNotKeptAndTakesAwayWhatWas(t *testing.T) {
	t.Parallel()
	for name, failure := range map[string]error{
		"deleted":     &runtime.SecretVersionDeletedError{},
		"not found":   &runtime.SecretNotFoundError{},
		"unavailable": &runtime.ProviderError{Code: providers.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				kit := secretstest.New(t)
				kit.Set(dbRef, login("one"))
				_, handles := cachedAs(t, kit.Client)
				kit.Fail(dbRef, failure)
				fails := func(accessor string) {
					t.Helper()
					if secret, err := handles[accessor].Read(t.Context()); err == nil || secret.Reveal() != "" {
						t.Errorf("%s of what fails gives a value", accessor)
					}
				}
				fails("long")
				kit.Fail(dbRef, nil)
				read(t, handles["long"])
				if kit.Reads() != 2 {
					t.Errorf("%d reads, want 2: a failure was kept", kit.Reads())
				}
				kit.Fail(dbRef, failure)
				later(10 * time.Second)
				fails("short") // its time is over
				fails("long")  // its own is not, and the store has said what there is
				if kit.Reads() != 4 {
					t.Errorf("%d reads, want 4", kit.Reads())
				}
			})
		})
	}
}

func TestTheTimeOfDeletionEndsWhatIsKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		reads, deletes := 0, time.Now().Add(5*time.Second)
		s := &stub{read: func(context.Context, providers.Location) (providers.Document, error) {
			reads++
			return providers.Scalar(providers.NewValue(providers.Text, []byte("canary")), providers.Metadata{Deletes: deletes.UTC().Round(0)}), nil
		}}
		_, handles := openAll(t, s.factory(), permits{}, runtime.Declaration{Accessor: "a", URI: stubRef, Cache: time.Minute})
		for _, step := range []struct {
			wait  time.Duration
			reads int
		}{{0, 1}, {5*time.Second - 1, 1}, {1, 2}, {time.Second, 3}} { // behind it nothing is kept at all
			later(step.wait)
			if read(t, handles["a"]); reads != step.reads {
				t.Errorf("%d reads, want %d", reads, step.reads)
			}
		}
	})
}

func TestALateAnswerPutsNothingBack(t *testing.T) {
	t.Parallel()
	for name, newer := range map[string]error{"of a newer version": nil, "of a deletion": &runtime.SecretVersionDeletedError{}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var asked []chan string
				s := &stub{read: func(context.Context, providers.Location) (providers.Document, error) {
					answer := make(chan string)
					asked = append(asked, answer)
					value := <-answer
					if value == "" {
						return providers.Document{}, newer
					}
					return text(value)
				}}
				_, handles := openAll(t, s.factory(), permits{}, runtime.Declaration{Accessor: "a", URI: stubRef, Cache: time.Minute})
				first := reading(t.Context(), handles["a"])
				later(2 * time.Second)
				second := reading(t.Context(), handles["a"])
				synctest.Wait()
				if newer == nil {
					asked[1] <- "new"
				} else {
					asked[1] <- ""
				}
				<-second
				asked[0] <- "old"
				if got := <-first; got.value != "old" {
					t.Errorf("the older read: %v", got.err)
				}
				third := reading(t.Context(), handles["a"])
				synctest.Wait()
				if newer != nil {
					asked[2] <- "third"
				}
				if got := <-third; got.value == "old" || got.err != nil {
					t.Errorf("a late answer is kept, or %v", got.err)
				}
			})
		})
	}
}

func TestPlaintextIsDroppedWhenItsTimeIsOverOrTheClientIsClosed(t *testing.T) {
	t.Parallel()
	for name, closes := range map[string]bool{"its time is over": false, "the client is closed": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var last weak.Pointer[byte]
				s := &stub{read: func(context.Context, providers.Location) (providers.Document, error) {
					raw := []byte(strings.Repeat("canary", 100))
					last = weak.Make(&raw[0])
					return providers.Scalar(providers.NewValue(providers.Text, raw), providers.Metadata{}), nil
				}}
				client, err := runtime.New(t.Context(), stubConfig(), s.factory(), pep.Extension{PDP: permits{}})
				if err != nil {
					t.Fatal(err)
				}
				_, handles := bindAll(t, client, runtime.Declaration{Accessor: "a", URI: stubRef, Cache: time.Minute})
				read(t, handles["a"])
				later(time.Minute - 1)
				goruntime.GC()
				if last.Value() == nil {
					t.Error("it is gone early")
				}
				if closes {
					err = client.Close(t.Context())
				} else {
					later(1)
				}
				goruntime.GC()
				if last.Value() != nil {
					t.Error("the plaintext is still there")
				}
				if !closes {
					err = client.Close(t.Context())
				}
				if err != nil {
					t.Error(err)
				}
				goruntime.KeepAlive(handles)
			})
		})
	}
}
