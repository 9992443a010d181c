package telemetry

import (
	"encoding/json"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
)

const (
	alerts    = "../../docs/telemetry/alerts.yml"
	dashboard = "../../docs/telemetry/dashboard.json"
)

// rules are the alerts by name.
func rules(t *testing.T) map[string]rulefmt.Rule {
	t.Helper()
	groups, errs := rulefmt.ParseFile(alerts, false, model.LegacyValidation, parser.NewParser(parser.Options{}), slog.New(slog.DiscardHandler))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	all := map[string]rulefmt.Rule{}
	for _, g := range groups.Groups {
		for i := range g.Rules {
			all[g.Rules[i].Alert] = g.Rules[i]
		}
	}
	return all
}

// panels are the queries of the dashboard by what they show, with its variables
// filled in.
func panels(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile(dashboard)
	if err != nil {
		t.Fatal(err)
	}
	var board struct {
		Panels []struct {
			Title   string
			Type    string
			Targets []struct{ Expr, LegendFormat string }
		}
	}
	if err := json.Unmarshal(text, &board); err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, p := range board.Panels {
		if p.Type != "row" && len(p.Targets) == 0 {
			t.Errorf("the panel %q asks for nothing", p.Title)
		}
		for _, target := range p.Targets {
			all[p.Title+": "+target.LegendFormat] = strings.NewReplacer("$__rate_interval", "5m", "$job", ".*").Replace(target.Expr)
		}
	}
	return all
}

// seen is a service that was well for two hours, scraped every interval, and then
// was not.
func seen(t *testing.T) *history {
	t.Helper()
	s := newService(t, newTelemetry(t))
	s.works(t)
	well := vectors(t, s.telemetry.scrape(t))
	s.breaks(t)
	h := newHistory(t)
	for at := start; at.Before(broken); at = at.Add(interval) {
		h.scraped(at, well)
	}
	h.scraped(broken, vectors(t, s.telemetry.scrape(t)))
	return h
}

// TestEachAlertFiresForWhatItIsForAndNotBefore runs the rules over a service that
// was well, and then was not.
func TestEachAlertFiresForWhatItIsForAndNotBefore(t *testing.T) {
	t.Parallel()
	h, all := seen(t), rules(t)
	if len(all) < 10 {
		t.Fatalf("%d alerts: the file was not read", len(all))
	}
	for name, rule := range all {
		if v := h.ask(t, rule.Expr, broken.Add(-interval)); len(v) > 0 {
			t.Errorf("%s fires while all is well: %v", name, v)
		}
		v := h.ask(t, rule.Expr, broken)
		if len(v) == 0 {
			t.Errorf("%s does not fire", name)
			continue
		}
		for _, label := range mentioned(rule.Annotations) {
			if !v[0].Metric.Has(label) {
				t.Errorf("%s speaks of the label %s, which it has not", name, label)
			}
		}
		if rule.Labels["severity"] == "" || rule.Annotations["summary"] == "" {
			t.Errorf("%s has no severity or no summary", name)
		}
	}
}

// mentioned are the labels that annotations speak of.
func mentioned(annotations map[string]string) (names []string) {
	for text := range maps.Values(annotations) {
		for _, part := range strings.Split(text, "$labels.")[1:] {
			name, _, _ := strings.Cut(part, " ")
			names = append(names, strings.TrimRight(name, "}"))
		}
	}
	return names
}

func TestEachPanelShowsSomething(t *testing.T) {
	t.Parallel()
	h, all := seen(t), panels(t)
	if len(all) < 20 {
		t.Fatalf("%d queries: the file was not read", len(all))
	}
	for name, query := range all {
		if v := h.ask(t, query, broken); len(v) == 0 {
			t.Errorf("%s: %s shows nothing", name, query)
		}
	}
}

// TestQueriesAskForWhatIsExported holds each selector of a query, in alerts and
// dashboard, against the series that there are, and each grouping against their
// labels.
func TestQueriesAskForWhatIsExported(t *testing.T) {
	t.Parallel()
	h, queries := seen(t), panels(t)
	for name, rule := range rules(t) {
		queries[name] = rule.Expr
	}
	for name, query := range queries {
		expr, err := parser.NewParser(parser.Options{}).ParseExpr(query)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
			switch n := node.(type) {
			case *parser.VectorSelector:
				if len(h.series(n.LabelMatchers)) == 0 {
					t.Errorf("%s: nothing that is exported is %s", name, n)
				}
			case *parser.AggregateExpr:
				for _, label := range n.Grouping {
					if !slices.Contains(labelsIn(h, n.Expr), label) {
						t.Errorf("%s: %s groups by %s, which what it groups has not", name, n, label)
					}
				}
			}
			return nil
		})
	}
}

// labelsIn are the labels of all series that an expression selects.
func labelsIn(h *history, expr parser.Expr) (names []string) {
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		if selector, ok := node.(*parser.VectorSelector); ok {
			for _, s := range h.series(selector.LabelMatchers) {
				s.Labels().Range(func(l labels.Label) { names = append(names, l.Name) })
			}
		}
		return nil
	})
	return names
}
