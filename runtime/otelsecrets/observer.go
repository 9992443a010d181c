package otelsecrets

import (
	"errors"

	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"github.com/secretsgen/secretsgen/runtime/observe"
)

// scope is the instrumentation scope of all that is exported.
const scope = "github.com/secretsgen/secretsgen/runtime/otelsecrets"

// Config says where spans and metrics go.
type Config struct {
	TracerProvider trace.TracerProvider // nil: there are no spans
	MeterProvider  metric.MeterProvider // nil: there are no metrics
}

// New returns what has a client observed, an extension for runtime.New and
// generated Open functions. The error is that of a meter provider that refuses
// an instrument, or says that there is no provider at all.
func New(cfg Config) (observe.Extension, error) {
	var observers []observe.Observer
	if cfg.TracerProvider != nil {
		observers = append(observers, newSpans(cfg.TracerProvider.Tracer(scope)))
	}
	if cfg.MeterProvider != nil {
		r := &registry{meter: cfg.MeterProvider.Meter(scope)}
		m, s := newMeters(r), newStates(r)
		if err := r.register(s.observe); err != nil {
			return observe.Extension{}, err
		}
		observers = append(observers, m, s)
	}
	if len(observers) == 0 {
		return observe.Extension{}, errors.New("secretsgen: otelsecrets.Config has neither a TracerProvider nor a MeterProvider: set one of them, such as otel.GetTracerProvider()")
	}
	return observe.Extension{Observers: observers}, nil
}
