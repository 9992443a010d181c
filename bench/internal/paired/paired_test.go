package paired

import (
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestMain(m *testing.M) {
	// One iteration: the tests are about rounds, which have a minimum of their own.
	if err := flag.Set("test.benchtime", "1x"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

var errSide = errors.New("the side failed")

// takes is a side whose every operation takes d of a bubble's clock.
func takes(d time.Duration, trace *[]string, name string) func(n int) error {
	return func(n int) error {
		*trace = append(*trace, fmt.Sprintf("%s×%d", name, n))
		<-time.After(time.Duration(n) * d)
		return nil
	}
}

func TestRoundsAlternateWhoGoesFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var trace []string
		sides := Sides{
			Subject:  takes(3*time.Millisecond, &trace, "subject"),
			Baseline: takes(time.Millisecond, &trace, "baseline"),
			Block:    4,
			Rest: func() error {
				trace = append(trace, "rest")
				<-time.After(time.Hour) // doesn't count
				return nil
			},
		}
		var got times
		for range 3 {
			if err := got.round(sides); err != nil {
				t.Fatal(err)
			}
		}
		order := []string{
			"rest", "subject×4", "rest", "baseline×4", "rest", "baseline×4", "rest", "subject×4", "rest", "subject×4", "rest", "baseline×4",
		}
		if diff := cmp.Diff(order, trace); diff != "" {
			t.Errorf("order (-want +got):\n%s", diff)
		}
		want := times{subject: []float64{3e6, 3e6, 3e6}, baseline: []float64{1e6, 1e6, 1e6}}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(times{})); diff != "" {
			t.Errorf("nanoseconds of an operation (-want +got):\n%s", diff)
		}
	})
}

func TestBenchTakesTheRoundsAskedFor(t *testing.T) { //nolint:paralleltest // counts allocations
	var operations int
	var got Result
	result := testing.Benchmark(func(b *testing.B) {
		got = Bench(b, Sides{
			Subject:  func(n int) error { operations += n; return nil },
			Baseline: func(int) error { return nil },
			Block:    3,
			Rounds:   50,
		})
	})
	// One operation in 25 is for counting allocations.
	if got.Rounds != 50 || operations != (50+2)*3 {
		t.Errorf("%d rounds and %d operations, want 50 and %d", got.Rounds, operations, (50+2)*3)
	}
	for unit, want := range map[string]float64{
		"ns/op": got.Subject.Nanoseconds, "base-ns": got.Baseline.Nanoseconds,
		"ratio": got.Ratio, "ratio-lo": got.Low, "ratio-hi": got.High, "rounds": 50,
		"allocs/op": math.Round(got.Subject.Allocs), "B/op": math.Round(got.Subject.Bytes),
		"base-allocs": math.Round(got.Baseline.Allocs), "base-B": math.Round(got.Baseline.Bytes),
	} {
		if reported, ok := result.Extra[unit]; !ok || reported != want {
			t.Errorf("%s: %v, %v reported, want %v", unit, reported, ok, want)
		}
	}
}

func TestBenchEndsWithTheErrorOfASide(t *testing.T) {
	t.Parallel()
	fine := func(int) error { return nil }
	// later fails once it has been counted.
	later := func() func(int) error {
		calls := 0
		return func(int) error {
			if calls++; calls > 1 {
				return errSide
			}
			return nil
		}
	}
	for name, sides := range map[string]Sides{
		"subject, while counting":  {Subject: func(int) error { return errSide }, Baseline: fine},
		"baseline, while counting": {Subject: fine, Baseline: func(int) error { return errSide }},
		"subject, while timed":     {Subject: later(), Baseline: fine},
		"baseline, while timed":    {Subject: fine, Baseline: later()},
		"rest":                     {Subject: fine, Baseline: fine, Rest: func() error { return errSide }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			finished := false
			testing.Benchmark(func(b *testing.B) {
				Bench(b, sides)
				finished = true
			})
			if finished {
				t.Error("Bench returned, want it to end the benchmark")
			}
		})
	}
}

func TestCountIsOfOneOperation(t *testing.T) { //nolint:paralleltest // counts allocations
	var kept [][]byte
	cost, err := count(func(n int) error {
		kept = slices.Grow(kept[:0], n)
		for range n {
			kept = append(kept, make([]byte, 1024))
		}
		return nil
	}, 1000)
	if err != nil {
		t.Fatal(err)
	}
	// One allocation for the slice that keeps them, and what the runtime does.
	if cost.Allocs < 1 || cost.Allocs > 1.1 || cost.Bytes < 1024 || cost.Bytes > 1200 {
		t.Errorf("%v allocations and %v bytes an operation, want 1 and 1024", cost.Allocs, cost.Bytes)
	}
}
