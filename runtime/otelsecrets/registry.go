package otelsecrets

import (
	"errors"

	"go.opentelemetry.io/otel/metric"
)

// registry makes the instruments that are read on collection, and keeps what goes
// wrong.
type registry struct {
	meter    metric.Meter
	all      *[]metric.Observable
	failures []error
}

func (r *registry) gauge(name, unit, description string) metric.Int64ObservableGauge {
	g, err := r.meter.Int64ObservableGauge(name, metric.WithUnit(unit), metric.WithDescription(description))
	r.made(g, err)
	return g
}

func (r *registry) counter(name, unit, description string) metric.Int64ObservableCounter {
	c, err := r.meter.Int64ObservableCounter(name, metric.WithUnit(unit), metric.WithDescription(description))
	r.made(c, err)
	return c
}

func (r *registry) made(o metric.Observable, err error) {
	*r.all, r.failures = append(*r.all, o), append(r.failures, err)
}

func (r *registry) err() error { return errors.Join(r.failures...) }
