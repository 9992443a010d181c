package exchange

import (
	"net/http"
	"net/url"
	"time"

	"github.com/secretsgen/secretsgen/runtime/providers"
)

// Request is one question to the server. It redacts itself when printed.
type Request struct {
	Method string     // http.MethodGet or http.MethodPost
	Path   string     // below /v1/, not escaped: "secret/data/app/db"
	Query  url.Values // nil: none
	Body   []byte     // JSON; nil: none
	Token  string     // client token; empty for what needs none, such as a login
	// WrapTTL asks for the answer to come wrapped and to live so long; 0: not.
	WrapTTL time.Duration
	// Repeatable says that asking twice does what asking once does, so that the
	// server may be asked again: reads are, logins and unwrapping are not.
	Repeatable bool
	// Fresh asks for a connection of its own, which shows the client certificate of
	// now: one that is in use has shown that of its beginning.
	Fresh bool
}

// Answer is a complete answer of whatever status, or zero but for Unsent.
// It redacts itself when printed.
type Answer struct {
	Status int
	Body   []byte
	// Unsent says, beside an error, that certainly nothing of the request has reached
	// a server.
	Unsent bool

	date, location, retryAfter string // headers
}

// Time is the server's clock when it answered, to the second, or this process's
// where the server does not tell.
func (a Answer) Time() time.Time {
	if t, err := http.ParseTime(a.date); err == nil {
		return t
	}
	return time.Now()
}

// Refusal is what a status means that needs no body, as a
// [*providers.ProviderError]: nil for 200 and for 404, whose bodies decide.
func (a Answer) Refusal() error {
	code, retryable := providers.Malformed, false
	switch status := a.Status; {
	case status == http.StatusOK, status == http.StatusNotFound:
		return nil
	case status < 300:
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		code = providers.Denied
	case status == http.StatusTooManyRequests:
		code, retryable = providers.Throttled, true
	case unready(status):
		code, retryable = providers.Unavailable, true
	default:
		code = providers.Misconfigured
	}
	return &providers.ProviderError{Code: code, Retryable: retryable}
}

// unready reports whether a server, or what stands before it, says that it can't
// serve now: 412 a replica that lags behind, 472 to 474 a standby, and all 5xx.
func unready(status int) bool {
	return status == http.StatusPreconditionFailed || 472 <= status && status <= 474 || status >= 500
}
