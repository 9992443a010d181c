package authzen_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/pep/authzen"
)

// cerbosAnswer is a permit with the outputs of the request's own resource.
func cerbosAnswer(outputs string) string {
	return `{"decision":true,"context":{"cerbos.response":{"results":[
		{"resource":{"id":"env://secret/OTHER","kind":"secret"},"outputs":[{"val":{"other":1}}]},
		{"resource":{"id":"openbao+kv2://secret/myapp/api#token?version=3","kind":"secret"},"actions":{"execute":"EFFECT_ALLOW"}` + outputs + `}]}}}`
}

func TestOutputsOfCerbosAreObligations(t *testing.T) {
	t.Parallel()
	refused := func(name string) pep.Obligations { return pep.Obligations{Refused: name} }
	for name, test := range map[string]struct {
		outputs string
		want    pep.Obligations
	}{
		"none":                          {``, pep.Obligations{}},
		"an empty list":                 {`[]`, pep.Obligations{}},
		"flat members":                  {`[{"action":"execute","src":"s","val":{"ttl_seconds":60,"max_uses":5,"response_wrap":"30s","must_revalidate_on":["token"]}}]`, pep.Obligations{TTL: time.Minute, MaxUses: 5, ResponseWrap: 30 * time.Second, MustRevalidateOn: []pep.Revalidate{"token"}}},
		"the strictest of two rules":    {`[{"val":{"max_uses":9,"ttl_seconds":60}},{"val":{"max_uses":5,"ttl_seconds":90}}]`, pep.Obligations{TTL: time.Minute, MaxUses: 5}},
		"an obligation of the profile":  {`[{"val":{"id":"1","type":"custom","properties":{"vendor":"secretsgen","action":"grant_limits","max_uses":5}}}]`, pep.Obligations{MaxUses: 5}},
		"an output of nothing":          {`[{"val":{}}]`, pep.Obligations{}},
		"a type that is unknown":        {`[{"val":{"id":"1","type":"step-up"}}]`, refused("step-up")},
		"a member that is unknown":      {`[{"val":{"max_uses":5,"watermark":true}}]`, refused("watermark")},
		"a member in capitals":          {`[{"val":{"MAX_USES":5}}]`, refused("MAX_USES")},
		"a member that is malformed":    {`[{"val":{"max_uses":"5"}}]`, refused("max_uses")},
		"a name that is none":           {`[{"val":{"canary body":1}}]`, refused("unknown")},
		"a list of obligations":         {`[{"val":{"obligations":[]}}]`, refused("obligations")},
		"text":                          {`[{"val":"max_uses"}]`, refused("cerbos.outputs")},
		"null":                          {`[{"val":null}]`, refused("cerbos.outputs")},
		"an output that failed":         {`[{"error":"no such key: canary"}]`, refused("cerbos.outputs")},
		"an output that failed halfway": {`[{"val":{"max_uses":5},"error":"canary"}]`, refused("cerbos.outputs")},
		"an output that is no object":   {`[7]`, refused("cerbos.outputs")},
		"one that is fine, one not":     {`[{"val":{"max_uses":5}},{"val":{"redact":1}}]`, refused("redact")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if test.outputs != "" {
				test.outputs = `,"outputs":` + test.outputs
			}
			c := answeringIn(t, authzen.DialectCerbos, cerbosAnswer(test.outputs))
			decision, err := c.Decide(t.Context(), request())
			if err != nil || !decision.Permit {
				t.Fatalf("Decide = %+v, %v; want a permit", decision, err)
			}
			if diff := cmp.Diff(test.want, decision.Obligations); diff != "" {
				t.Errorf("obligations (-want +got):\n%s", diff)
			}
		})
	}
}

func answeringIn(t *testing.T, dialect authzen.Dialect, body string) *authzen.Client {
	t.Helper()
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, body)
	})
	return client(t, authzen.Config{BaseURL: server.URL, Dialect: dialect})
}

// Without its own part of the answer nobody knows what Cerbos obliges to.
func TestAPermitOfCerbosWithoutItsResponseIsNoDecision(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"no context":                  permit,
		"no response":                 `{"decision":true,"context":{}}`,
		"a response of null":          `{"decision":true,"context":{"cerbos.response":null}}`,
		"no results":                  `{"decision":true,"context":{"cerbos.response":{"results":[]}}}`,
		"the results of another":      `{"decision":true,"context":{"cerbos.response":{"results":[{"resource":{"id":"env://secret/OTHER","kind":"secret"}}]}}}`,
		"the results of another kind": `{"decision":true,"context":{"cerbos.response":{"results":[{"resource":{"id":"openbao+kv2://secret/myapp/api#token?version=3","kind":"record"}}]}}}`,
		"outputs in capitals":         cerbosAnswer(`,"Outputs":[]`),
		"outputs that are no list":    cerbosAnswer(`,"outputs":{}`),
		"outputs of null":             cerbosAnswer(`,"outputs":null`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := answeringIn(t, authzen.DialectCerbos, body).Decide(t.Context(), request())
			wantReason(t, err, pep.ReasonMalformed)
		})
	}
	t.Run("a denial needs none", func(t *testing.T) {
		t.Parallel()
		decision, err := answeringIn(t, authzen.DialectCerbos, `{"decision":false}`).Decide(t.Context(), request())
		if err != nil || decision.Permit {
			t.Errorf("Decide = %+v, %v; want a denial", decision, err)
		}
	})
	t.Run("and without the dialect it plays no part", func(t *testing.T) {
		t.Parallel()
		decision, err := answeringIn(t, authzen.DialectNone, cerbosAnswer(`,"outputs":[{"val":{"redact":1}}]`)).Decide(t.Context(), request())
		if err != nil || !decision.Permit || decision.Obligations.Refused != "" {
			t.Errorf("Decide = %+v, %v; want a permit", decision, err)
		}
	})
}

