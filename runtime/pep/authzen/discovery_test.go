package authzen_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/pep/authzen"
)

// published is a PDP with metadata. BASE in the document stands for its address.
type published struct {
	*httptest.Server
	mu       sync.Mutex
	document string
	status   int
	asked    []string
}

func publish(t *testing.T, document string) *published {
	t.Helper()
	p := &published{document: document, status: http.StatusOK}
	p.Server = serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		p.mu.Lock()
		defer p.mu.Unlock()
		p.asked = append(p.asked, r.Method+" "+r.RequestURI)
		w.Header().Set("Content-Type", "application/json")
		if strings.HasPrefix(r.RequestURI, "/.well-known/") {
			w.WriteHeader(p.status)
			_, _ = io.WriteString(w, strings.ReplaceAll(p.document, "BASE", p.URL))
			return
		}
		if strings.HasSuffix(r.RequestURI, "s") {
			_, _ = io.WriteString(w, `{"evaluations":[`+permit+`,`+permit+`]}`)
			return
		}
		_, _ = io.WriteString(w, permit)
	})
	return p
}

func (p *published) requests() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked
}

// problems collects what is told about the metadata.
type problems struct {
	mu  sync.Mutex
	all []string
}

func (p *problems) add(problem string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all = append(p.all, problem)
}

func TestMetadataIsUsed(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		path, document string
		want           []string // requests, with a single question and then a batch of two
		reason         pep.Reason
	}{
		"of a PDP": {
			"", `{"policy_decision_point":"BASE","access_evaluation_endpoint":"BASE/ask/one","access_evaluations_endpoint":"BASE/ask/ones","capabilities":["x"],"signed_metadata":"y"}`,
			[]string{"GET /.well-known/authzen-configuration", "POST /ask/one", "POST /ask/ones"},
			"",
		},
		"of a PDP under a path, between host and path": {
			"/stores/one", `{"policy_decision_point":"BASE/stores/one","access_evaluation_endpoint":"BASE/elsewhere","access_evaluations_endpoint":"BASE/elsewheres"}`,
			[]string{"GET /.well-known/authzen-configuration/stores/one", "POST /elsewhere", "POST /elsewheres"},
			"",
		},
		"of a PDP under a path with a slash, which its name keeps": {
			"/stores/one/", `{"policy_decision_point":"BASE/stores/one/","access_evaluation_endpoint":"BASE/a","access_evaluations_endpoint":"BASE/as"}`,
			[]string{"GET /.well-known/authzen-configuration/stores/one", "POST /a", "POST /as"},
			"",
		},
		"of a PDP that takes no batch": {
			"", `{"policy_decision_point":"BASE","access_evaluation_endpoint":"BASE/one"}`,
			[]string{"GET /.well-known/authzen-configuration", "POST /one"},
			pep.ReasonNoBatch,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pdp := publish(t, test.document)
			var told problems
			c := seeking(t, authzen.Config{BaseURL: pdp.URL + test.path, Discovery: authzen.DiscoveryRequired, OnDiscovery: told.add})
			if decision, err := c.Decide(t.Context(), request()); err != nil || !decision.Permit {
				t.Errorf("Decide = %+v, %v; want a permit", decision, err)
			}
			_, err := c.DecideAll(t.Context(), []pep.Request{request(), bare()})
			if test.reason != "" {
				wantReason(t, err, test.reason)
			} else if err != nil {
				t.Errorf("DecideAll: %v", err)
			}
			if diff := cmp.Diff(test.want, pdp.requests()); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
			if len(told.all) > 0 {
				t.Errorf("told %q, want nothing", told.all)
			}
		})
	}
}

