package pdptest

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
)

// Fault is a way for a PDP to fail.
type Fault int

// The faults of [Server.Break]. They are those of an answer to a question;
// metadata is answered as ever, unless the fault says otherwise.
const (
	ServerError  Fault = iota + 1 // answers with status 503
	Hang                          // answers only once it is repaired
	Malformed                     // answers with status 200 and JSON that is no decision
	Truncated                     // breaks off within the answer
	Oversized                     // answers with a decision and 1 MiB of white space
	WrongType                     // answers with a decision that calls itself text/html
	Redirected                    // answers with status 307, to itself
	DuplicateKey                  // answers with "decision":false and "decision":true in one object
	TrailingData                  // answers with a decision and another one behind it
	WrongLength                   // answers with one item too few, if it is asked many questions
	WrongID                       // answers with the X-Request-ID of another question
	BadRequest                    // answers with status 400
	Unauthorized                  // answers with status 401
	Forbidden                     // answers with status 403
	NotFound                      // answers with status 404, metadata included
	NoBatch                       // answers with status 404, if it is asked many questions
	Throttled                     // answers with status 429 and "Retry-After: 1"
)

// status is that of a fault which is nothing but a status, or 0.
func (f Fault) status() int {
	switch f {
	case ServerError:
		return http.StatusServiceUnavailable
	case BadRequest:
		return http.StatusBadRequest
	case Unauthorized:
		return http.StatusUnauthorized
	case Forbidden:
		return http.StatusForbidden
	case NotFound:
		return http.StatusNotFound
	case Throttled:
		return http.StatusTooManyRequests
	case Redirected:
		return http.StatusTemporaryRedirect
	}
	return 0
}

// Break makes the server fail from now on, until [Server.Repair].
func (s *Server) Break(fault Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = fault
	if s.repaired == nil {
		s.repaired = make(chan struct{})
	}
}

// Repair ends a fault. Answers that hang are given now.
func (s *Server) Repair() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = 0
	if s.repaired != nil {
		close(s.repaired)
		s.repaired = nil
	}
}

// failing is the fault of the hour, once its hanging is over. It reports false if
// whoever asked has gone.
func (s *Server) failing(r *http.Request) (Fault, bool) {
	s.mu.Lock()
	fault, repaired := s.fault, s.repaired
	s.mu.Unlock()
	if fault != Hang {
		return fault, true
	}
	select {
	case <-repaired:
		return 0, true
	case <-r.Context().Done():
		return 0, false
	}
}

// answer sends a body, or whatever the fault of the hour sends instead.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, body any) {
	fault, ok := s.failing(r)
	if !ok {
		return
	}
	many, isMany := body.(answers)
	if fault == NoBatch && isMany {
		fault = NotFound
	}
	if status := fault.status(); status != 0 {
		switch fault {
		case Redirected:
			w.Header().Set("Location", s.url)
		case Throttled:
			w.Header().Set("Retry-After", "1")
		}
		http.Error(w, "broken", status)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	switch fault {
	case Malformed:
		body = map[string]string{"decision": "true"}
	case WrongType:
		w.Header().Set("Content-Type", "text/html")
	case WrongID:
		w.Header().Set("X-Request-Id", "another")
	case WrongLength:
		if isMany {
			body = answers{many.Evaluations[1:]}
		}
	}
	text, err := json.Marshal(body)
	if err != nil {
		http.Error(w, "the decision can't be written as JSON", http.StatusInternalServerError)
		return
	}
	// A client that has gone needs no answer.
	_, _ = io.WriteString(w, spoil(string(text), fault))
	if fault == Truncated {
		panic(http.ErrAbortHandler)
	}
}

// spoil is the text of an answer with what a fault does to it.
func spoil(text string, fault Fault) string {
	switch fault {
	case Truncated:
		return text[:len(text)/2]
	case Oversized:
		return text + strings.Repeat(" ", 1<<20)
	case TrailingData:
		return text + text
	case DuplicateKey:
		return strings.NewReplacer(
			`"decision":true`, `"decision":false,"decision":true`,
			`"decision":false`, `"decision":false,"decision":true`,
		).Replace(text)
	}
	return text
}
