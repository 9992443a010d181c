package verify

import (
	"errors"
	"net/http"
	"strconv"
	"time"
)

// WriteError answers a request with an error of [Verifier.FromRequest]: its
// status and, for 401, the challenges of RFC 6750 section 3 and RFC 9449 section
// 7.1. It tells a client the registered error code and nothing that would help
// to find out which check failed; the body is the text of the status. Any other
// error is answered with 401 and no code.
func WriteError(w http.ResponseWriter, err error) {
	failure, ok := errors.AsType[*Error](err)
	if !ok {
		failure = &Error{}
	}
	for _, h := range failure.headers() {
		w.Header().Add(h.name, h.value)
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Error(w, http.StatusText(failure.Status()), failure.Status())
}

// Headers is what a transport other than net/http has to answer with: the
// challenges, DPoP-Nonce and Retry-After.
func (e *Error) Headers() http.Header {
	all := http.Header{}
	for _, h := range e.headers() {
		all.Add(h.name, h.value)
	}
	return all
}

type header struct{ name, value string }

func (e *Error) headers() []header {
	if e.Status() == http.StatusServiceUnavailable {
		seconds := (max(e.RetryAfter, time.Second) + time.Second - 1) / time.Second
		return []header{{"Retry-After", strconv.Itoa(int(seconds))}}
	}
	told := outcomes[e.Code].told
	var all []header
	if e.Nonce != "" {
		all = append(all, header{"DPoP-Nonce", e.Nonce})
	}
	// A failed proof is answered in the scheme of proofs alone: a client must not
	// take it for an invitation to try without.
	if told != invalidProof && told != useNonce {
		all = append(all, header{"WWW-Authenticate", "Bearer" + param("error", told, " ")})
	}
	dpop := "DPoP" + param("error", told, " ")
	separator := " "
	if told != "" {
		separator = ", "
	}
	return append(all, header{"WWW-Authenticate", dpop + param("algs", e.algorithms, separator)})
}

// param is one parameter of a challenge. The values are this package's own.
func param(name, value, before string) string {
	if value == "" {
		return ""
	}
	return before + name + `="` + value + `"`
}
