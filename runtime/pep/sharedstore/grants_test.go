package sharedstore_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/internal/servertest"
	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/uri"
)

// ask asks a store what a client does before it asks the PDP, and gives the grant
// that comes of it the generation it has to have.
func ask(t *testing.T, store pep.SharedStore, k pep.Key, g pep.Grant) pep.Grant {
	t.Helper()
	missed, live, err := store.Spend(t.Context(), pep.Attempt{Key: k})
	if err != nil {
		t.Fatal(err)
	}
	if live {
		t.Fatalf("a grant is live already: %+v", missed)
	}
	g.Generation = missed.Generation
	return g
}

func add(t *testing.T, store pep.SharedStore, k pep.Key, g pep.Grant) bool {
	t.Helper()
	added, err := store.Add(t.Context(), k, g, 0)
	if err != nil {
		t.Fatal(err)
	}
	return added
}

func spend(t *testing.T, store pep.SharedStore, a pep.Attempt) (pep.Grant, bool) {
	t.Helper()
	g, ok, err := store.Spend(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	return g, ok
}

func TestAGrantIsSpentAsOftenAsItSaysByAllProcesses(t *testing.T) {
	t.Parallel()
	onAll(t, func(t *testing.T, s *servertest.Server) {
		one, other := open(t, s), open(t, s)
		k := key(t, "billing")
		g := ask(t, one, k, grant("G", 3))
		g.ResponseWrap, g.Lifetime = time.Minute, 2*time.Minute
		if !add(t, one, k, g) {
			t.Fatal("the grant was not taken")
		}
		for i, store := range []pep.SharedStore{other, one, other} {
			looked, ok, err := one.Live(t.Context(), pep.Attempt{Key: k})
			if err != nil || !ok || looked.Uses != 3-i {
				t.Errorf("Live: %+v, %v, %v; want %d uses", looked, ok, err, 3-i)
			}
			got, ok := spend(t, store, pep.Attempt{Key: k})
			if !ok || got.TTL <= 0 || got.TTL > g.TTL {
				t.Fatalf("use %d: %v, for %v", i, ok, got.TTL)
			}
			want := g
			want.Uses, want.TTL = 2-i, got.TTL
			if diff := cmp.Diff(want, got, cmp.AllowUnexported(uri.URI{})); diff != "" {
				t.Errorf("use %d (-want +got):\n%s", i, diff)
			}
		}
		for _, store := range []pep.SharedStore{one, other} {
			if got, ok := spend(t, store, pep.Attempt{Key: k}); ok {
				t.Errorf("a fourth use: %+v", got)
			}
		}
	})
}

func TestUsesThatAreGivenBackGoToTheGrantTheyCameFrom(t *testing.T) {
	t.Parallel()
	onAll(t, func(t *testing.T, s *servertest.Server) {
		store, k := open(t, s), key(t, "billing")
		g := ask(t, store, k, grant("G", 2))
		add(t, store, k, g)
		for range 2 { // beside what is left of it, and after its last use
			left, _ := spend(t, store, pep.Attempt{Key: k})
			if left.Uses == 0 {
				g.Uses = 1
				if !add(t, store, k, g) {
					t.Error("a use could not be given back")
				}
			}
		}
		if got, ok := spend(t, store, pep.Attempt{Key: k}); !ok || got.ID != "G" || got.Uses != 0 {
			t.Errorf("the use that was given back: %+v, %v", got, ok)
		}
		g.Uses = 1
		add(t, store, k, g)
		add(t, store, k, g)
		if got, _, _ := store.Live(t.Context(), pep.Attempt{Key: k}); got.Uses != 2 {
			t.Errorf("%d uses after two were given back", got.Uses)
		}
	})
}

func TestAGrantOfEndlessUsesHasNoMoreThanCanBeCounted(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *servertest.Server) {
		store, k := open(t, s), key(t, "billing")
		const most = 1<<31 - 1
		g := ask(t, store, k, grant("G", 1<<40))
		for range 2 { // given back to, too
			add(t, store, k, g)
			if got, ok := spend(t, store, pep.Attempt{Key: k}); !ok || got.Uses != most-1 {
				t.Errorf("%d uses left, %v", got.Uses, ok)
			}
		}
	})
}

func TestGrantsOfOneKeyLiveSideBySide(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *servertest.Server) {
		store, k := open(t, s), key(t, "billing")
		circumstances := []pep.Circumstances{
			{Token: caller.DigestOf("one")},
			{Token: caller.DigestOf("other")},
			{WorkflowRun: "run-1"},
			{WorkflowRun: "run-2", PolicyVersion: "v2"},
		}
		conditions := []pep.Conditions{{Token: true}, {Token: true}, {WorkflowRun: true}, {WorkflowRun: true, PolicyVersion: true}}
		for i, have := range circumstances {
			g := grant(string(rune('A'+i)), 1)
			g.Conditions, g.Issued = conditions[i], conditions[i].Of(have)
			g = ask(t, store, k, g)
			if !add(t, store, k, g) {
				t.Fatalf("grant %d was not taken", i)
			}
		}
		for i, have := range circumstances {
			got, ok := spend(t, store, pep.Attempt{Key: k, Have: have})
			if want := string(rune('A' + i)); !ok || got.ID != want || !got.Serves(have) {
				t.Errorf("circumstances %d: grant %q, %v; want %q", i, got.ID, ok, want)
			}
			if _, ok := spend(t, store, pep.Attempt{Key: k, Have: have}); ok {
				t.Errorf("circumstances %d: a second use", i)
			}
		}
		if _, ok := spend(t, store, pep.Attempt{Key: k}); ok {
			t.Error("a caller without circumstances got a grant that is tied to some")
		}
		free := grant("untied", 1)
		add(t, store, k, ask(t, store, k, free))
		if got, ok := spend(t, store, pep.Attempt{Key: k, Have: pep.Circumstances{WorkflowRun: "run-9"}}); !ok || got.ID != "untied" {
			t.Errorf("a grant that is tied to nothing: %q, %v", got.ID, ok)
		}
	})
}