// AuthZEN section 9.2.3, and DESIGN section 5: what must not be used.
func TestMetadataThatMustNotBeUsed(t *testing.T) {
	t.Parallel()
	var strayed atomic.Int32
	elsewhere := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		strayed.Add(1)
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, permit)
	})
	const one = `"access_evaluation_endpoint":"BASE/one"`
	for name, test := range map[string]struct {
		document, problem string
	}{
		"names another PDP":                     {`{"policy_decision_point":"` + elsewhere.URL + `",` + one + `}`, "names another policy_decision_point than SECRETS_PDP_URL"},
		"names the PDP with a slash more":       {`{"policy_decision_point":"BASE/",` + one + `}`, "names another policy_decision_point than SECRETS_PDP_URL"},
		"names the PDP in capitals":             {`{"policy_decision_point":"HTTP://127.0.0.1",` + one + `}`, "names another policy_decision_point than SECRETS_PDP_URL"},
		"names no PDP":                          {`{` + one + `}`, "names another policy_decision_point than SECRETS_PDP_URL"},
		"names the PDP in a list":               {`{"policy_decision_point":["BASE"],` + one + `}`, "names another policy_decision_point than SECRETS_PDP_URL"},
		"names the PDP twice":                   {`{"policy_decision_point":"x","policy_decision_point":"BASE",` + one + `}`, "is no strict JSON object"},
		"names the PDP, and again in capitals":  {`{"policy_decision_point":"BASE","Policy_Decision_Point":"x",` + one + `}`, "has policy_decision_point in another case"},
		"has an endpoint on another host":       {`{"policy_decision_point":"BASE","access_evaluation_endpoint":"` + elsewhere.URL + `/one"}`, "has an access_evaluation_endpoint on another host than SECRETS_PDP_URL"},
		"has a batch endpoint on another host":  {`{"policy_decision_point":"BASE",` + one + `,"access_evaluations_endpoint":"` + elsewhere.URL + `/x"}`, "has an access_evaluations_endpoint on another host than SECRETS_PDP_URL"},
		"has an endpoint of plain http":         {`{"policy_decision_point":"BASE","access_evaluation_endpoint":"http://pdp.canary.example/x"}`, "has no https URL as access_evaluation_endpoint"},
		"has an endpoint of another scheme":     {`{"policy_decision_point":"BASE","access_evaluation_endpoint":"https://127.0.0.1/x"}`, "has an access_evaluation_endpoint on another host than SECRETS_PDP_URL"},
		"has an endpoint with a user":           {`{"policy_decision_point":"BASE","access_evaluation_endpoint":"http://u:p@127.0.0.1/x"}`, "has no https URL as access_evaluation_endpoint"},
		"has an endpoint with a query":          {`{"policy_decision_point":"BASE","access_evaluation_endpoint":"BASE/x?canary"}`, "has no https URL as access_evaluation_endpoint"},
		"has an endpoint with a way up":         {`{"policy_decision_point":"BASE","access_evaluation_endpoint":"BASE/x/../y"}`, "has no https URL as access_evaluation_endpoint"},
		"has an endpoint without a host":        {`{"policy_decision_point":"BASE","access_evaluation_endpoint":"/one"}`, "has no https URL as access_evaluation_endpoint"},
		"has no endpoint":                       {`{"policy_decision_point":"BASE"}`, "has no https URL as access_evaluation_endpoint"},
		"has an endpoint that is null":          {`{"policy_decision_point":"BASE","access_evaluation_endpoint":null}`, "has no https URL as access_evaluation_endpoint"},
		"has a batch endpoint that is a number": {`{"policy_decision_point":"BASE",` + one + `,"access_evaluations_endpoint":7}`, "has no https URL as access_evaluations_endpoint"},
		"is a list":                             {`[{"policy_decision_point":"BASE",` + one + `}]`, "is no strict JSON object"},
		"is followed by something":              {`{"policy_decision_point":"BASE",` + one + `}{}`, "is no strict JSON object"},
		"is far too large":                      {`{"policy_decision_point":"BASE",` + one + `,"x":"` + strings.Repeat("x", 64<<10) + `"}`, "can't be had: malformed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pdp := publish(t, test.document)
			var told problems
			c := seeking(t, authzen.Config{BaseURL: pdp.URL, Token: canaryToken, Discovery: authzen.DiscoveryRequired, OnDiscovery: told.add})
			want := pep.ReasonConfig
			if strings.HasSuffix(test.problem, "malformed") {
				want = pep.ReasonMalformed
			}
			for range 2 {
				_, err := c.Decide(t.Context(), request())
				wantReason(t, err, want)
			}
			auto := seeking(t, authzen.Config{BaseURL: pdp.URL, Token: canaryToken})
			if decision, err := auto.Decide(t.Context(), request()); err != nil || !decision.Permit {
				t.Errorf("Decide where metadata is not required = %+v, %v; want the permit of the standard endpoint", decision, err)
			}
			get := "GET /.well-known/authzen-configuration"
			if diff := cmp.Diff([]string{get, get, get, "POST /access/v1/evaluation"}, pdp.requests()); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]string{test.problem}, told.all); diff != "" {
				t.Errorf("told, once (-want +got):\n%s", diff)
			}
			if strayed.Load() > 0 {
				t.Error("the PDP that the metadata names was asked")
			}
		})
	}
}

