package otelsecrets_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/secretstest/leakcheck"
)

// allowed are the attributes that a span may have.
var allowed = []string{
	"secrets.accessor", "secrets.resource_ref", "secrets.provider", "secrets.items",
	"secrets.effect", "secrets.code", "secrets.grant_cached", "secrets.value_cached", "secrets.kv_version",
}

// exported is everything that has been exported, as text.
func (e *telemetry) exported(t *testing.T) []byte {
	t.Helper()
	var rm metricdata.ResourceMetrics
	if err := e.reader.Collect(context.Background(), &rm); err != nil {
		t.Fatal(err)
	}
	metrics, err := json.Marshal(rm)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Append(metrics, fmt.Sprintf("%+v", e.spans.GetSpans()))
}

// TestNothingIsExportedThatIsNotOfTheList has a value, a path, a key, ids, subjects
// and texts of errors pass through reads that succeed and that fail, and looks for
// them in all that comes out.
func TestNothingIsExportedThatIsNotOfTheList(t *testing.T) {
	t.Parallel()
	value, jti, subject, said := leakcheck.NewCanary(), leakcheck.NewCanary(), leakcheck.NewCanary(), leakcheck.NewCanary()
	e, s, p := newTelemetry(t), &store{value: `{"canary-key-4be1":"` + value + `"}`}, &pdp{decision: permit(2)}
	_, handle := client(t, e, s, p)
	who := func(proof string) context.Context {
		return caller.NewContext(context.Background(), caller.Caller{
			Issuer: "https://" + subject, Subject: subject, Actor: subject, ClientID: subject, Audience: []string{"crud.secrets"},
			TokenID: jti, ProofID: proof, JKT: jti, CorrelationID: said, WorkflowRunID: said, NodeID: said, SystemID: said,
		})
	}
	for range 2 { // the second is a replay
		_, _ = handle.Read(who(jti))
	}
	unbound := caller.Caller{Issuer: "https://" + subject, Subject: subject, Audience: []string{"crud.secrets"}, TokenID: jti}
	_, _ = handle.Read(caller.NewContext(context.Background(), unbound)) // a drift
	for _, failure := range []error{
		errors.New(said), &providers.ProviderError{Code: providers.Code(said), Scheme: said}, &providers.SecretNotFoundError{Accessor: said},
		context.DeadlineExceeded, fmt.Errorf("%s: %w", said, context.Canceled), nil,
	} {
		s.fails(failure)
		_, _ = handle.Read(context.Background())
	}
	for _, answer := range []struct {
		decision pep.Decision
		err      error
	}{
		{pep.Decision{ID: said, PolicyVersion: said, Reasons: []string{said}}, nil},
		{pep.Decision{Permit: true, ID: said, Obligations: pep.Obligations{ResponseWrap: time.Minute}}, nil},
		{pep.Decision{}, &pep.PDPUnavailableError{Accessor: said, Reason: pep.Reason(said)}},
		{pep.Decision{}, errors.New(said)},
	} {
		p.becomes(answer.decision, answer.err)
		_, _ = handle.Read(context.Background())
	}

	for _, span := range e.spans.GetSpans() {
		for _, kv := range span.Attributes {
			if !slices.Contains(allowed, string(kv.Key)) {
				t.Errorf("span %s has the attribute %s", span.Name, kv.Key)
			}
		}
		if len(span.Events) > 0 || len(span.Links) > 0 {
			t.Errorf("span %s has events or links", span.Name)
		}
	}
	out := e.exported(t)
	for _, must := range []string{"replay_proof", "binding_drift", "not_found", "pdp_unavailable", "api.token"} {
		if leakcheck.Find(out, must) == nil {
			t.Errorf("nothing tells of %s: the test is wrong", must)
		}
	}
	for what, canary := range map[string]string{
		"value": value, "id": jti, "subject": subject, "text": said, "path": "canary-path-4be1", "key": "canary-key-4be1", "workload": "canary-workload", "decision id": "decision-canary",
	} {
		if forms := leakcheck.Find(out, canary); forms != nil {
			t.Errorf("what is exported holds the %s as %v", what, forms)
		}
	}
}

// TestAMillionSubjectsMakeNoSeries reads as so many callers and compares the series
// before and after.
func TestAMillionSubjectsMakeNoSeries(t *testing.T) {
	t.Parallel()
	e, s, p := newTelemetry(t), &store{value: `{"canary-key-4be1":"canary"}`}, &pdp{decision: permit(1)}
	e.tracer.UnregisterSpanProcessor(e.processor) // a million spans would fill the memory
	_, handle := client(t, e, s, p)
	read := func(i int) {
		n := strconv.Itoa(i)
		ctx := caller.NewContext(context.Background(), caller.Caller{Issuer: "https://issuer", Subject: "subject-" + n, ClientID: n, CorrelationID: n})
		if _, err := handle.Read(ctx); err != nil {
			t.Error(err)
		}
	}
	read(0)
	before := names(e.series(t))
	var wg sync.WaitGroup
	workers := 2 * runtime.GOMAXPROCS(0)
	for w := range workers {
		wg.Go(func() {
			for i := 1 + w; i < subjects; i += workers {
				read(i)
			}
		})
	}
	wg.Wait()
	after := e.series(t)
	if got := after["secrets_decisions_total{effect=allow}"]; got != subjects {
		t.Errorf("%d decisions, want %d", got, subjects)
	}
	if diff := cmp.Diff(before, names(after)); diff != "" {
		t.Errorf("series (-before +after):\n%s", diff)
	}
}

func names(series map[string]int64) []string {
	all := make([]string, 0, len(series))
	for name := range series {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}
