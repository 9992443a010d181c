package pdptest

import (
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/secretsgen/secretsgen/runtime/pep"
)

// Server is an AuthZEN PDP on a loopback port. It is safe for concurrent use.
type Server struct {
	url  string
	http *http.Server

	mu       sync.Mutex
	decide   func(pep.Request) pep.Decision
	document map[string]any // nil: no metadata
	requests []pep.Request
	fault    Fault
	repaired chan struct{} // closed by Repair; nil while there is no fault
}

// Start starts a server on a free port of the loopback interface. The error
// says that there is none.
func Start(rules ...Rule) (*Server, error) { return StartAt("", rules...) }

// StartAt is [Start] for a PDP under a path, such as "/stores/one", which its
// URL and its endpoints then have.
func StartAt(path string, rules ...Rule) (*Server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // nothing to cancel: it does not wait
	if err != nil {
		return nil, fmt.Errorf("pdptest: no loopback port: %w", err)
	}
	s := &Server{url: "http://" + listener.Addr().String() + path}
	s.SetRules(rules...)
	s.SetMetadata(s.metadata())
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+path+singlePath, s.evaluation)
	mux.HandleFunc("POST "+path+batchPath, s.evaluations)
	mux.HandleFunc("GET /.well-known/authzen-configuration"+path, s.discovery)
	s.http = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = s.http.Serve(listener) }() // ends with Close
	return s, nil
}

// URL is the base URL, for authzen.Config or SECRETS_PDP_URL.
func (s *Server) URL() string { return s.url }

// Close stops the server and hangs up on every client.
func (s *Server) Close() { _ = s.http.Close() }

// SetRules decides by other rules from now on.
func (s *Server) SetRules(rules ...Rule) {
	rules = slices.Clone(rules)
	s.SetDecision(func(req pep.Request) pep.Decision { return decideBy(rules, req) })
}

// SetDecision decides by a function from now on. It is called from many
// goroutines.
func (s *Server) SetDecision(decide func(pep.Request) pep.Decision) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.decide = decide
}

// Requests is every well-formed question so far, those included that a fault
// kept from an answer, without the token's id.
func (s *Server) Requests() []pep.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// decision records a question and decides it.
func (s *Server) decision(req pep.Request) pep.Decision {
	s.mu.Lock()
	recorded := req
	recorded.Context.TokenJTI = ""
	s.requests = append(s.requests, recorded)
	decide := s.decide
	s.mu.Unlock()
	return decide(req)
}
