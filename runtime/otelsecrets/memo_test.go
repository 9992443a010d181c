package otelsecrets

import (
	"strconv"
	"sync"
	"testing"

	"go.opentelemetry.io/otel/trace/noop"

	"github.com/secretsgen/secretsgen/runtime/observe"
)

func TestAMemoWorksAKeyOutOnceWhileThereIsRoom(t *testing.T) {
	t.Parallel()
	worked := map[int]int{}
	m := memo[int, int]{work: func(key int) int { worked[key]++; return 2 * key }}
	for range 2 {
		for key := range memoRoom + 1 {
			if got := m.get(key); got != 2*key {
				t.Fatalf("%d for %d", got, key)
			}
		}
	}
	if worked[0] != 1 || worked[memoRoom-1] != 1 || worked[memoRoom] != 2 {
		t.Errorf("worked out %d, %d and %d times, want 1, 1 and 2", worked[0], worked[memoRoom-1], worked[memoRoom])
	}
}

func TestAMemoIsAskedFromManyGoroutines(t *testing.T) {
	t.Parallel()
	m := memo[int, int]{work: func(key int) int { return 2 * key }}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for key := range 100 {
				if got := m.get(key); got != 2*key {
					t.Errorf("%d for %d", got, key)
				}
			}
		})
	}
	wg.Wait()
}

// TestReferencesThatAreLearnedAtRunTimeAreNotRemembered: there may be any number.
func TestReferencesThatAreLearnedAtRunTimeAreNotRemembered(t *testing.T) {
	t.Parallel()
	s := newSpans(noop.NewTracerProvider().Tracer(""))
	for i := range 10 {
		for _, about := range []observe.About{{ResourceRef: strconv.Itoa(i), Provider: "env"}, {Items: i}, {Accessor: "declared", ResourceRef: "r"}} {
			if _, end := s.Begin(t.Context(), observe.Resolve, about); end != nil {
				t.Fatal("a span that nobody records has an end")
			}
		}
	}
	if known := *s.starts.known.Load(); len(known) != 2 { // a batch of none is one
		t.Errorf("%d are remembered: %v", len(known), known)
	}
}
