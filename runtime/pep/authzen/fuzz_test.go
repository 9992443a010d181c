package authzen

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/secretsgen/secretsgen/runtime/pep"
)

// FuzzPDPResponse gives any body as the answer to a question and compares the
// outcome with that of a JSON reader of another make, which is strict by
// itself: there is no permit unless it reads "decision": true, no error beside
// it, and obligations that are all known, and no limit is looser than it reads.
func FuzzPDPResponse(f *testing.F) {
	for _, seed := range []string{
		`{"decision":true}`, `{"decision":false,"DECISION":true}`, `{"decision":false,"decision":true}`, `{"DECISION":true}`,
		`{"decision":true,"context":{"ttl_seconds":60,"max_uses":5,"response_wrap":"60s","must_revalidate_on":["token"]}}`,
		`{"decision":true,"context":{"ttl_seconds":60,"ttl_seconds":6000}}`, `{"decision":true,"context":{"TTL_SECONDS":1}}`,
		`{"decision":true,"context":{"obligations":[{"type":"custom","properties":{"vendor":"secretsgen","action":"grant_limits","max_uses":1}}]}}`,
		`{"decision":true,"context":{"obligations":[{"type":"step-up"}]}}`, `{"decision":true,"context":{"error":{"status":500}}}`,
		`{"decision":true}{"decision":false}`, `{"decision":true,"x":"\ud83d\ude00"}`, `{"decision":true,"x":"\ud83d"}`, "{\"decision\":true,\"\xff\":1}",
		`{"d\u0065cision":true}`, `{"decision":true,"context":{"max_uses":5.0}}`, `[{"decision":true}]`, `{"decision":tru`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		decision, err := cannedClient(t, &canned{status: http.StatusOK, body: body}).Decide(t.Context(), pep.Request{})
		if err != nil || !decision.Permit || decision.Obligations.Refused != "" {
			return
		}
		want, ok := reference(body)
		if !ok {
			t.Fatalf("permit with %+v; the reference has none", decision.Obligations)
		}
		got := decision.Obligations
		if got.TTL != want.TTL || got.MaxUses != want.MaxUses || got.ResponseWrap != want.ResponseWrap ||
			!slices.Equal(got.MustRevalidateOn, want.MustRevalidateOn) {
			t.Fatalf("obligations are %+v; the reference has %+v", got, want)
		}
	})
}

type object = map[string]jsontext.Value

// reference reads a permit and its obligations, or reports that there is none.
func reference(body []byte) (o pep.Obligations, permit bool) {
	var top, context object
	if json.Unmarshal(body, &top) != nil || string(top["decision"]) != "true" {
		return o, false
	}
	if value, present := top["context"]; present && (value.Kind() != '{' || json.Unmarshal(value, &context) != nil) {
		return o, false
	}
	if _, failed := context["error"]; failed {
		return o, false
	}
	limits := []object{context}
	if value, present := context["obligations"]; present {
		var list []struct {
			ID         jsontext.Value `json:"id"`
			Type       string         `json:"type"`
			Properties object         `json:"properties"`
			Unknown    object         `json:",unknown"`
		}
		if value.Kind() != '[' || json.Unmarshal(value, &list) != nil {
			return o, false
		}
		for _, item := range list {
			if item.Type != "custom" || len(item.Unknown) > 0 || !ours(item.Properties) {
				return o, false
			}
			limits = append(limits, item.Properties)
		}
	}
	for _, limit := range limits {
		if !tighten(&o, limit) {
			return o, false
		}
	}
	slices.Sort(o.MustRevalidateOn)
	o.MustRevalidateOn = slices.Compact(o.MustRevalidateOn)
	return o, true
}

func ours(properties object) bool {
	allowed := map[string][]string{
		"grant_limits": {"ttl_seconds", "max_uses"}, "response_wrap": {"response_wrap"}, "must_revalidate_on": {"must_revalidate_on"},
	}
	var vendor, action string
	if json.Unmarshal(properties["vendor"], &vendor) != nil || json.Unmarshal(properties["action"], &action) != nil || vendor != "secretsgen" {
		return false
	}
	for name := range properties {
		if name != "vendor" && name != "action" && !slices.Contains(allowed[action], name) {
			return false
		}
	}
	return len(properties) > 2
}

var wholeNumber = regexp.MustCompile(`^[1-9][0-9]{0,9}$`)

func tighten(o *pep.Obligations, limit object) bool {
	number := func(name string) (int, bool) {
		value, present := limit[name]
		if !present {
			return 0, true
		}
		n, err := strconv.Atoi(string(value))
		return n, err == nil && wholeNumber.Match(value) && n <= 1<<31-1
	}
	least := func(have, n int) int {
		if n == 0 || have != 0 && have < n {
			return have
		}
		return n
	}
	ttl, ok1 := number("ttl_seconds")
	uses, ok2 := number("max_uses")
	wrap, ok3 := number("response_wrap")
	if value := limit["response_wrap"]; value.Kind() == '"' {
		var text string
		ok3 = json.Unmarshal(value, &text) == nil
		d, err := time.ParseDuration(text)
		wrap = int(d / time.Second)
		ok3 = ok3 && err == nil && wrap >= 1 && time.Duration(wrap)*time.Second == d
	}
	o.TTL = time.Duration(least(int(o.TTL/time.Second), ttl)) * time.Second
	o.MaxUses = least(o.MaxUses, uses)
	o.ResponseWrap = time.Duration(least(int(o.ResponseWrap/time.Second), wrap)) * time.Second
	value, present := limit["must_revalidate_on"]
	var conditions []pep.Revalidate
	ok4 := !present || value.Kind() == '[' && json.Unmarshal(value, &conditions) == nil && len(conditions) > 0
	for _, condition := range conditions {
		ok4 = ok4 && slices.Contains([]pep.Revalidate{"token", "binding", "workflow_run", "policy_version", "secret_version"}, condition)
	}
	o.MustRevalidateOn = append(o.MustRevalidateOn, conditions...)
	return ok1 && ok2 && ok3 && ok4
}
