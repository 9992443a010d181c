package authzen_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/pep/authzen"
)

const fullQuestion = `{
	"subject": {"type": "user", "id": "alice", "properties": {
		"issuer": "https://issuer.example", "client_id": "client", "actor": "robot", "tenant_id": "dev",
		"audience": ["crud.secrets"], "binding": "jkt:thumb"}},
	"action": {"name": "execute"},
	"resource": {"type": "secret", "id": "openbao+kv2://secret/myapp/api#token?version=3", "properties": {
		"tenant_id": "dev", "provider": "openbao", "engine": "kv2", "mount": "secret", "path": "myapp/api",
		"key": "token", "version": 3, "accessor": "api.token"}},
	"context": {"token_jti": "jti", "correlation_id": "corr", "workflow_run_id": "run", "node_id": "node", "system_id": "system",
		"supported_obligations": ["custom"], "obligations_supported": ["custom"]}}`

const bareQuestion = `{
	"subject": {"type": "workload", "id": "payments"},
	"action": {"name": "execute"},
	"resource": {"type": "secret", "id": "env://secret/TOKEN"},
	"context": {"supported_obligations": ["custom"], "obligations_supported": ["custom"]}}`

func bare() pep.Request {
	return pep.Request{
		Subject:  pep.Subject{Type: "workload", ID: "payments"},
		Action:   pep.ActionExecute,
		Resource: pep.Resource{ID: "env://secret/TOKEN"},
	}
}

func parsed(t *testing.T, text string) any {
	t.Helper()
	var value any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return value
}

// exchange is what a PDP sees of one question.
type exchange struct {
	method, uri string
	header      http.Header
	body        string
}

func recording(t *testing.T, answer string) (base string, seen <-chan exchange) {
	t.Helper()
	exchanges := make(chan exchange, 10)
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		exchanges <- exchange{r.Method, r.RequestURI, r.Header, string(body)}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Request-Id", r.Header.Get("X-Request-Id"))
		_, _ = io.WriteString(w, answer)
	})
	return server.URL, exchanges
}

func TestDecideSends(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		path, wantURI string
		req           pep.Request
		wantBody      string
	}{
		"every member that is known": {"", "/access/v1/evaluation", request(), fullQuestion},
		"no member that is unknown":  {"/", "/access/v1/evaluation", bare(), bareQuestion},
		"to a path of the PDP's":     {"/stores/one", "/stores/one/access/v1/evaluation", bare(), bareQuestion},
		"to a path with a slash":     {"/stores/one/", "/stores/one/access/v1/evaluation", bare(), bareQuestion},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			base, seen := recording(t, permit)
			decision, err := client(t, authzen.Config{BaseURL: base + test.path, Token: canaryToken}).Decide(t.Context(), test.req)
			if err != nil {
				t.Fatal(err)
			}
			got := <-seen
			if got.method != http.MethodPost || got.uri != test.wantURI {
				t.Errorf("asked %s %s, want POST %s", got.method, got.uri, test.wantURI)
			}
			if diff := cmp.Diff(parsed(t, test.wantBody), parsed(t, got.body)); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
			for header, want := range map[string]string{
				"Content-Type": "application/json", "Accept": "application/json", "Authorization": "Bearer " + canaryToken, "Accept-Encoding": "",
			} {
				if value := got.header.Get(header); value != want {
					t.Errorf("%s is %q, want %q", header, value, want)
				}
			}
			if id := got.header.Get("X-Request-Id"); len(id) < 20 || decision.ID != id {
				t.Errorf("X-Request-ID is %q and the decision's id %q, want one long id", id, decision.ID)
			}
		})
	}
}

func TestDecideWithoutACredential(t *testing.T) {
	t.Parallel()
	base, seen := recording(t, permit)
	if _, err := client(t, authzen.Config{BaseURL: base}).Decide(t.Context(), request()); err != nil {
		t.Fatal(err)
	}
	if header, present := (<-seen).header["Authorization"]; present {
		t.Errorf("Authorization is %q, want none", header)
	}
}

func TestEachQuestionHasAnIDOfItsOwn(t *testing.T) {
	t.Parallel()
	base, seen := recording(t, permit)
	c := client(t, authzen.Config{BaseURL: base})
	ids := map[string]bool{}
	for range 3 {
		if _, err := c.Decide(t.Context(), request()); err != nil {
			t.Fatal(err)
		}
		ids[(<-seen).header.Get("X-Request-Id")] = true
	}
	if len(ids) != 3 {
		t.Errorf("3 questions had the ids %v", ids)
	}
}

func TestTextThatJSONCannotCarryIsNotAsked(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	server := serve(t, func(http.ResponseWriter, *http.Request) { asked.Add(1) })
	c := client(t, authzen.Config{BaseURL: server.URL})
	for name, spoil := range map[string]func(*pep.Request){
		"subject":  func(r *pep.Request) { r.Subject.ID = "alice\xff" },
		"audience": func(r *pep.Request) { r.Subject.Audience = []string{"a", "\xff"} },
		"context":  func(r *pep.Request) { r.Context.NodeID = "\xc3" },
		"owner":    func(r *pep.Request) { r.Context.ResourceAttributes = &pep.ResourceAttributes{Owner: "\xff"} },
		"creator":  func(r *pep.Request) { r.Context.ResourceAttributes = &pep.ResourceAttributes{CreatedBy: "\xff"} },
		"creation": func(r *pep.Request) { r.Context.ResourceAttributes = &pep.ResourceAttributes{CreatedAt: "\xff"} },
	} {
		req := request()
		spoil(&req)
		if _, err := c.Decide(t.Context(), req); err == nil {
			t.Errorf("%s: no error", name)
		} else {
			wantReason(t, err, pep.ReasonBadRequest)
		}
		_, err := c.DecideAll(t.Context(), []pep.Request{request(), req})
		wantReason(t, err, pep.ReasonBadRequest)
	}
	if n := asked.Load(); n != 0 {
		t.Errorf("the PDP was asked %d times", n)
	}
}

