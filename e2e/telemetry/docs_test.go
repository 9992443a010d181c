package telemetry

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/otlptranslator"
	exporter "go.opentelemetry.io/otel/exporters/prometheus"

	"github.com/secretsgen/secretsgen/runtime/observe"
)

// page are the rows of the tables of docs/telemetry.md whose first cell has the
// prefix, by that cell.
func page(t *testing.T, prefix string) map[string][]string {
	t.Helper()
	text, err := os.ReadFile("../../docs/telemetry.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string][]string{}
	for line := range strings.Lines(string(text)) {
		cells := cellsOf(line)
		if name := strings.Trim(cells[0], "`"); strings.HasPrefix(name, prefix) && len(cells) == 4 {
			rows[name] = cells[1:]
		}
	}
	if len(rows) == 0 {
		t.Fatalf("no row of docs/telemetry.md begins with %s", prefix)
	}
	return rows
}

// cellsOf are the cells of a row; a line that is none has one, which is empty.
func cellsOf(line string) []string {
	inner, ok := strings.CutPrefix(strings.TrimSpace(line), "|")
	if !ok {
		return []string{""}
	}
	cells := strings.Split(strings.TrimSuffix(inner, "|"), "|")
	for i := range cells {
		cells[i] = strings.TrimSpace(cells[i])
	}
	return cells
}

// words are what stands in back-quotes.
func words(cell string) (all []string) {
	for i, part := range strings.Split(cell, "`") {
		if i%2 == 1 {
			all = append(all, part)
		}
	}
	slices.Sort(all)
	return all
}

// TestThePageListsEveryMetric compares the table of metrics with a scrape.
func TestThePageListsEveryMetric(t *testing.T) {
	t.Parallel()
	s := newService(t, newTelemetry(t))
	s.works(t)
	s.breaks(t)
	want, got := map[string]string{}, map[string]string{}
	for name, row := range page(t, "secrets_") {
		want[name] = row[0] + " " + strings.Join(words(row[1]), " ")
	}
	for name, f := range families(t, s.telemetry.scrape(t)) {
		got[name] = strings.ToLower(f.GetType().String()) + " " + strings.Join(labelNames(f), " ")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("metrics (-page +scrape):\n%s", diff)
	}
}

// TestThePageListsEverySpan compares the table of spans with those of a service in
// which everything has happened.
func TestThePageListsEverySpan(t *testing.T) {
	t.Parallel()
	s := newService(t, newTelemetry(t))
	s.works(t)
	s.breaks(t)
	kinds, attributes := map[string]map[string]bool{}, map[string]map[string]bool{}
	for _, span := range s.telemetry.spans.GetSpans() {
		if kinds[span.Name] == nil {
			kinds[span.Name], attributes[span.Name] = map[string]bool{}, map[string]bool{}
		}
		kinds[span.Name][span.SpanKind.String()] = true
		for _, kv := range span.Attributes {
			attributes[span.Name][strings.TrimPrefix(string(kv.Key), "secrets.")] = true
		}
	}
	rows := page(t, "secrets.")
	if diff := cmp.Diff(slices.Sorted(maps.Keys(rows)), slices.Sorted(maps.Keys(kinds))); diff != "" {
		t.Errorf("spans (-page +exported):\n%s", diff)
	}
	for name, row := range rows {
		if !kinds[name][row[0]] {
			t.Errorf("%s is of kind %v, and the page says %s", name, kinds[name], row[0])
		}
		listed := words(row[1])
		for attribute := range attributes[name] {
			if !slices.Contains(listed, attribute) {
				t.Errorf("%s has %s, which the page does not list", name, attribute)
			}
		}
	}
}

func TestThePageListsEveryCodeAndEveryAlert(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/telemetry.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(text), "| codes | who says so |")
	table, after, _ := strings.Cut(after, "\n\n")
	var listed []string
	for line := range strings.Lines(table) {
		listed = append(listed, words(cellsOf(line)[0])...)
	}
	slices.Sort(listed)
	codes := observe.Codes()
	slices.Sort(codes)
	if diff := cmp.Diff(codes, listed); diff != "" {
		t.Errorf("codes (-exported +page):\n%s", diff)
	}
	want, got := map[string]string{}, map[string]string{}
	for name, rule := range rules(t) {
		want[name] = rule.Labels["severity"]
	}
	for line := range strings.Lines(after) {
		if cells := cellsOf(line); strings.HasPrefix(cells[0], "`Secrets") {
			got[strings.Trim(cells[0], "`")] = cells[1]
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("alerts (-rules +page):\n%s", diff)
	}
}

// TestNamesStayTheSameWhateverTheExporterMakesOfThem scrapes under each way to make
// Prometheus names of OpenTelemetry's.
func TestNamesStayTheSameWhateverTheExporterMakesOfThem(t *testing.T) {
	t.Parallel()
	listed := slices.Sorted(maps.Keys(page(t, "secrets_")))
	for _, strategy := range []otlptranslator.TranslationStrategyOption{
		otlptranslator.UnderscoreEscapingWithSuffixes, otlptranslator.UnderscoreEscapingWithoutSuffixes,
		otlptranslator.NoUTF8EscapingWithSuffixes, otlptranslator.NoTranslation,
	} {
		s := newService(t, newTelemetry(t, exporter.WithTranslationStrategy(strategy)))
		s.works(t)
		s.overflows(t)
		got := slices.Sorted(maps.Keys(families(t, s.telemetry.scrape(t))))
		if diff := cmp.Diff(listed, got); diff != "" {
			t.Errorf("%s (-page +scrape):\n%s", strategy, diff)
		}
	}
}
