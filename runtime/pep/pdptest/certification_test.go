package pdptest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/pep/pdptest"
)

// fixture is the policy of the AuthZEN certification scenario, section 1.4, Core.
func fixture(t *testing.T) *pdptest.Server {
	t.Helper()
	return start(t,
		pdptest.Rule{Subject: "alice", Action: "read", Resource: "record-1", Permit: true},
		pdptest.Rule{Subject: "alice", Action: "write", Resource: "record-1", Permit: true},
		pdptest.Rule{Subject: "bob", Action: "read", Resource: "record-1", Permit: true},
		pdptest.Rule{Subject: "bob", Action: "write", Resource: "record-1"},
	)
}

func start(t *testing.T, rules ...pdptest.Rule) *pdptest.Server {
	t.Helper()
	server, err := pdptest.Start(rules...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return server
}

// post returns the status and the decisions of an answer: one for a single
// evaluation, one an item for a batch.
func post(t *testing.T, url, contentType, body string) (status int, single bool, decisions []bool, header http.Header) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("X-Request-Id", "request-1")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK {
		return resp.StatusCode, false, nil, resp.Header
	}
	type item struct {
		Decision *bool `json:"decision"`
	}
	var answer struct {
		item
		Evaluations []item `json:"evaluations"`
	}
	if err := json.Unmarshal(data, &answer); err != nil || resp.Header.Get("Content-Type") != "application/json" {
		t.Fatalf("answer is not JSON: %v: %s", err, data)
	}
	items := answer.Evaluations
	if items == nil {
		items, single = []item{answer.item}, true
	}
	for _, i := range items {
		if i.Decision == nil {
			t.Fatalf("an answer without a decision: %s", data)
		}
		decisions = append(decisions, *i.Decision)
	}
	return resp.StatusCode, single, decisions, resp.Header
}

// The numbers are those of the certification scenario.
const (
	alice   = `"subject":{"type":"user","id":"alice"}`
	bob     = `"subject":{"type":"user","id":"bob"}`
	read    = `"action":{"name":"read"}`
	writing = `"action":{"name":"write"}`
	one     = `"resource":{"type":"record","id":"record-1"}`
	two     = `"resource":{"type":"record","id":"record-2"}`
)

func TestCertificationBasicCore(t *testing.T) {
	t.Parallel()
	url := fixture(t).URL() + "/access/v1/evaluation"
	yes, no := []bool{true}, []bool{false}
	const media = "application/json"
	for name, test := range map[string]struct {
		media, body string
		status      int
		want        []bool
	}{
		"c-1-4 rule 1, alice reads":          {media, `{` + alice + `,` + read + `,` + one + `}`, 200, yes},
		"c-1-4 rule 2, alice writes":         {media, `{` + alice + `,` + writing + `,` + one + `}`, 200, yes},
		"c-1-4 rule 3, bob reads":            {media, `{` + bob + `,` + read + `,` + one + `}`, 200, yes},
		"c-1-4 rule 4, bob writes":           {media, `{` + bob + `,` + writing + `,` + one + `}`, 200, no},
		"c-2-2-3 a context":                  {media, `{` + alice + `,` + read + `,` + one + `,"context":{"time":"2025-06-27T18:03-07:00","ip":"192.0.2.1"}}`, 200, yes},
		"c-2-2-8 more properties":            {media, `{"subject":{"type":"user","id":"alice","properties":{"role":"manager"}},"action":{"name":"read","properties":{"method":"GET"}},"resource":{"type":"record","id":"record-1","properties":{"version":"x"}}}`, 200, yes},
		"c-2-2-9 unknown members":            {media, `{` + alice + `,` + read + `,` + one + `,"foo":"bar","futureField":{"nested":true}}`, 200, yes},
		"a media type with a parameter":      {media + "; charset=utf-8", `{` + alice + `,` + read + `,` + one + `}`, 200, yes},
		"c-2-4-1 no subject":                 {media, `{` + read + `,` + one + `}`, 400, nil},
		"c-2-4-1 no action":                  {media, `{` + alice + `,` + one + `}`, 400, nil},
		"c-2-4-1 no resource":                {media, `{` + alice + `,` + read + `}`, 400, nil},
		"c-2-4-2 a subject without a type":   {media, `{"subject":{"id":"alice"},` + read + `,` + one + `}`, 400, nil},
		"c-2-4-2 a subject without an id":    {media, `{"subject":{"type":"user"},` + read + `,` + one + `}`, 400, nil},
		"c-2-4-2 an action without a name":   {media, `{` + alice + `,"action":{},` + one + `}`, 400, nil},
		"c-2-4-2 a resource without a type":  {media, `{` + alice + `,` + read + `,"resource":{"id":"record-1"}}`, 400, nil},
		"c-2-4-2 a resource without an id":   {media, `{` + alice + `,` + read + `,"resource":{"type":"record"}}`, 400, nil},
		"c-2-4-3 another content type":       {"text/plain", `{` + alice + `,` + read + `,` + one + `}`, 400, nil},
		"c-2-4-4 malformed JSON":             {media, `{` + alice + `,`, 400, nil},
		"JSON that is no object":             {media, `null`, 400, nil},
		"c-2-4-5 an empty body":              {media, ``, 400, nil},
		"c-2-4-6 a subject that is a string": {media, `{"subject":"alice",` + read + `,` + one + `}`, 400, nil},
		"c-2-4-6 an action that is a number": {media, `{` + alice + `,"action":{"name":123},` + one + `}`, 400, nil},
		"c-2-4-6 a resource that is a list":  {media, `{` + alice + `,` + read + `,"resource":[]}`, 400, nil},
		"c-2-4-6 a context that is a number": {media, `{` + alice + `,` + read + `,` + one + `,"context":1}`, 400, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for range 2 { // c-2-6: the same decision each time
				status, _, decisions, header := post(t, url, test.media, test.body)
				if status != test.status || !cmp.Equal(decisions, test.want) {
					t.Errorf("answer is %d %v, want %d %v", status, decisions, test.status, test.want)
				}
				if id := header.Get("X-Request-Id"); id != "request-1" { // c-2-5-1
					t.Errorf("X-Request-ID is %q, want request-1", id)
				}
			}
		})
	}
}

