package pdptest

import (
	"encoding/json"
	"io"
	"mime"
	"net/http"

	"github.com/secretsgen/secretsgen/runtime/pep"
)

// maxRequest is the largest request, in bytes.
const maxRequest = 4 << 20

// evaluation is the Access Evaluation API (AuthZEN section 6).
func (s *Server) evaluation(w http.ResponseWriter, r *http.Request) {
	body, ok := readBody(w, r)
	if !ok {
		return
	}
	s.single(w, r, body)
}

func (s *Server) single(w http.ResponseWriter, r *http.Request, body members) {
	req, err := body.request(nil)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.answer(w, r, encode(s.decision(req)))
}

// evaluations is the Access Evaluations API (AuthZEN section 7). Without items
// it is the Access Evaluation API.
func (s *Server) evaluations(w http.ResponseWriter, r *http.Request) {
	body, ok := readBody(w, r)
	if !ok {
		return
	}
	var items []json.RawMessage
	var options struct {
		Semantic string `json:"evaluations_semantic"`
	}
	err := body.decode("evaluations", &items)
	if err == nil {
		err = body.decode("options", &options)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if len(items) == 0 {
		s.single(w, r, body)
		return
	}
	last, ok := lastOf(options.Semantic)
	if !ok {
		http.Error(w, "evaluations_semantic is not known", http.StatusBadRequest)
		return
	}
	decided := make([]answer, 0, len(items))
	for _, item := range items {
		a := s.item(item, body)
		decided = append(decided, a)
		if last(a.Decision) {
			break
		}
	}
	s.answer(w, r, answers{decided})
}

// item answers one item; what is wrong with it is its own affair.
func (s *Server) item(item json.RawMessage, defaults members) answer {
	var own members
	if err := json.Unmarshal(item, &own); err != nil || own == nil {
		return itemError("item is not an object")
	}
	req, err := own.request(defaults)
	if err != nil {
		return itemError(err.Error())
	}
	return encode(s.decision(req))
}

// lastOf tells after which decision a batch ends (AuthZEN section 7.1.2.1).
func lastOf(semantic string) (last func(bool) bool, known bool) {
	switch semantic {
	case "", "execute_all":
		return func(bool) bool { return false }, true
	case "deny_on_first_deny":
		return func(permit bool) bool { return !permit }, true
	case "permit_on_first_permit":
		return func(permit bool) bool { return permit }, true
	}
	return nil, false
}

// echoID sends the id of a request back (AuthZEN section 10.1.3).
func echoID(w http.ResponseWriter, r *http.Request) {
	if id := r.Header.Get("X-Request-Id"); id != "" {
		w.Header().Set("X-Request-Id", id)
	}
}

func readBody(w http.ResponseWriter, r *http.Request) (members, bool) {
	echoID(w, r)
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		http.Error(w, "content type is not application/json", http.StatusBadRequest)
		return nil, false
	}
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
	var body members
	if err != nil || json.Unmarshal(data, &body) != nil {
		http.Error(w, "body is not a JSON object", http.StatusBadRequest)
		return nil, false
	}
	return body, true
}

// answer is a decision on the wire (AuthZEN section 5.5).
type answer struct {
	Decision bool           `json:"decision"`
	Context  map[string]any `json:"context,omitempty"`
}

// answers are those to a batch (AuthZEN section 7.2).
type answers struct {
	Evaluations []answer `json:"evaluations"`
}

func itemError(message string) answer {
	return answer{Context: map[string]any{"error": map[string]any{"status": http.StatusBadRequest, "message": message}}}
}

// encode sends obligations as flat members of the context.
func encode(d pep.Decision) answer {
	context := map[string]any{}
	set := func(name string, value any, present bool) {
		if present {
			context[name] = value
		}
	}
	o := d.Obligations
	set("id", d.ID, d.ID != "")
	set("policy_version", d.PolicyVersion, d.PolicyVersion != "")
	set("ttl_seconds", int64(o.TTL.Seconds()), o.TTL != 0)
	set("max_uses", o.MaxUses, o.MaxUses != 0)
	set("response_wrap", o.ResponseWrap.String(), o.ResponseWrap != 0)
	set("must_revalidate_on", o.MustRevalidateOn, len(o.MustRevalidateOn) > 0)
	set("obligations", []map[string]string{{"id": "1", "type": o.Refused}}, o.Refused != "")
	return answer{Decision: d.Permit, Context: context}
}
