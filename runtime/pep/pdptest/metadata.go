package pdptest

import (
	"encoding/json"
	"maps"
	"net/http"
)

// The standard paths of the endpoints (AuthZEN section 10.1).
const (
	singlePath = "/access/v1/evaluation"
	batchPath  = "/access/v1/evaluations"
)

// metadata is what a server publishes about itself (AuthZEN section 9.1).
func (s *Server) metadata() map[string]any {
	return map[string]any{
		"policy_decision_point":       s.url,
		"access_evaluation_endpoint":  s.url + singlePath,
		"access_evaluations_endpoint": s.url + batchPath,
		"obligations_supported":       []string{"custom"},
	}
}

// SetMetadata publishes other metadata from now on, or, with nil, none. The
// members of the document stand for what a mistaken or hostile PDP publishes;
// they change none of its endpoints.
func (s *Server) SetMetadata(document map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.document = maps.Clone(document)
}

// Metadata is what the server publishes.
func (s *Server) Metadata() map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.document)
}

// discovery is the metadata endpoint (AuthZEN section 9.2).
func (s *Server) discovery(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	document, fault := s.document, s.fault
	s.mu.Unlock()
	if document == nil || fault == NotFound {
		http.NotFound(w, r)
		return
	}
	echoID(w, r)
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(document) // a client that has gone needs no answer
}