func TestMetadataThatIsNotThere(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]struct {
		reason pep.Reason
		told   []string // where it is not required
	}{
		404: {pep.ReasonConfig, nil},
		403: {pep.ReasonPEPAuth, []string{"can't be had: pep_auth"}},
		302: {pep.ReasonRedirect, []string{"can't be had: redirect"}},
		503: {pep.ReasonUnavailable, []string{"can't be had: unavailable"}},
	} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			t.Parallel()
			pdp := publish(t, `{}`)
			pdp.status = status
			_, err := seeking(t, authzen.Config{BaseURL: pdp.URL, Discovery: authzen.DiscoveryRequired}).Decide(t.Context(), request())
			wantReason(t, err, want.reason)

			var told problems
			auto := seeking(t, authzen.Config{BaseURL: pdp.URL, OnDiscovery: told.add})
			for range 2 {
				if decision, err := auto.Decide(t.Context(), request()); err != nil || !decision.Permit {
					t.Errorf("Decide = %+v, %v; want the permit of the standard endpoint", decision, err)
				}
			}
			get, post := "GET /.well-known/authzen-configuration", "POST /access/v1/evaluation"
			if diff := cmp.Diff([]string{get, get, post, post}, pdp.requests()); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(want.told, told.all); diff != "" {
				t.Errorf("told (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMetadataThatIsSwitchedOff(t *testing.T) {
	t.Parallel()
	pdp := publish(t, `{"policy_decision_point":"BASE","access_evaluation_endpoint":"BASE/one"}`)
	if _, err := seeking(t, authzen.Config{BaseURL: pdp.URL, Discovery: authzen.DiscoveryOff}).Decide(t.Context(), request()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"POST /access/v1/evaluation"}, pdp.requests()); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

// A PDP that hangs on its metadata does not hang the questions.
func TestMetadataThatDoesNotCome(t *testing.T) {
	t.Parallel()
	hang := make(chan struct{})
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			select {
			case <-hang:
			case <-r.Context().Done():
			}
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, permit)
	})
	t.Cleanup(func() { close(hang) })
	c := seeking(t, authzen.Config{BaseURL: server.URL, Timeout: 4 * budget})
	for range 2 {
		if decision, err := c.Decide(t.Context(), request()); err != nil || !decision.Permit {
			t.Errorf("Decide = %+v, %v; want the permit of the standard endpoint", decision, err)
		}
	}
	_, err := seeking(t, authzen.Config{BaseURL: server.URL, Timeout: budget, Discovery: authzen.DiscoveryRequired}).Decide(t.Context(), request())
	wantReason(t, err, pep.ReasonTimeout)
}
