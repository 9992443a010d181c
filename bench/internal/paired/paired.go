// Package paired compares two pieces of code by running them in turns.
//
//	paired.Bench(b, paired.Sides{
//		Subject:  func(n int) error { ... }, // n operations
//		Baseline: func(n int) error { ... },
//		Block:    100,
//	})
//
// A round times a block of operations of each side, one right after the other,
// and rounds alternate which goes first: a machine that slows down, or that
// others use too, slows both. The benchmark then reports
//
//	ns/op     the subject's median over all rounds
//	base-ns   the baseline's
//	ratio     the first over the second: below 1, the subject is faster
//	ratio-lo  and
//	ratio-hi  the ratio's 95 % interval
//	rounds    how many there were; the number of iterations may be lower
//	allocs/op and B/op of the subject, base-allocs and base-B of the baseline
//
// Medians do not show what is rare. A collection of garbage falls into few
// rounds, which is why allocations stand beside the times. The interval takes
// rounds to be independent, and a busy neighbour outlasts many of them: run a
// comparison more than once and look at how far its ratios lie apart.
package paired

import (
	"cmp"
	"runtime"
	"testing"
	"time"
)

// Sides are the two sides of a comparison. Each function runs n operations, and
// ends the benchmark with its error.
type Sides struct {
	Subject, Baseline func(n int) error

	// Block is how many operations are timed at a stretch: so many that they
	// take tens of microseconds, and reading the clock doesn't count. 0: 1.
	Block int
	// Rounds is how many are taken at the least, however little time the
	// benchmark is given. 0: 100.
	Rounds int

	// Rest, if there is one, runs before each block and doesn't count: it lets
	// what the one before has left to others come to its end.
	Rest func() error
}

// Bench compares the sides, reports every metric and returns the result.
func Bench(b *testing.B, s Sides) Result {
	b.Helper()
	s.Block, s.Rounds = cmp.Or(s.Block, 1), cmp.Or(s.Rounds, 100)

	// Counting comes first and warms both sides up.
	counted := max(s.Rounds/25, 1) * s.Block
	subject, err := count(s.Subject, counted)
	if err != nil {
		b.Fatal(err)
	}
	if err := s.rest(); err != nil {
		b.Fatal(err)
	}
	baseline, err := count(s.Baseline, counted)
	if err != nil {
		b.Fatal(err)
	}

	var t times
	for b.Loop() {
		if err := t.round(s); err != nil {
			b.Fatal(err)
		}
	}
	for len(t.subject) < s.Rounds {
		if err := t.round(s); err != nil {
			b.Fatal(err)
		}
	}
	r := t.result()
	r.Subject.Allocs, r.Subject.Bytes = subject.Allocs, subject.Bytes
	r.Baseline.Allocs, r.Baseline.Bytes = baseline.Allocs, baseline.Bytes
	r.report(b)
	return r
}

func (s Sides) rest() error {
	if s.Rest == nil {
		return nil
	}
	return s.Rest()
}

// count runs n operations and returns what one of them allocates. Other
// goroutines of the process count too: a side may well need them.
func count(side func(n int) error, n int) (Cost, error) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if err := side(n); err != nil {
		return Cost{}, err
	}
	runtime.ReadMemStats(&after)
	return Cost{
		Allocs: float64(after.Mallocs-before.Mallocs) / float64(n),
		Bytes:  float64(after.TotalAlloc-before.TotalAlloc) / float64(n),
	}, nil
}

// times are the nanoseconds of an operation, for each round.
type times struct{ subject, baseline []float64 }

// round times a block of each side.
func (t *times) round(s Sides) error {
	first, second := s.Subject, s.Baseline
	into, then := &t.subject, &t.baseline
	if len(t.subject)%2 == 1 {
		first, second = second, first
		into, then = then, into
	}
	if err := s.rest(); err != nil {
		return err
	}
	a, err := stopwatch(first, s.Block)
	if err != nil {
		return err
	}
	if err := s.rest(); err != nil {
		return err
	}
	b, err := stopwatch(second, s.Block)
	if err != nil {
		return err
	}
	*into, *then = append(*into, a), append(*then, b)
	return nil
}

func stopwatch(side func(n int) error, n int) (float64, error) {
	start := time.Now()
	err := side(n)
	return float64(time.Since(start).Nanoseconds()) / float64(n), err
}
