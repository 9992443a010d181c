package login

import (
	"strconv"
	"time"

	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/providers/kv2/internal/exchange"
)

// lease is what the server says of a token that it gives or renews.
type lease struct {
	token     func() string
	life      time.Duration // 0: the token never ends
	renewable bool
	batch     bool // can be neither renewed nor revoked
}

// maxLife bounds a lease, so that it fits a time.Duration.
const maxLife = 1 << 31 // seconds

// parseLease reads the answer of a login.
func parseLease(body []byte) (lease, error) {
	auth, ok := exchange.Object(body, "auth")
	if !ok {
		return lease{}, malformed()
	}
	token := auth["client_token"]
	if len(token.Bytes()) == 0 && auth["mfa_requirement"].Kind() == providers.JSON {
		return lease{}, misconfigured() // a second factor, which a service has not
	}
	text := string(token.Bytes())
	l, ok := parseTerms(auth)
	if !ok || token.Kind() != providers.Text || text == "" || !exchange.Printable(text) {
		return lease{}, malformed()
	}
	l.token = func() string { return text }
	return l, nil
}

// parseRenewal reads the answer of a renewal, which is about a token that is
// known.
func parseRenewal(body []byte) (lease, error) {
	auth, ok := exchange.Object(body, "auth")
	if !ok {
		return lease{}, malformed()
	}
	l, ok := parseTerms(auth)
	if !ok {
		return lease{}, malformed()
	}
	return l, nil
}

func parseTerms(auth map[string]providers.Value) (lease, bool) {
	seconds, err := strconv.ParseUint(string(auth["lease_duration"].Bytes()), 10, 63)
	renewable := auth["renewable"]
	if err != nil || auth["lease_duration"].Kind() != providers.Number || renewable.Kind() != providers.Bool {
		return lease{}, false
	}
	batch := string(auth["token_type"].Bytes()) == "batch"
	return lease{
		life:      time.Duration(min(seconds, maxLife)) * time.Second,
		renewable: string(renewable.Bytes()) == "true" && !batch,
		batch:     batch,
	}, true
}
