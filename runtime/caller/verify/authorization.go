package verify

import (
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/secretsgen/secretsgen/runtime/caller"
)

// The schemes that a token is presented under.
const (
	bearer = "Bearer" // RFC 6750
	dpop   = "DPoP"   // RFC 9449
)

// authorization takes the scheme and the token out of the one Authorization
// header. Both are empty if there is no such header. A token in a query or a form
// is not looked for (RFC 9700 section 2.6 forbids it).
func authorization(h http.Header) (scheme, token string, failure *Error) {
	values := h["Authorization"]
	switch {
	case len(values) == 0:
		return "", "", nil
	case len(values) > 1:
		return "", "", refuse(AuthorizationMalformed)
	}
	name, token, _ := strings.Cut(values[0], " ")
	token = strings.TrimLeft(token, " ")
	switch {
	case strings.EqualFold(name, bearer):
		scheme = bearer
	case strings.EqualFold(name, dpop):
		scheme = dpop
	case name == "":
		return "", "", refuse(AuthorizationMalformed)
	default:
		return "", "", refuse(UnknownScheme)
	}
	if token == "" || strings.ContainsAny(token, " ,\t") {
		return "", "", refuse(AuthorizationMalformed)
	}
	return scheme, token, nil
}

// read takes the ids out of the headers that were named.
func (names AdvisoryHeaders) read(h http.Header, c *caller.Caller) *Error {
	for _, id := range [...]struct {
		name  string
		field *string
	}{
		{names.CorrelationID, &c.CorrelationID},
		{names.WorkflowRunID, &c.WorkflowRunID},
		{names.NodeID, &c.NodeID},
		{names.SystemID, &c.SystemID},
	} {
		if id.name == "" {
			continue
		}
		values := h.Values(id.name)
		if len(values) > 1 || len(values) == 1 && !isPlain(values[0]) {
			return refuse(HeaderMalformed)
		}
		*id.field = h.Get(id.name)
	}
	return nil
}

const (
	maxText = 2048 // bytes of any text of a caller, as package caller has it
	maxID   = 256  // bytes of a jti (RFC 9449 section 11.1)
)

// isPlain reports whether s is short, UTF-8 and without control characters.
func isPlain(s string) bool {
	return len(s) <= maxText && utf8.ValidString(s) && !strings.ContainsFunc(s, func(c rune) bool { return c < ' ' || c == 0x7f })
}
