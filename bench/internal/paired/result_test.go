package paired

import "testing"

func TestMedian(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		values []float64
		drawn  []int
		want   float64
	}{
		"of an odd number is the middle":      {values: []float64{9, 1, 5}, want: 5},
		"of an even number is the lower one":  {values: []float64{9, 1, 5, 7}, want: 5},
		"of one is that one":                  {values: []float64{4}, want: 4},
		"counts a round as often as drawn":    {values: []float64{9, 1, 5}, drawn: []int{2, 1, 0}, want: 9},
		"leaves out a round that isn't drawn": {values: []float64{9, 1, 5}, drawn: []int{0, 3, 0}, want: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := newSample(tt.values).median(tt.drawn); got != tt.want {
				t.Errorf("median %v, want %v", got, tt.want)
			}
		})
	}
}

func TestResult(t *testing.T) {
	t.Parallel()
	steady := func(int) float64 { return 1000 }
	for name, tt := range map[string]struct {
		subject, baseline func(round int) float64
		want, low, high   float64 // low and high as wide as the interval may be
	}{
		"a steady machine": {
			subject: func(int) float64 { return 1500 }, baseline: steady,
			want: 1.5, low: 1.5, high: 1.5,
		},
		"a machine that slows both sides down": {
			subject:  func(round int) float64 { return 2000 + 20*float64(round) },
			baseline: func(round int) float64 { return 1000 + 10*float64(round) },
			want:     2, low: 2, high: 2,
		},
		"a few rounds that are interrupted": {
			subject: func(round int) float64 {
				if round%10 == 0 {
					return 1e9
				}
				return 1000
			},
			baseline: steady, want: 1, low: 1, high: 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var rounds times
			for i := range 200 {
				rounds.subject = append(rounds.subject, tt.subject(i))
				rounds.baseline = append(rounds.baseline, tt.baseline(i))
			}
			got := rounds.result()
			if got.Ratio != tt.want || got.Low != tt.low || got.High != tt.high || got.Rounds != 200 {
				t.Errorf("ratio %v [%v, %v] of %d rounds, want %v [%v, %v] of 200",
					got.Ratio, got.Low, got.High, got.Rounds, tt.want, tt.low, tt.high)
			}
		})
	}
}

func TestIntervalOfNoiseHoldsTheMiddle(t *testing.T) {
	t.Parallel()
	var rounds times
	for i := range 200 {
		rounds.subject = append(rounds.subject, float64(900+i))
		rounds.baseline = append(rounds.baseline, float64(900+(i*73)%200))
	}
	got := rounds.result()
	// The medians agree. That of 200 rounds, evenly spread over 20 % of their
	// value, has a standard error of about 0.7 %.
	if got.Ratio != 1 || got.Low > 0.99 || got.Low < 0.96 || got.High < 1.01 || got.High > 1.04 {
		t.Errorf("ratio %v [%v, %v], want 1 with about 2 %% on either side", got.Ratio, got.Low, got.High)
	}
}
