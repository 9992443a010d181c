package otelsecrets

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// registry makes instruments, and keeps what goes wrong. They have the names that
// Prometheus shows, units and suffixes included, so that these stay the same
// whatever an exporter or a collector makes of names.
//
// What is read on collection adds up where several extensions share a meter: of
// two gauges of one name the SDK would show one.
type registry struct {
	meter    metric.Meter
	all      []metric.Observable
	tallies  []*tally
	failures []error
}

func (r *registry) gauge(name, unit, description string) metric.Int64ObservableUpDownCounter {
	g, err := r.meter.Int64ObservableUpDownCounter(name, metric.WithUnit(unit), metric.WithDescription(description))
	r.all, r.failures = append(r.all, g), append(r.failures, err)
	return g
}

func (r *registry) counter(name, unit, description string) metric.Int64ObservableCounter {
	c, err := r.meter.Int64ObservableCounter(name, metric.WithUnit(unit), metric.WithDescription(description))
	r.all, r.failures = append(r.all, c), append(r.failures, err)
	return c
}

func (r *registry) histogram(name, description string, bounds []float64) metric.Float64Histogram {
	h, err := r.meter.Float64Histogram(name, metric.WithUnit("s"), metric.WithDescription(description), metric.WithExplicitBucketBoundaries(bounds...))
	r.failures = append(r.failures, err)
	return h
}

func (r *registry) tally(c metric.Int64ObservableCounter, labels ...attribute.KeyValue) *tally {
	t := &tally{counter: c, labels: []metric.ObserveOption{metric.WithAttributeSet(attribute.NewSet(labels...))}}
	r.tallies = append(r.tallies, t)
	return t
}

// register has everything read on collection.
func (r *registry) register(more func(metric.Observer)) error {
	if err := errors.Join(r.failures...); err != nil {
		return err
	}
	_, err := r.meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		for _, t := range r.tallies {
			t.observe(o)
		}
		more(o)
		return nil
	}, r.all...)
	return err
}
