package paired

import (
	"math"
	"testing"
)

// Cost is what one operation of a side takes. Times are medians, allocations
// are means.
type Cost struct{ Nanoseconds, Allocs, Bytes float64 }

// Result is what came out of a comparison.
type Result struct {
	Subject, Baseline Cost

	// Ratio is the subject's median time over the baseline's, and Low and High
	// are the ends of its 95 % interval.
	Ratio, Low, High float64

	Rounds int
}

func (t *times) result() Result {
	subject, baseline := newSample(t.subject), newSample(t.baseline)
	r := Result{Rounds: len(t.subject)}
	r.Subject.Nanoseconds, r.Baseline.Nanoseconds = subject.median(nil), baseline.median(nil)
	r.Ratio = r.Subject.Nanoseconds / r.Baseline.Nanoseconds
	r.Low, r.High = interval(subject, baseline)
	return r
}

func (r Result) report(b *testing.B) {
	b.Helper()
	b.ReportAllocs()
	b.ReportMetric(r.Subject.Nanoseconds, "ns/op")
	b.ReportMetric(math.Round(r.Subject.Bytes), "B/op")
	b.ReportMetric(math.Round(r.Subject.Allocs), "allocs/op")
	b.ReportMetric(r.Baseline.Nanoseconds, "base-ns")
	b.ReportMetric(math.Round(r.Baseline.Bytes), "base-B")
	b.ReportMetric(math.Round(r.Baseline.Allocs), "base-allocs")
	b.ReportMetric(r.Ratio, "ratio")
	b.ReportMetric(r.Low, "ratio-lo")
	b.ReportMetric(r.High, "ratio-hi")
	b.ReportMetric(float64(r.Rounds), "rounds")
}
