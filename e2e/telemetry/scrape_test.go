package telemetry

import (
	"context"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	exporter "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/secretsgen/secretsgen/runtime/observe"
	"github.com/secretsgen/secretsgen/runtime/otelsecrets"
)

// telemetry keeps spans, and serves metrics as a service does.
type telemetry struct {
	spans     *tracetest.InMemoryExporter
	url       string
	extension observe.Extension
}

func newTelemetry(t *testing.T, opts ...exporter.Option) *telemetry {
	t.Helper()
	registry := prometheus.NewRegistry()
	reader, err := exporter.New(append(opts, exporter.WithRegisterer(registry))...)
	if err != nil {
		t.Fatal(err)
	}
	e := &telemetry{spans: tracetest.NewInMemoryExporter()}
	e.extension, err = otelsecrets.New(otelsecrets.Config{
		TracerProvider: trace.NewTracerProvider(trace.WithSyncer(e.spans)),
		MeterProvider:  metric.NewMeterProvider(metric.WithReader(reader)),
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	t.Cleanup(server.Close)
	e.url = server.URL
	return e
}

// scrape is what Prometheus gets, as text.
func (e *telemetry) scrape(t *testing.T) string {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, e.url, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("scrape: status %d, %v", answer.StatusCode, err)
	}
	return string(text)
}

// families are the metrics of a scrape by name, those of the SDK left out.
func families(t *testing.T, text string) map[string]*dto.MetricFamily {
	t.Helper()
	parser := expfmt.NewTextParser(model.LegacyValidation)
	all, err := parser.TextToMetricFamilies(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	maps.DeleteFunc(all, func(name string, _ *dto.MetricFamily) bool { return name == "target_info" })
	return all
}

// labelNames are the labels of a family, those of the SDK left out.
func labelNames(f *dto.MetricFamily) []string {
	names := map[string]bool{}
	for _, m := range f.GetMetric() {
		for _, l := range m.GetLabel() {
			if !strings.HasPrefix(l.GetName(), "otel_scope_") {
				names[l.GetName()] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(names))
}
