package verifytest

import (
	"cmp"
	"crypto/rand"
	"maps"
	"time"
)

// Token is what a token says. Every field has a default, so that the zero Token
// verifies.
type Token struct {
	Subject  string   // empty: "ada"
	ClientID string   // empty: "web"
	Audience []string // nil: the issuer's
	ID       string   // empty: a random one
	JKT      string   // a DPoP key's thumbprint that it is bound to
	X5T      string   // a certificate's
	// At is when it was issued; zero means now. Life is how long it is valid; 0
	// means ten minutes.
	At   time.Time
	Life time.Duration
	// Claims and Header are set over everything else; a nil value takes one out.
	Claims, Header map[string]any
}

// Token issues a token, signed by the newest key.
func (i *Issuer) Token(t Token) string {
	key := i.signer()
	return key.Sign(t.header(key), t.claims(i))
}

func (t Token) header(key *Key) map[string]any {
	return override(map[string]any{"typ": "at+jwt", "alg": key.Algorithm, "kid": key.ID}, t.Header)
}

func (t Token) claims(i *Issuer) map[string]any {
	if t.At.IsZero() {
		t.At = time.Now()
	}
	if t.Audience == nil {
		t.Audience = []string{Audience}
	}
	claims := map[string]any{
		"iss": i.URL(), "sub": cmp.Or(t.Subject, "ada"), "client_id": cmp.Or(t.ClientID, "web"), "aud": t.Audience,
		"jti": cmp.Or(t.ID, rand.Text()), "iat": t.At.Unix(), "exp": t.At.Add(cmp.Or(t.Life, 10*time.Minute)).Unix(),
	}
	cnf := map[string]any{}
	if t.JKT != "" {
		cnf["jkt"] = t.JKT
	}
	if t.X5T != "" {
		cnf["x5t#S256"] = t.X5T
	}
	if len(cnf) > 0 {
		claims["cnf"] = cnf
	}
	return override(claims, t.Claims)
}

func override(object, changes map[string]any) map[string]any {
	maps.Copy(object, changes)
	maps.DeleteFunc(object, func(_ string, value any) bool { return value == nil })
	return object
}
