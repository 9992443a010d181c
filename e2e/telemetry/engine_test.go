package telemetry

import (
	"context"
	"slices"
	"sort"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/util/annotations"

	"github.com/prometheus/prometheus/model/histogram"
)

// The hours that Prometheus has seen: well until broken, scraped every interval.
var (
	start  = time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	broken = start.Add(2 * time.Hour)
)

const interval = 30 * time.Second

// history is what Prometheus has kept of a service.
type history struct {
	engine *promql.Engine
	series []*storage.SeriesEntry
}

// newHistory has a service scraped for two hours while it was well, and once more
// after it broke.
func newHistory(t *testing.T, well, after string) *history {
	t.Helper()
	engine := promql.NewEngine(promql.EngineOpts{MaxSamples: 1_000_000, Timeout: time.Minute, Parser: parser.NewParser(parser.Options{})})
	t.Cleanup(func() { _ = engine.Close() })
	h := &history{engine: engine}
	samples, before := map[string][]chunks.Sample{}, vectors(t, well)
	sets := map[string]labels.Labels{}
	add := func(at time.Time, v model.Vector) {
		for _, s := range v {
			set := labelsOf(s.Metric)
			sets[set.String()] = set
			samples[set.String()] = append(samples[set.String()], sample{at.UnixMilli(), float64(s.Value)})
		}
	}
	for at := start; at.Before(broken); at = at.Add(interval) {
		add(at, before)
	}
	add(broken, vectors(t, after))
	for name, set := range sets {
		h.series = append(h.series, storage.NewListSeries(set, samples[name]))
	}
	return h
}

// vectors are the samples of a scrape.
func vectors(t *testing.T, text string) model.Vector {
	t.Helper()
	var all []*dto.MetricFamily
	for _, f := range families(t, text) {
		all = append(all, f)
	}
	v, err := expfmt.ExtractSamples(&expfmt.DecodeOptions{}, all...)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// labelsOf are the labels of a series, with those that Prometheus adds.
func labelsOf(metric model.Metric) labels.Labels {
	m := map[string]string{"job": "service", "instance": "service:8080"}
	for name, value := range metric {
		m[string(name)] = string(value)
	}
	return labels.FromMap(m)
}

// ask is what a query gives at a time.
func (h *history) ask(t *testing.T, query string, at time.Time) promql.Vector {
	t.Helper()
	q, err := h.engine.NewInstantQuery(context.Background(), h, nil, query, at)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer q.Close()
	result := q.Exec(context.Background())
	if result.Err != nil {
		t.Fatalf("%s: %v", query, result.Err)
	}
	v, err := result.Vector()
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return slices.Clone(v)
}

// matches counts the series that a selector selects.
func (h *history) matches(matchers []*labels.Matcher) (n int) {
	for _, s := range h.series {
		if selected(s.Lset, matchers) {
			n++
		}
	}
	return n
}

func selected(set labels.Labels, matchers []*labels.Matcher) bool {
	return !slices.ContainsFunc(matchers, func(m *labels.Matcher) bool { return !m.Matches(set.Get(m.Name)) })
}

// Querier implements [storage.Queryable].
func (h *history) Querier(int64, int64) (storage.Querier, error) {
	return &storage.MockQuerier{SelectMockFunction: func(_ bool, _ *storage.SelectHints, matchers ...*labels.Matcher) storage.SeriesSet {
		set := &seriesSet{at: -1}
		for _, s := range h.series {
			if selected(s.Lset, matchers) {
				set.all = append(set.all, s)
			}
		}
		sort.Slice(set.all, func(i, j int) bool { return labels.Compare(set.all[i].Lset, set.all[j].Lset) < 0 })
		return set
	}}, nil
}

type seriesSet struct {
	all []*storage.SeriesEntry
	at  int
}

func (s *seriesSet) Next() bool                      { s.at++; return s.at < len(s.all) }
func (s *seriesSet) At() storage.Series              { return s.all[s.at] }
func (*seriesSet) Err() error                        { return nil }
func (*seriesSet) Warnings() annotations.Annotations { return nil }

// sample is a number at a time.
type sample struct {
	t int64
	f float64
}

func (s sample) T() int64                    { return s.t }
func (sample) ST() int64                     { return 0 }
func (s sample) F() float64                  { return s.f }
func (sample) H() *histogram.Histogram       { return nil }
func (sample) FH() *histogram.FloatHistogram { return nil }
func (sample) Type() chunkenc.ValueType      { return chunkenc.ValFloat }
func (s sample) Copy() chunks.Sample         { return s }
