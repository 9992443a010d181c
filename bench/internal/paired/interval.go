package paired

import (
	"cmp"
	"math/rand/v2"
	"slices"
)

// resamples is how often the rounds are drawn anew for an interval; tail is
// where it is cut on either side, for 95 %.
const (
	resamples = 1000
	tail      = resamples / 40
)

// interval is the 95 % bootstrap interval of the ratio of medians: rounds are
// drawn with replacement, both sides of a round together, and the ratio is taken
// of what was drawn. The same rounds always give the same interval.
func interval(subject, baseline sample) (low, high float64) {
	n := len(subject.values)
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // draws rounds, guards nothing
	drawn := make([]int, n)
	ratios := make([]float64, resamples)
	for i := range ratios {
		clear(drawn)
		for range n {
			drawn[random.IntN(n)]++
		}
		ratios[i] = subject.median(drawn) / baseline.median(drawn)
	}
	slices.Sort(ratios)
	return ratios[tail], ratios[resamples-1-tail]
}

// sample is one side's times by round, with the order that sorts them, so that
// a median of drawn rounds takes no sorting.
type sample struct {
	values []float64
	order  []int // rounds, fastest first
}

func newSample(values []float64) sample {
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(values[a], values[b]) })
	return sample{values, order}
}

// median is the median, the lower of two, of a sample in which round i stands
// drawn[i] times; nil stands for once each. The counts add up to the sample's
// length.
func (s sample) median(drawn []int) float64 {
	left := (len(s.values) + 1) / 2
	for _, round := range s.order {
		if drawn == nil {
			left--
		} else {
			left -= drawn[round]
		}
		if left <= 0 {
			return s.values[round]
		}
	}
	return 0 // an empty sample
}
