package settings

import (
	"net"
	"net/url"
	"strings"
	"time"
)

// DefaultAudience is the audience of a token where SECRETS_AUDIENCE is not set.
const DefaultAudience = "crud.secrets"

// Tokens is whose access tokens a service takes. It is read here, and not in
// package caller/verify, so that a malformed value is reported at start by
// programs that do not link that package (DESIGN section 9). An empty field is a
// variable that is not set.
type Tokens struct {
	Issuer      string        // SECRETS_ISSUER
	JWKSURL     string        // SECRETS_JWKS_URL
	Audience    string        // SECRETS_AUDIENCE
	ExternalURL string        // SECRETS_EXTERNAL_URL
	ReplayTTL   time.Duration // ANTI_REPLAY_TTL_S
}

// ReadTokens reads the settings of tokens and reports those that are malformed.
func ReadTokens(r *Reader) Tokens {
	t := Tokens{
		Issuer:      r.String("SECRETS_ISSUER", ""),
		JWKSURL:     r.String("SECRETS_JWKS_URL", ""),
		Audience:    r.String("SECRETS_AUDIENCE", DefaultAudience),
		ExternalURL: r.String("SECRETS_EXTERNAL_URL", ""),
		ReplayTTL:   r.Duration("ANTI_REPLAY_TTL_S", 300*time.Second, time.Second, 24*time.Hour),
	}
	for _, p := range t.Problems() {
		r.Report(p.Name, p.Detail)
	}
	return t
}

// Problems is what is malformed among the settings that are set.
func (t Tokens) Problems() []Problem {
	var problems []Problem
	report := func(name, wrong string) {
		if wrong != "" {
			problems = append(problems, Problem{Name: name, Detail: wrong})
		}
	}
	if t.Issuer != "" {
		report("SECRETS_ISSUER", wrongIssuer(t.Issuer))
	}
	if t.JWKSURL != "" {
		report("SECRETS_JWKS_URL", wrongJWKSURL(t.JWKSURL))
	}
	if t.ExternalURL != "" {
		report("SECRETS_EXTERNAL_URL", wrongExternalURL(t.ExternalURL))
	}
	return problems
}

// wrongIssuer asks for little: the issuer is compared as it stands and never
// called, and not every one is a URL.
func wrongIssuer(text string) string {
	if len(text) > 2048 || strings.ContainsFunc(text, func(c rune) bool { return c <= ' ' || c >= 0x7f }) {
		return "is no issuer: write it exactly as the claim iss has it"
	}
	return ""
}

// Errors of net/url end in the next two, since they quote the URL.

func wrongJWKSURL(text string) string {
	const remedy = ": write it like https://issuer.example/jwks.json"
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http":
		return "is not an https URL" + remedy
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return "is plain http off loopback, where anybody between could put in keys of their own: use https"
	case u.User != nil || strings.Contains(text, "#"):
		return "has a user or a fragment" + remedy
	}
	return ""
}

func wrongExternalURL(text string) string {
	const remedy = ": write it like https://service.example, with a path if a proxy takes one off"
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http":
		return "is not a URL" + remedy
	case u.User != nil || strings.ContainsAny(text, "?#"):
		return "has a user, a query or a fragment" + remedy
	}
	return ""
}

func loopback(host string) bool {
	return strings.EqualFold(host, "localhost") || net.ParseIP(host).IsLoopback()
}
