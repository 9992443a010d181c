package telemetry

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/secretsgen/secretsgen/runtime/secretstest/leakcheck"
)

// TestNothingThatIsSecretIsExported looks for value, path, ids, subject and texts of
// errors in the spans, the scraped metrics and the log of a service in which
// everything has happened, and for all but the subject in its audit events.
func TestNothingThatIsSecretIsExported(t *testing.T) {
	t.Parallel()
	s := newService(t, newTelemetry(t))
	s.works(t)
	s.breaks(t)
	events, err := json.Marshal(s.sink.events)
	if err != nil {
		t.Fatal(err)
	}
	spans := fmt.Appendf(nil, "%+v", s.telemetry.spans.GetSpans())
	for where, out := range map[string][]byte{
		"spans": spans, "metrics": []byte(s.telemetry.scrape(t)), "log": s.log.lines(),
	} {
		if len(out) < 100 {
			t.Errorf("the %s are nearly empty: the test is wrong", where)
		}
		for what, canary := range map[string]string{
			"value": s.canaries.value, "path": s.canaries.path, "id": s.canaries.jti, "subject": s.canaries.subject, "text": s.canaries.said, "token": s.canaries.token,
		} {
			if forms := leakcheck.Find(out, canary); forms != nil {
				t.Errorf("the %s hold the %s as %v", where, what, forms)
			}
		}
	}
	for what, canary := range map[string]string{"value": s.canaries.value, "path": s.canaries.path, "id": s.canaries.jti, "token": s.canaries.token} {
		if forms := leakcheck.Find(events, canary); forms != nil {
			t.Errorf("the audit events hold the %s as %v", what, forms)
		}
	}
	if leakcheck.Find(events, s.canaries.subject) == nil {
		t.Error("no audit event has the subject: the test is wrong")
	}
}