func TestCertificationBatchCore(t *testing.T) {
	t.Parallel()
	url := fixture(t).URL() + "/access/v1/evaluations"
	short := func(semantic string) string {
		return `{"options":{"evaluations_semantic":"` + semantic + `"},` + bob + `,` + one + `,"evaluations":[{` + read + `},{` + writing + `},{` + read + `}]}`
	}
	for name, test := range map[string]struct {
		body   string
		single bool
		status int
		want   []bool
	}{
		"c-3-2-1 items with a default subject": {`{` + alice + `,` + read + `,"evaluations":[{` + one + `},{` + two + `}]}`, false, 200, []bool{true, false}},
		"c-3-2-2 items in their order":         {`{` + bob + `,` + one + `,"evaluations":[{` + read + `},{` + writing + `}]}`, false, 200, []bool{true, false}},
		"c-3-2-5 items without defaults":       {`{"evaluations":[{` + alice + `,` + read + `,` + one + `},{` + bob + `,` + writing + `,` + one + `}]}`, false, 200, []bool{true, false}},
		"c-3-2-6 a default context":            {`{` + alice + `,` + read + `,"context":{"a":1},"evaluations":[{` + one + `},{` + two + `,"context":{"b":2}}]}`, false, 200, []bool{true, false}},
		"c-3-2-7 an item with half a resource": {`{` + alice + `,` + writing + `,"resource":{"type":"record"},"evaluations":[{"resource":{"id":"record-1"}},{` + two + `}]}`, false, 200, []bool{true, false}},
		"c-3-4-1 an item without a resource":   {`{` + alice + `,` + read + `,"evaluations":[{` + one + `},{}]}`, false, 200, []bool{true, false}},
		"an item that is no object":            {`{` + alice + `,` + read + `,"evaluations":[{` + one + `},7,null]}`, false, 200, []bool{true, false, false}},
		"an item of null, all else by default": {`{` + alice + `,` + read + `,` + one + `,"evaluations":[{},null]}`, false, 200, []bool{true, false}},
		"an item of the wrong type":            {`{` + alice + `,` + read + `,"evaluations":[{"resource":1},{` + one + `}]}`, false, 200, []bool{false, true}},
		"c-3-4-2 no items":                     {`{` + alice + `,` + read + `,` + one + `}`, true, 200, []bool{true}},
		"c-3-4-3 an empty list of items":       {`{` + alice + `,` + read + `,` + one + `,"evaluations":[]}`, true, 200, []bool{true}},
		"no items, and no resource":            {`{` + alice + `,` + read + `,"evaluations":[]}`, false, 400, nil},
		"items that are no list":               {`{` + alice + `,` + read + `,` + one + `,"evaluations":{}}`, false, 400, nil},
		"malformed JSON":                       {`{"evaluations":[`, false, 400, nil},
		"all of them":                          {short("execute_all"), false, 200, []bool{true, false, true}},
		"up to the first denial":               {short("deny_on_first_deny"), false, 200, []bool{true, false}},
		"up to the first permit":               {short("permit_on_first_permit"), false, 200, []bool{true}},
		"up to no one knows what":              {short("other"), false, 400, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status, single, decisions, header := post(t, url, "application/json", test.body)
			if status != test.status || single != test.single || !cmp.Equal(decisions, test.want) {
				t.Errorf("answer is %d %v (single: %v), want %d %v (single: %v)", status, decisions, single, test.status, test.want, test.single)
			}
			if id := header.Get("X-Request-Id"); id != "request-1" {
				t.Errorf("X-Request-ID is %q, want request-1", id)
			}
		})
	}
}

