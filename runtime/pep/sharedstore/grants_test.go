package sharedstore_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/pep/sharedstore/internal/servertest"
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
	onEach(t, func(t *testing.T, s *servertest.Server) {
		one, other := open(t, s), open(t, s)
		k := key(t, "billing")
		g := ask(t, one, k, grant("G", 3))
		g.ResponseWrap = time.Minute
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