func TestCerbosIsAskedForItsOutputs(t *testing.T) {
	t.Parallel()
	type body struct {
		Context     map[string]any `json:"context"`
		Evaluations []struct {
			Context map[string]any `json:"context"`
		} `json:"evaluations"`
	}
	for _, dialect := range []authzen.Dialect{authzen.DialectNone, authzen.DialectCerbos} {
		t.Run("in dialect "+string(dialect), func(t *testing.T) {
			t.Parallel()
			base, seen := recording(t, permit)
			c := client(t, authzen.Config{BaseURL: base, Dialect: dialect})
			_, _ = c.Decide(t.Context(), bare())
			_, _ = c.DecideAll(t.Context(), []pep.Request{bare()})
			var single, batch body
			for _, b := range []*body{&single, &batch} {
				if err := json.Unmarshal([]byte((<-seen).body), b); err != nil {
					t.Fatal(err)
				}
			}
			want := any(nil)
			if dialect == authzen.DialectCerbos {
				want = true
			}
			for place, context := range map[string]map[string]any{"a question": single.Context, "a batch": batch.Context, "an item": batch.Evaluations[0].Context} {
				if got := context["cerbos.includeMeta"]; got != want {
					t.Errorf("%s has cerbos.includeMeta %v, want %v", place, got, want)
				}
			}
		})
	}
}

// batches is a PDP that permits, in Cerbos's way, what it has not seen in the
// same batch before, and counts the items of each batch.
func batches(t *testing.T) (base string, sizes func() []int) {
	t.Helper()
	var mu sync.Mutex
	var all []int
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		var batch struct {
			Evaluations []struct {
				Resource struct {
					ID string `json:"id"`
				} `json:"resource"`
			} `json:"evaluations"`
		}
		if err := json.NewDecoder(r.Body).Decode(&batch); err != nil {
			t.Error(err)
		}
		mu.Lock()
		all = append(all, len(batch.Evaluations))
		mu.Unlock()
		seen := map[string]bool{}
		var results, items []string
		for _, e := range batch.Evaluations {
			results = append(results, fmt.Sprintf(`{"resource":{"id":%q,"kind":"secret"},"outputs":[{"val":{"max_uses":%d}}]}`, e.Resource.ID, len(e.Resource.ID)))
		}
		for _, e := range batch.Evaluations {
			items = append(items, fmt.Sprintf(`{"decision":%v,"context":{"id":%q,"cerbos.response":{"results":[%s]}}}`, !seen[e.Resource.ID], e.Resource.ID, strings.Join(results, ",")))
			seen[e.Resource.ID] = true
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"evaluations":[`+strings.Join(items, ",")+`]}`)
	})
	return server.URL, func() []int {
		mu.Lock()
		defer mu.Unlock()
		return all
	}
}

// numbered is as many questions, of which each stands so many times.
func numbered(n, times int) []pep.Request {
	var reqs []pep.Request
	for range times {
		for i := range n {
			req := bare()
			req.Resource.ID = fmt.Sprintf("env://secret/A%0*d", i%7+1, i)
			reqs = append(reqs, req)
		}
	}
	return reqs
}

func TestNoSecretStandsTwiceInABatch(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		dialect authzen.Dialect
		reqs    []pep.Request
		want    []int
	}{
		"none twice":                    {authzen.DialectNone, numbered(12, 1), []int{12}},
		"all three times":               {authzen.DialectNone, numbered(5, 3), []int{5, 5, 5}},
		"one twice":                     {authzen.DialectNone, append(numbered(5, 1), numbered(1, 1)...), []int{5, 1}},
		"as many as Cerbos takes":       {authzen.DialectCerbos, numbered(32, 1), []int{32}},
		"more than Cerbos takes":        {authzen.DialectCerbos, numbered(70, 1), []int{32, 32, 6}},
		"more than Cerbos takes, twice": {authzen.DialectCerbos, numbered(40, 2), []int{32, 32, 16}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			base, sizes := batches(t)
			got, err := client(t, authzen.Config{BaseURL: base, Dialect: test.dialect}).DecideAll(t.Context(), test.reqs)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, sizes()); diff != "" {
				t.Errorf("sizes of batches (-want +got):\n%s", diff)
			}
			for i, d := range got {
				uses := 0
				if test.dialect == authzen.DialectCerbos {
					uses = len(test.reqs[i].Resource.ID)
				}
				if !d.Permit || d.ID != test.reqs[i].Resource.ID || d.Obligations.MaxUses != uses {
					t.Errorf("decision %d is %+v, want the permit of %s", i, d, test.reqs[i].Resource.ID)
				}
			}
			if slices.Max(sizes()) > len(test.reqs) || len(got) != len(test.reqs) {
				t.Errorf("%d decisions, want %d", len(got), len(test.reqs))
			}
		})
	}
}