func TestAGrantTiedToThereBeingNoTokenServesNobodyWithOne(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *servertest.Server) {
		store, k := open(t, s), key(t, "billing")
		g := ask(t, store, k, grant("G", 2))
		g.Conditions = pep.Conditions{Token: true}
		add(t, store, k, g)
		for _, tt := range []struct {
			have pep.Circumstances
			want bool
		}{
			{pep.Circumstances{Token: caller.DigestOf("one")}, false},
			{pep.Circumstances{WorkflowRun: "run"}, true},
			{pep.Circumstances{}, true},
		} {
			if _, ok := spend(t, store, pep.Attempt{Key: k, Have: tt.have}); ok != tt.want {
				t.Errorf("%+v: served: %v, want %v", tt.have, ok, tt.want)
			}
		}
	})
}

func TestNoMoreGrantsOfOneKeyLiveThanInOneProcess(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *servertest.Server) {
		store, k := open(t, s), key(t, "billing")
		tied := func(i int) (pep.Grant, pep.Circumstances) {
			have := pep.Circumstances{WorkflowRun: fmt.Sprint("run-", i)}
			g := grant(fmt.Sprint("G", i), 1)
			g.Conditions, g.Issued = pep.Conditions{WorkflowRun: true}, have
			return ask(t, store, k, g), have
		}
		for i := range 64 {
			if g, _ := tied(i); !add(t, store, k, g) {
				t.Fatalf("grant %d was not taken", i)
			}
		}
		g, _ := tied(64)
		if add(t, store, k, g) {
			t.Error("a grant too many was taken")
		}
		_, have := tied(7)
		spend(t, store, pep.Attempt{Key: k, Have: have})
		if !add(t, store, k, g) {
			t.Error("a spent grant left no room")
		}
	})
}

func TestAGrantEndsByTheClockOfTheServer(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *servertest.Server) {
		store, k := open(t, s), key(t, "billing")
		short, long := grant("short", 9), grant("long", 9)
		short.TTL, long.TTL = 300*time.Millisecond, time.Minute
		short.Conditions, short.Issued = pep.Conditions{WorkflowRun: true}, pep.Circumstances{WorkflowRun: "run"}
		have := pep.Attempt{Key: k, Have: short.Issued, Now: time.Hour} // what the client says counts for nothing
		add(t, store, k, ask(t, store, k, short))
		if got, ok := spend(t, store, have); !ok || got.TTL > short.TTL {
			t.Fatalf("a live grant: %v, for %v", ok, got.TTL)
		}
		add(t, store, k, ask(t, store, k, long))
		eventually(t, "the short grant ends", func() bool {
			got, ok := spend(t, store, have)
			return ok && got.ID == "long"
		})
		for _, ttl := range []time.Duration{-time.Second, 0, time.Microsecond} {
			late := grant("late", 1)
			late.TTL = ttl
			if add(t, store, k, late) {
				t.Errorf("a grant of %v was taken", ttl)
			}
		}
		eventually(t, "nothing of it is left", func() bool {
			return strings.HasPrefix(s.Do("FLUSHALL"), "+OK") && strings.HasPrefix(s.Do("DBSIZE"), ":0")
		})
	})
}

func TestWhatGrantsTakeInTheStoreEndsWithThem(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *servertest.Server) {
		store := open(t, s)
		if err := store.Check(t.Context()); err != nil {
			t.Fatal(err)
		}
		before := keys(t, s)
		for i := range 20 {
			k := key(t, fmt.Sprint("subject-", i))
			g := grant("G", 2)
			g.TTL = 200 * time.Millisecond
			add(t, store, k, ask(t, store, k, g))
			if _, err := store.Claim(t.Context(), claim(fmt.Sprint(i), 200*time.Millisecond)); err != nil && !errors.Is(err, pep.ErrStoreForgot) {
				t.Fatal(err)
			}
			if err := store.Deny(t.Context(), k, pep.Denial{TTL: 100 * time.Millisecond, Known: 200 * time.Millisecond}); err != nil {
				t.Fatal(err)
			}
		}
		eventually(t, "every grant, claim and denial is gone", func() bool { return len(keys(t, s)) == len(before) })
		if len(before) != 64 {
			t.Errorf("%d keys stay, want one for each bucket", len(before))
		}
		for _, name := range before {
			if !strings.HasSuffix(name, "m") {
				t.Errorf("%q stays", name)
			}
		}
	})
}