func TestCertificationWithoutARequestID(t *testing.T) { // c-2-5-2
	t.Parallel()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, fixture(t).URL()+"/access/v1/evaluation",
		strings.NewReader(`{`+alice+`,`+read+`,`+one+`}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if _, present := resp.Header["X-Request-Id"]; present || resp.StatusCode != http.StatusOK {
		t.Errorf("status %d with the id %q, want 200 and none", resp.StatusCode, resp.Header["X-Request-Id"])
	}
}

func TestARequestBeyondTheLimit(t *testing.T) {
	t.Parallel()
	body := `{` + alice + `,` + read + `,` + one + `,"x":"` + strings.Repeat("x", 4<<20) + `"}`
	if status, _, _, _ := post(t, fixture(t).URL()+"/access/v1/evaluation", "application/json", body); status != http.StatusBadRequest {
		t.Errorf("status %d, want 400", status)
	}
}

func TestOtherMethodsAndPaths(t *testing.T) {
	t.Parallel()
	url := fixture(t).URL()
	for _, test := range []struct {
		method, path string
		want         int
	}{
		{http.MethodGet, "/access/v1/evaluation", http.StatusMethodNotAllowed},
		{http.MethodPut, "/access/v1/evaluations", http.StatusMethodNotAllowed},
		{http.MethodPost, "/access/v1/other", http.StatusNotFound},
	} {
		req, err := http.NewRequestWithContext(t.Context(), test.method, url+test.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != test.want {
			t.Errorf("%s %s: status %d, want %d", test.method, test.path, resp.StatusCode, test.want)
		}
	}
}

// The numbers are those of the certification scenario, section c-6.
func TestCertificationDiscovery(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"", "/tenant1", "/stores/one"} {
		t.Run("of a PDP at "+path+"/", func(t *testing.T) {
			t.Parallel()
			server, err := pdptest.StartAt(path, pdptest.Rule{Subject: "alice", Permit: true})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(server.Close)
			host := strings.TrimSuffix(server.URL(), path)
			status, header, document := get(t, host+"/.well-known/authzen-configuration"+path) // c-6-1
			if status != http.StatusOK || header.Get("Content-Type") != "application/json" {   // c-6-2
				t.Fatalf("status %d with type %q, want 200 with application/json", status, header.Get("Content-Type"))
			}
			var metadata map[string]any
			if err := json.Unmarshal(document, &metadata); err != nil {
				t.Fatal(err)
			}
			if metadata["policy_decision_point"] != server.URL() { // c-6-3, c-6-5
				t.Errorf("policy_decision_point is %v, want %s", metadata["policy_decision_point"], server.URL())
			}
			for _, endpoint := range []string{"access_evaluation_endpoint", "access_evaluations_endpoint"} { // c-6-3, c-6-4
				url, _ := metadata[endpoint].(string)
				if !strings.HasPrefix(url, server.URL()+"/") {
					t.Fatalf("%s is %v, want a URL of the PDP", endpoint, metadata[endpoint])
				}
				if _, single, decisions, _ := post(t, url, "application/json", `{`+alice+`,`+read+`,`+one+`}`); !single || !cmp.Equal(decisions, []bool{true}) {
					t.Errorf("%s does not decide: %v", endpoint, decisions)
				}
			}
			if header.Get("X-Request-Id") != "request-1" { // c-5, 4
				t.Errorf("X-Request-ID is %q, want request-1", header.Get("X-Request-Id"))
			}
			server.SetMetadata(nil)
			if status, _, _ := get(t, host+"/.well-known/authzen-configuration"+path); status != http.StatusNotFound { // c-6-6
				t.Errorf("status %d without metadata, want 404", status)
			}
		})
	}
}

func get(t *testing.T, url string) (status int, header http.Header, body []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Request-Id", "request-1")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if body, err = io.ReadAll(resp.Body); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, body
}