func TestDecideAll(t *testing.T) {
	t.Parallel()
	base, seen := recording(t, `{"decision":false,"evaluations":[{"decision":true,"context":{"max_uses":2,"id":"own"}},{"decision":false}]}`)
	got, err := client(t, authzen.Config{BaseURL: base}).DecideAll(t.Context(), []pep.Request{request(), bare()})
	if err != nil {
		t.Fatal(err)
	}
	sent := <-seen
	id := sent.header.Get("X-Request-Id")
	want := []pep.Decision{{Permit: true, ID: "own", Obligations: pep.Obligations{MaxUses: 2}}, {ID: id + "-1"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("decisions (-want +got):\n%s", diff)
	}
	if sent.uri != "/access/v1/evaluations" {
		t.Errorf("asked %s, want /access/v1/evaluations", sent.uri)
	}
	if diff := cmp.Diff(parsed(t, `{"evaluations":[`+fullQuestion+`,`+bareQuestion+`]}`), parsed(t, sent.body)); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
}

func TestDecideAllOfNothing(t *testing.T) {
	t.Parallel()
	server := serve(t, nil)
	server.Close()
	got, err := client(t, authzen.Config{BaseURL: server.URL}).DecideAll(t.Context(), nil)
	if len(got) != 0 || err != nil {
		t.Errorf("DecideAll(nil) = %v, %v; want nothing, and no question", got, err)
	}
}

// A batch is answered as a whole or not at all.
func TestDecideAllFailsClosed(t *testing.T) {
	t.Parallel()
	const yes = `{"decision":true}`
	for name, test := range map[string]struct {
		status int
		body   string
		want   pep.Reason
	}{
		"a bare permit":               {200, yes, pep.ReasonMalformed},
		"no items":                    {200, `{"evaluations":[]}`, pep.ReasonMalformed},
		"an item too few":             {200, `{"evaluations":[` + yes + `]}`, pep.ReasonMalformed},
		"an item too many":            {200, `{"evaluations":[` + yes + `,` + yes + `,` + yes + `]}`, pep.ReasonMalformed},
		"items that are no array":     {200, `{"evaluations":{"0":` + yes + `,"1":` + yes + `}}`, pep.ReasonMalformed},
		"items in capitals":           {200, `{"Evaluations":[` + yes + `,` + yes + `]}`, pep.ReasonMalformed},
		"items, and more in capitals": {200, `{"evaluations":[` + yes + `,` + yes + `],"EVALUATIONS":[]}`, pep.ReasonMalformed},
		"items twice":                 {200, `{"evaluations":[` + yes + `,` + yes + `],"evaluations":[]}`, pep.ReasonMalformed},
		"an item that is a boolean":   {200, `{"evaluations":[` + yes + `,true]}`, pep.ReasonMalformed},
		"an item of null":             {200, `{"evaluations":[` + yes + `,null]}`, pep.ReasonMalformed},
		"an item without a decision":  {200, `{"evaluations":[` + yes + `,{}]}`, pep.ReasonMalformed},
		"an item with two decisions":  {200, `{"evaluations":[` + yes + `,{"decision":false,"decision":true}]}`, pep.ReasonMalformed},
		"an item with an error":       {200, `{"evaluations":[` + yes + `,{"decision":false,"context":{"error":{"status":503,"message":"` + canaryBody + `"}}}]}`, pep.ReasonUnavailable},
		"an item with a bad request":  {200, `{"evaluations":[` + yes + `,{"decision":false,"context":{"error":{"status":400}}}]}`, pep.ReasonBadRequest},
		"text behind the object":      {200, `{"evaluations":[` + yes + `,` + yes + `]}]`, pep.ReasonMalformed},
		"no batch endpoint":           {404, `{"evaluations":[` + yes + `,` + yes + `]}`, pep.ReasonNoBatch},
		"a server that is down":       {503, `{"evaluations":[` + yes + `,` + yes + `]}`, pep.ReasonUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := answering(t, test.status, nil, test.body).DecideAll(t.Context(), []pep.Request{request(), bare()})
			wantReason(t, err, test.want)
			if got != nil {
				t.Errorf("an error came with the decisions %+v", got)
			}
		})
	}
}

func TestABatchMayHaveALargerAnswer(t *testing.T) {
	t.Parallel()
	reqs := make([]pep.Request, 3)
	for i := range reqs {
		reqs[i] = bare()
		reqs[i].Resource.ID += strconv.Itoa(i)
	}
	const decisions = `{"evaluations":[{"decision":true},{"decision":true},{"decision":true}]}`
	exact := decisions + strings.Repeat(" ", 64<<10+3<<10-len(decisions))
	if got, err := answering(t, 200, nil, exact).DecideAll(t.Context(), reqs); err != nil || len(got) != 3 {
		t.Errorf("DecideAll of an answer of 67 KiB = %v, %v; want 3 decisions", got, err)
	}
	_, err := answering(t, 200, nil, exact+" ").DecideAll(t.Context(), reqs)
	wantReason(t, err, pep.ReasonMalformed)
}
