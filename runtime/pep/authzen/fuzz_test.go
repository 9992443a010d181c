package authzen

import (
	"bytes"
	stdjson "encoding/json"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/secretsgen/secretsgen/runtime/pep"
)

// FuzzPDPResponse gives any body as the answer to a question and compares the
// outcome with that of a JSON reader of another make, which is strict by
// itself: there is a permit exactly where that reads "decision": true, no error
// beside it and obligations that are all known, with the limits that it reads, in
// either dialect, alone and in a batch.
func FuzzPDPResponse(f *testing.F) {
	for _, seed := range []string{
		`{"decision":true}`, `{"decision":false,"DECISION":true}`, `{"decision":false,"decision":true}`, `{"DECISION":true}`,
		`{"decision":true,"context":{"ttl_seconds":60,"max_uses":5,"response_wrap":"60s","must_revalidate_on":["token"]}}`,
		`{"decision":true,"context":{"ttl_seconds":60,"ttl_seconds":6000}}`, `{"decision":true,"context":{"TTL_SECONDS":1}}`,
		`{"decision":true,"context":{"obligations":[{"type":"custom","properties":{"vendor":"secretsgen","action":"grant_limits","max_uses":1}}]}}`,
		`{"decision":true,"context":{"obligations":[{"type":"step-up"}]}}`, `{"decision":true,"context":{"error":{"status":500}}}`,
		`{"decision":true}{"decision":false}`, `{"decision":true,"x":"\ud83d\ude00"}`, `{"decision":true,"x":"\ud83d"}`, "{\"decision\":true,\"\xff\":1}",
		`{"decision":true,"context":{"cerbos.response":{"results":[{"resource":{"id":"env://secret/A","kind":"secret"},"outputs":[{"val":{"max_uses":2}}]}]}}}`,
		`{"decision":true,"context":{"cerbos.response":{"results":[{"resource":{"id":"env://secret/A","kind":"secret"},"Outputs":[{"val":{"max_uses":2}}]}]}}}`,
		`{"decision":true,"context":{"obligations":[{"id":"1","type":"custom","vendor":"secretsgen","action":"response_wrap","response_wrap":60}]}}`,
		`{"decision":true,"context":{"obligations":[{"type":"custom","properties":null}]}}`, `{"decision":true,"context":{"error":1}}`,
		`{"d\u0065cision":true}`, `{"decision":true,"context":{"max_uses":5.0}}`, `[{"decision":true}]`, `{"decision":tru`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, dialect := range []Dialect{DialectNone, DialectCerbos} {
			c := cannedClient(t, &canned{status: http.StatusOK, body: body})
			c.dialect = dialect
			single, err := c.Decide(t.Context(), pep.Request{Resource: pep.Resource{ID: fuzzed}})
			permit := err == nil && single.Permit && single.Obligations.Refused == ""
			want, ok := reference(body, dialect)
			within := len(body) < defaultMaxBody && !deep(body) // the reference knows no such limits
			if permit && !ok || ok && !permit && within {
				t.Fatalf("dialect %q: permit is %v with %+v, %v; that of the reference is %v", dialect, permit, single.Obligations, err, ok)
			}
			if permit {
				compare(t, single.Obligations, want)
			}
			if !stdjson.Valid(body) {
				continue // what ends an array early could put something else in its place
			}
			// The same as the one item of a batch.
			c.transport = &canned{status: http.StatusOK, body: slices.Concat([]byte(`{"evaluations":[`), body, []byte(`]}`))}
			batch, err := c.DecideAll(t.Context(), []pep.Request{{Resource: pep.Resource{ID: fuzzed}}})
			if err != nil && permit && within {
				t.Fatalf("dialect %q: a permit alone, and in a batch %v", dialect, err)
			}
			if err == nil && batch[0].Permit && batch[0].Obligations.Refused == "" {
				if !permit {
					t.Fatalf("dialect %q: a permit in a batch, and none alone", dialect)
				}
				compare(t, batch[0].Obligations, want)
			}
		}
	})
}

// fuzzed is the id of the secret that is asked for.
const fuzzed = "env://secret/A"

// deep reports whether a body could be at the limit of nesting.
func deep(body []byte) bool {
	return bytes.Count(body, []byte("["))+bytes.Count(body, []byte("{")) >= maxDepth
}

