package verify

import (
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/secretsgen/secretsgen/runtime/caller"
)

// clockSkew is how far the issuer's clock may be off.
const clockSkew = 60 * time.Second

// claims judges the claims of a token whose signature is verified, and makes the
// caller of them. RFC 9068 section 2.2 requires all seven of the first.
func (v *Verifier) claims(claims map[string]any) (caller.Caller, confirmation, *Error) {
	fail := func(code Code) (caller.Caller, confirmation, *Error) {
		return caller.Caller{}, confirmation{}, refuse(code)
	}
	issuer, okIssuer := textOf(claims, "iss", maxText)
	subject, okSubject := textOf(claims, "sub", maxText)
	client, okClient := textOf(claims, "client_id", maxText)
	id, okID := textOf(claims, "jti", maxID)
	audience, okAudience := audienceOf(claims["aud"])
	expires, okExpires := timeOf(claims["exp"])
	issued, okIssued := timeOf(claims["iat"])
	actor, okActor := actorOf(claims)
	tenant, okTenant := v.tenantOf(claims)
	starts, okStarts := issued, true
	if has(claims, "nbf") {
		starts, okStarts = timeOf(claims["nbf"])
	}
	bound, okBound := confirmationOf(claims)
	now := v.cfg.Now()
	switch {
	case !okIssuer || issuer != v.cfg.Issuer:
		return fail(TokenIssuer)
	case !okAudience || !slices.Contains(audience, v.cfg.Audience):
		return fail(TokenAudience)
	case !okExpires || !okIssued || !okStarts || !okSubject || !okClient || !okID || !okActor || !okTenant:
		return fail(TokenClaims)
	case !now.Before(expires.Add(clockSkew)):
		return fail(TokenExpired)
	case later(issued, starts).After(now.Add(clockSkew)):
		return fail(TokenNotYetValid)
	case !okBound:
		return fail(TokenConfirmation)
	}
	c := caller.Caller{
		Issuer: issuer, Subject: subject, ClientID: client, Actor: actor, Tenant: tenant,
		Audience: audience, TokenID: id, ExpiresAt: expires,
	}
	c.Type = v.cfg.Type(c, claims)
	if c.Type != caller.Workload && c.Type != caller.User {
		return fail(TokenClaims)
	}
	return c, bound, nil
}

// typeByClient is the rule of RFC 9068 section 2.2: where no resource owner is
// involved, sub is the client itself.
func typeByClient(c caller.Caller, _ map[string]any) caller.Type {
	if c.Subject == c.ClientID {
		return caller.Workload
	}
	return caller.User
}

// audienceOf reads aud, one text or several (RFC 7519 section 4.1.3).
func audienceOf(claim any) ([]string, bool) {
	if one, ok := claim.(string); ok {
		claim = []any{one}
	}
	all, ok := claim.([]any)
	if !ok || len(all) > maxAudience {
		return nil, false
	}
	audience := make([]string, 0, len(all))
	for _, one := range all {
		text, ok := one.(string)
		if !ok || len(text) > maxText || strings.ContainsRune(text, utf8.RuneError) {
			return nil, false
		}
		audience = append(audience, text)
	}
	return audience, true
}

const maxAudience = 64

// timeOf reads a NumericDate, seconds since 1970 with or without a fraction (RFC
// 7519 section 2).
func timeOf(claim any) (time.Time, bool) {
	seconds, ok := claim.(float64)
	if !ok || !(seconds >= 0 && seconds < 1<<38) { // year 10680; NaN is neither
		return time.Time{}, false
	}
	whole, part := math.Modf(seconds)
	return time.Unix(int64(whole), int64(part*1e9)), true
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// actorOf returns act.sub, the current actor (RFC 8693 section 4.1); those nested
// in it are history. An actor without a name would make delegated use look like
// direct use, and one of another issuer like its namesake, so both are refused.
func actorOf(claims map[string]any) (string, bool) {
	if !has(claims, "act") {
		return "", true
	}
	act, _ := claims["act"].(map[string]any)
	actor, ok := textOf(act, "sub", maxText)
	if has(act, "iss") && act["iss"] != claims["iss"] {
		return "", false
	}
	return actor, ok
}

// tenantOf returns the tenant by the claim that was named for it. A token without
// it would be of every tenant.
func (v *Verifier) tenantOf(claims map[string]any) (string, bool) {
	if v.cfg.TenantClaim == "" {
		return "", true
	}
	return textOf(claims, v.cfg.TenantClaim, maxText)
}
