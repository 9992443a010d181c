package runtime

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/secretsgen/secretsgen/runtime/providers"
)

func documentThatIsDeleted(at time.Time) providers.Document {
	return providers.Scalar(providers.NewValue(providers.Text, []byte("canary")), providers.Metadata{Deletes: at})
}

// has reports whether the plaintext of a document is there, young enough or not.
func (s *shelf) has(at providers.Location) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.places[at].kept.Load() != nil
}

func TestWhatIsKeptIsGoodForAsLongAsEveryLimitSays(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for name, tt := range map[string]struct {
		kept kept
		want bool
	}{
		"all are ahead":           {kept{since: now.Add(-time.Minute + 1), until: now.Add(1), deletes: now.Add(1).Round(0)}, true},
		"nothing is deleted":      {kept{since: now, until: now.Add(1)}, true},
		"it is too old":           {kept{since: now.Add(-time.Minute), until: now.Add(1)}, false},
		"its time is over":        {kept{since: now, until: now}, false},
		"its version was deleted": {kept{since: now, until: now.Add(time.Hour), deletes: now.Round(0)}, false},
	} {
		if got := tt.kept.good(now, time.Minute); got != tt.want {
			t.Errorf("%s: good is %v", name, got)
		}
	}
}

// TestEachDocumentIsDroppedAtItsTime keeps documents for one, two and three
// minutes, one of which is deleted earlier, and one of them again.
func TestEachDocumentIsDroppedAtItsTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{}
		documents := map[providers.Location]time.Time{
			{Path: "one"}: {}, {Path: "two"}: {}, {Path: "three"}: {}, {Path: "deleted"}: time.Now().Add(90 * time.Second).Round(0),
		}
		longest := map[string]time.Duration{"one": time.Minute, "two": 2 * time.Minute, "three": 3 * time.Minute, "deleted": time.Hour}
		for at := range documents {
			s.reserve(at, longest[at.Path])
		}
		check := func(there ...string) {
			t.Helper()
			want := map[string]bool{}
			for _, path := range there {
				want[path] = true
			}
			for at := range documents {
				if got := s.has(at); got != want[at.Path] {
					t.Errorf("after %v %s is there: %v", time.Since(start()), at.Path, got)
				}
			}
		}
		for at, deletes := range documents {
			s.settle(at, s.mark(), documentThatIsDeleted(deletes), nil)
		}
		check("one", "two", "three", "deleted")
		wait(time.Minute)
		check("two", "three", "deleted")
		s.settle(providers.Location{Path: "one"}, s.mark(), documentThatIsDeleted(time.Time{}), nil)
		wait(30 * time.Second)
		check("one", "two", "three")
		wait(30 * time.Second)
		check("three")
		wait(time.Minute)
		check()
		s.settle(providers.Location{Path: "two"}, s.mark(), documentThatIsDeleted(time.Time{}), nil)
		check("two")
		wait(2 * time.Minute)
		check()
	})
}

// start is when a bubble of synctest begins.
func start() time.Time { return time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) }

func wait(d time.Duration) {
	time.Sleep(d) //nolint:forbidigo // in a synctest bubble
	synctest.Wait()
}

func TestNothingIsKeptThatIsOverWhenItComes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, at := &shelf{}, providers.Location{Path: "a"}
		before := s.mark() // there is no place yet
		s.reserve(at, time.Minute)
		for name, settle := range map[string]func(){
			"deleted on the way":               func() { s.settle(at, s.mark(), documentThatIsDeleted(time.Now().Round(0)), nil) },
			"asked for before there was place": func() { s.settle(at, before, documentThatIsDeleted(time.Time{}), nil) },
			"a failure":                        func() { s.settle(at, s.mark(), documentThatIsDeleted(time.Time{}), errors.New("canary")) },
			"longer on its way than its time": func() {
				m := s.mark()
				wait(time.Minute)
				s.settle(at, m, documentThatIsDeleted(time.Time{}), nil)
			},
		} {
			settle()
			if s.has(at) {
				t.Errorf("%s: it is kept", name)
			}
		}
		m := s.mark()
		wait(40 * time.Second)
		s.settle(at, m, documentThatIsDeleted(time.Time{}), nil)
		wait(20*time.Second - 1)
		if !s.has(at) {
			t.Error("it was dropped early")
		}
		wait(1)
		if s.has(at) {
			t.Error("its time begins when it comes, and not when it is asked for")
		}
	})
}

// TestALongerTimeIsNotForgotten has several declarations of one document.
func TestALongerTimeIsNotForgotten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, at := &shelf{}, providers.Location{Path: "a"}
		long, short := s.reserve(at, time.Minute), s.reserve(at, time.Second)
		m := s.mark()
		wait(time.Second / 2)
		s.settle(at, m, documentThatIsDeleted(time.Time{}), nil)
		if _, ok := short(time.Now()); !ok {
			t.Error("the shorter time is not over")
		}
		wait(time.Second / 2)
		if _, ok := short(time.Now()); ok {
			t.Error("the shorter time is over")
		}
		if _, ok := long(time.Now()); !ok {
			t.Error("the longer time is not")
		}
		s.close()
		if _, ok := long(time.Now()); ok || s.has(at) {
			t.Error("the plaintext outlives the shelf")
		}
		s.settle(at, s.mark(), documentThatIsDeleted(time.Time{}), nil)
		if s.has(at) {
			t.Error("a closed shelf keeps something")
		}
		wait(time.Hour)
	})
}