func compare(t *testing.T, got, want pep.Obligations) {
	t.Helper()
	if got.TTL != want.TTL || got.MaxUses != want.MaxUses || got.ResponseWrap != want.ResponseWrap ||
		!slices.Equal(got.MustRevalidateOn, want.MustRevalidateOn) {
		t.Fatalf("obligations are %+v; the reference has %+v", got, want)
	}
}

type object = map[string]jsontext.Value

// reference reads a permit and its obligations, or reports that there is none.
func reference(body []byte, dialect Dialect) (o pep.Obligations, permit bool) {
	var top, context object
	if json.Unmarshal(body, &top) != nil || string(top["decision"]) != "true" || folds(top, "decision", "context") {
		return o, false
	}
	if value, present := top["context"]; present && (value.Kind() != '{' || json.Unmarshal(value, &context) != nil) {
		return o, false
	}
	if _, failed := context["error"]; failed || folds(context, "error", "ttl_seconds", "max_uses", "response_wrap", "must_revalidate_on", "obligations") {
		return o, false
	}
	limits := []object{context}
	if value, present := context["obligations"]; present {
		var list []jsontext.Value
		if value.Kind() != '[' || json.Unmarshal(value, &list) != nil {
			return o, false
		}
		for _, item := range list {
			properties, ok := referenceItem(item)
			if !ok {
				return o, false
			}
			limits = append(limits, properties)
		}
	}
	if dialect == DialectCerbos {
		more, ok := referenceOutputs(context)
		if !ok {
			return o, false
		}
		limits = append(limits, more...)
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

// folds reports whether an object has one of the names in another case.
func folds(o object, names ...string) bool {
	for member := range o {
		for _, name := range names {
			if member != name && strings.EqualFold(member, name) {
				return true
			}
		}
	}
	return false
}

// referenceItem is what an obligation of the profile limits.
func referenceItem(item jsontext.Value) (object, bool) {
	var o, properties object
	var kind string
	if item.Kind() != '{' || json.Unmarshal(item, &o) != nil || o["type"].Kind() != '"' || json.Unmarshal(o["type"], &kind) != nil || kind != "custom" {
		return nil, false
	}
	if nested, present := o["properties"]; present {
		for member := range o {
			if member != "id" && member != "type" && member != "properties" {
				return nil, false
			}
		}
		if nested.Kind() != '{' || json.Unmarshal(nested, &properties) != nil {
			return nil, false
		}
		return properties, ours(properties)
	}
	delete(o, "id")
	delete(o, "type")
	return o, ours(o)
}

// referenceOutputs is what the outputs of Cerbos limit.
func referenceOutputs(context object) (limits []object, ok bool) {
	read := func(value jsontext.Value, kind jsontext.Kind, target any) bool {
		return len(value) > 0 && value.Kind() == kind && json.Unmarshal(value, target) == nil
	}
	var response object
	var results []jsontext.Value
	if !read(context["cerbos.response"], '{', &response) || !read(response["results"], '[', &results) {
		return nil, false
	}
	for _, value := range results {
		var result, about object
		var id, kind string
		if !read(value, '{', &result) || !read(result["resource"], '{', &about) || !read(about["id"], '"', &id) ||
			!read(about["kind"], '"', &kind) || id != fuzzed || kind != "secret" {
			continue
		}
		ok = true
		if folds(result, "outputs") {
			return nil, false
		}
		list, present := result["outputs"]
		var outputs []struct {
			Val   jsontext.Value `json:"val"`
			Error jsontext.Value `json:"error"`
			Rest  object         `json:",unknown"`
		}
		if present && !read(list, '[', &outputs) {
			return nil, false
		}
		for _, output := range outputs {
			var val object
			if len(output.Error) > 0 || !read(output.Val, '{', &val) {
				return nil, false
			}
			if _, item := val["type"]; item {
				if val, ok = referenceItem(output.Val); !ok {
					return nil, false
				}
			} else if slices.ContainsFunc(slices.Collect(maps.Keys(val)), func(name string) bool {
				return !slices.Contains([]string{"ttl_seconds", "max_uses", "response_wrap", "must_revalidate_on"}, name)
			}) {
				return nil, false
			}
			limits = append(limits, val)
		}
	}
	return limits, ok
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
