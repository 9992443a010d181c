package telemetry

import (
	"context"
	"slices"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/util/annotations"
)

// The hours that Prometheus has seen: well until broken, scraped every interval.
var (
	start  = time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	broken = start.Add(2 * time.Hour)
)

const interval = 30 * time.Second

// history is what Prometheus has kept of a service.
type history struct {
	engine  *promql.Engine
	samples map[string][]chunks.Sample
	sets    map[string]labels.Labels
}

func newHistory(t *testing.T) *history {
	t.Helper()
	engine := promql.NewEngine(promql.EngineOpts{MaxSamples: 1_000_000, Timeout: time.Minute, Parser: parser.NewParser(parser.Options{})})
	t.Cleanup(func() { _ = engine.Close() })
	return &history{engine: engine, samples: map[string][]chunks.Sample{}, sets: map[string]labels.Labels{}}
}

// scraped adds what a scrape at that time gave.
func (h *history) scraped(at time.Time, v model.Vector) {
	for _, s := range v {
		set := labelsOf(s.Metric)
		h.sets[set.String()] = set
		h.samples[set.String()] = append(h.samples[set.String()], sample{at.UnixMilli(), float64(s.Value)})
	}
}

// series are those that a selector selects.
func (h *history) series(matchers []*labels.Matcher) (all []storage.Series) {
	for name, set := range h.sets {
		if selected(set, matchers) {
			all = append(all, storage.NewListSeries(set, h.samples[name]))
		}
	}
	slices.SortFunc(all, func(a, b storage.Series) int { return labels.Compare(a.Labels(), b.Labels()) })
	return all
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

// fires returns when an alert fires, evaluated at each scrape of that time as
// Prometheus does: once a series of its expression has been there for long enough.
func (h *history) fires(t *testing.T, rule rulefmt.Rule, from, until time.Time) (at time.Time, ok bool) { //nolint:gocritic // a rule as it is parsed
	t.Helper()
	since := map[string]time.Time{}
	for at := from; !at.After(until); at = at.Add(interval) {
		active := map[string]time.Time{}
		for _, s := range h.ask(t, rule.Expr, at) {
			began, pending := since[s.Metric.String()]
			if !pending {
				began = at
			}
			if at.Sub(began) >= time.Duration(rule.For) {
				return at, true
			}
			active[s.Metric.String()] = began
		}
		since = active
	}
	return time.Time{}, false
}

func selected(set labels.Labels, matchers []*labels.Matcher) bool {
	return !slices.ContainsFunc(matchers, func(m *labels.Matcher) bool { return !m.Matches(set.Get(m.Name)) })
}

// Querier implements [storage.Queryable].
func (h *history) Querier(int64, int64) (storage.Querier, error) {
	return &storage.MockQuerier{SelectMockFunction: func(_ bool, _ *storage.SelectHints, matchers ...*labels.Matcher) storage.SeriesSet {
		return &seriesSet{at: -1, all: h.series(matchers)}
	}}, nil
}

type seriesSet struct {
	all []storage.Series
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
