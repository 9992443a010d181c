package verify_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/secretsgen/secretsgen/runtime/caller/verify"
	"github.com/secretsgen/secretsgen/runtime/caller/verify/verifytest"
)

// TestTheTwelveChecksOfAProof is RFC 9449 section 4.3, by its numbers.
func TestTheTwelveChecksOfAProof(t *testing.T) {
	t.Parallel()
	i := issuer(t)
	now := time.Unix(time.Now().Unix(), 0)
	nonces := verify.NewNonces(nil, time.Hour)
	key, other := newKey(t, "ES256"), newKey(t, "ES256")
	token := i.Token(verifytest.Token{JKT: key.Thumbprint()})
	claim := func(name string, value any) verifytest.Proof {
		return verifytest.Proof{Claims: map[string]any{name: value}}
	}
	header := func(name string, value any) verifytest.Proof {
		return verifytest.Proof{Header: map[string]any{name: value}}
	}
	jwk := func(change func(map[string]any)) verifytest.Proof {
		k := key.JWK()
		change(k)
		return header("jwk", k)
	}
	set := func(name string, value any) func(map[string]any) {
		return func(k map[string]any) { k[name] = value }
	}
	type signer func(verifytest.Proof) string
	for name, tt := range map[string]struct {
		proof  verifytest.Proof
		signer signer
		nonces verify.Nonces
		code   verify.Code
	}{
		"a proof as it should be": {},

		"1: two headers":       {signer: func(p verifytest.Proof) string { return key.Proof(p) + "\n" + key.Proof(p) }, code: verify.ProofRepeated},
		"1: the same twice":    {signer: func(p verifytest.Proof) string { p.ID = "x"; s := key.Proof(p); return s + "\n" + s }, code: verify.ProofRepeated},
		"2: two in one header": {signer: func(p verifytest.Proof) string { return key.Proof(p) + "," + key.Proof(p) }, code: verify.ProofMalformed},
		"2: nothing":           {signer: func(verifytest.Proof) string { return "" }, code: verify.ProofMalformed},
		"2: no JWT":            {signer: func(verifytest.Proof) string { return "canary" }, code: verify.ProofMalformed},
		"2: a claim twice": {signer: func(verifytest.Proof) string {
			return key.SignRaw([]byte(`{"typ":"dpop+jwt","alg":"ES256"}`), []byte(`{"jti":"a","jti":"b"}`))
		}, code: verify.ProofMalformed},
		"2: a header member twice": {signer: func(verifytest.Proof) string {
			return key.SignRaw([]byte(`{"typ":"dpop+jwt","alg":"ES256","alg":"ES256"}`), []byte(`{}`))
		}, code: verify.ProofMalformed},
		"2: larger than 8 KiB":     {proof: claim("more", strings.Repeat("x", 8<<10)), code: verify.ProofMalformed},
		"2: crit":                  {proof: header("crit", []string{"b64"}), code: verify.ProofMalformed},
		"2: b64":                   {proof: header("b64", true), code: verify.ProofMalformed},
		"3: no jti":                {proof: claim("jti", nil), code: verify.ProofClaims},
		"3: an empty jti":          {proof: claim("jti", ""), code: verify.ProofClaims},
		"3: a jti that is long":    {proof: claim("jti", strings.Repeat("x", 257)), code: verify.ProofClaims},
		"3: a jti of 256 bytes":    {proof: claim("jti", strings.Repeat("x", 256))},
		"3: a jti that no text is": {proof: claim("jti", "\ufffd"), code: verify.ProofClaims},
		"3: no htm":                {proof: claim("htm", nil), code: verify.ProofClaims},
		"3: no htu":                {proof: claim("htu", nil), code: verify.ProofClaims},
		"3: no iat":                {proof: claim("iat", nil), code: verify.ProofClaims},
		"3: an iat in a text":      {proof: claim("iat", "1"), code: verify.ProofClaims},
		"3: no ath":                {proof: claim("ath", nil), code: verify.ProofClaims},
		"4: of type JWT":           {proof: header("typ", "JWT"), code: verify.ProofType},
		"4: of no type":            {proof: header("typ", nil), code: verify.ProofType},
		"4: of an access token's":  {proof: header("typ", "at+jwt"), code: verify.ProofType},
		"5: alg none":              {proof: header("alg", "none"), code: verify.ProofAlgorithm},
		"5: an HMAC":               {proof: header("alg", "HS256"), code: verify.ProofAlgorithm},
		"5: no alg":                {proof: header("alg", nil), code: verify.ProofAlgorithm},
		"6: signed by another":     {proof: header("jwk", key.JWK()), signer: other.Proof, code: verify.ProofSignature},
		"6: no key":                {proof: header("jwk", nil), code: verify.ProofSignature},
		"6: a key by its id":       {proof: verifytest.Proof{Header: map[string]any{"jwk": nil, "kid": "key-1"}}, code: verify.ProofSignature},
		"6: a key that is a text":  {proof: header("jwk", "canary"), code: verify.ProofSignature},
		"6: an empty key":          {proof: header("jwk", map[string]any{}), code: verify.ProofSignature},
		"6: a key of another type": {proof: header("jwk", newKey(t, "EdDSA").JWK()), code: verify.ProofSignature},
		"6: a point off the curve": {proof: jwk(set("x", strings.Repeat("A", 43))), code: verify.ProofSignature},
		"6: a small RSA key":       {proof: verifytest.Proof{Header: map[string]any{"alg": "RS256", "jwk": map[string]any{"kty": "RSA", "n": strings.Repeat("_", 170), "e": "AQAB"}}}, code: verify.ProofSignature},
		"6: changed afterwards": {signer: func(p verifytest.Proof) string {
			s := key.Proof(p)
			p.Method = "POST"
			head, rest, _ := strings.Cut(key.Proof(p), ".")
			claims, _, _ := strings.Cut(rest, ".")
			return head + "." + claims + s[strings.LastIndexByte(s, '.'):]
		}, code: verify.ProofSignature},
		"7: a private key":                  {proof: jwk(set("d", strings.Repeat("A", 43))), code: verify.ProofPrivateKey},
		"7: a part of one":                  {proof: jwk(set("qi", "AQAB")), code: verify.ProofPrivateKey},
		"7: an empty part of one":           {proof: jwk(set("d", nil)), code: verify.ProofPrivateKey},
		"7: a shared secret":                {proof: header("jwk", map[string]any{"kty": "oct", "k": "AQAB"}), code: verify.ProofPrivateKey},
		"8: another method":                 {proof: verifytest.Proof{Method: "POST"}, code: verify.ProofMethod},
		"8: the method in lower case":       {proof: verifytest.Proof{Method: "get"}, code: verify.ProofMethod},
		"9: another path":                   {proof: verifytest.Proof{URL: "https://service.test/canary"}, code: verify.ProofTarget},
		"9: another host":                   {proof: verifytest.Proof{URL: "https://canary.test/orders"}, code: verify.ProofTarget},
		"9: another scheme":                 {proof: verifytest.Proof{URL: "http://service.test/orders"}, code: verify.ProofTarget},
		"9: another port":                   {proof: verifytest.Proof{URL: "https://service.test:444/orders"}, code: verify.ProofTarget},
		"9: a path in other case":           {proof: verifytest.Proof{URL: "https://service.test/Orders"}, code: verify.ProofTarget},
		"9: a slash more":                   {proof: verifytest.Proof{URL: "https://service.test/orders/"}, code: verify.ProofTarget},
		"9: a path alone":                   {proof: verifytest.Proof{URL: "/orders"}, code: verify.ProofTarget},
		"9: a user":                         {proof: verifytest.Proof{URL: "https://service.test@canary.test/orders"}, code: verify.ProofTarget},
		"9: with query and fragment":        {proof: verifytest.Proof{URL: "https://service.test/orders?a=b#c"}},
		"9: written otherwise":              {proof: verifytest.Proof{URL: "HTTPS://SERVICE.test:443/x/.././%6Frders"}},
		"10: a nonce that nobody asked for": {proof: verifytest.Proof{Nonce: "canary"}},
		"10: no nonce":                      {nonces: nonces, code: verify.ProofNonce},
		"10: an empty nonce":                {proof: claim("nonce", ""), nonces: nonces, code: verify.ProofNonce},
		"10: another's nonce":               {proof: verifytest.Proof{Nonce: verify.NewNonces(nil, time.Minute).Issue()}, nonces: nonces, code: verify.ProofNonce},
		"10: a nonce of the service":        {proof: verifytest.Proof{Nonce: nonces.Issue()}, nonces: nonces},
		"11: as old as may be":              {proof: verifytest.Proof{At: now.Add(-60 * time.Second)}},
		"11: older":                         {proof: verifytest.Proof{At: now.Add(-61 * time.Second)}, code: verify.ProofTime},
		"11: as new as may be":              {proof: verifytest.Proof{At: now.Add(5 * time.Second)}},
		"11: of the future":                 {proof: verifytest.Proof{At: now.Add(6 * time.Second)}, code: verify.ProofTime},
		"11: in milliseconds":               {proof: claim("iat", 1_900_000_000_000), code: verify.ProofClaims},
		"12: for another token":             {proof: verifytest.Proof{Token: "canary"}, code: verify.ProofToken},
		"12: for a part of it":              {proof: verifytest.Proof{Token: token[:len(token)-1]}, code: verify.ProofToken},
		"12: of another key":                {signer: other.Proof, code: verify.ProofKey},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := i.Config()
			cfg.Nonces = tt.nonces
			cfg.Now = func() time.Time { return now }
			p := tt.proof
			fill(&p.Method, http.MethodGet)
			fill(&p.URL, service)
			fill(&p.Token, token)
			if p.At.IsZero() {
				p.At = now
			}
			sign := tt.signer
			if sign == nil {
				sign = key.Proof
			}
			got, err := verifier(t, cfg).FromRequest(request("DPoP", token, strings.Split(sign(p), "\n")...))
			if code := codeOf(t, err); code != tt.code {
				t.Fatalf("code %q, want %q", code, tt.code)
			}
			if err != nil && strings.Contains(err.Error(), canary) {
				t.Errorf("the error tells what was in the proof: %v", err)
			}
			if err == nil && (got.JKT != key.Thumbprint() || got.ProofID == "") {
				t.Errorf("jkt %q and proof %q", got.JKT, got.ProofID)
			}
		})
	}
}

func fill(field *string, value string) {
	if *field == "" {
		*field = value
	}
}

func TestTheWindowOfAProofIsTheServicesChoice(t *testing.T) {
	t.Parallel()
	i := issuer(t)
	cfg := i.Config()
	cfg.ProofAge, cfg.ProofSkew = 10*time.Second, time.Second
	now := time.Now().Truncate(time.Second)
	cfg.Now = func() time.Time { return now }
	v := verifier(t, cfg)
	key := newKey(t, "ES256")
	token := i.Token(verifytest.Token{JKT: key.Thumbprint()})
	for age, code := range map[time.Duration]verify.Code{
		10 * time.Second: "", 11 * time.Second: verify.ProofTime, -time.Second: "", -2 * time.Second: verify.ProofTime,
	} {
		proof := key.Proof(verifytest.Proof{Method: "GET", URL: service, Token: token, At: now.Add(-age)})
		if _, err := v.FromRequest(request("DPoP", token, proof)); codeOf(t, err) != code {
			t.Errorf("%v old: %v, want code %q", age, err, code)
		}
	}
}

// TestTheTargetOfAProofIsWhatClientsCall is about proxies.
func TestTheTargetOfAProofIsWhatClientsCall(t *testing.T) {
	t.Parallel()
	i := issuer(t)
	key := newKey(t, "ES256")
	token := i.Token(verifytest.Token{JKT: key.Thumbprint()})
	for name, tt := range map[string]struct {
		change func(*verify.Config)
		url    string
		code   verify.Code
	}{
		"the host of the request":          {func(*verify.Config) {}, service, ""},
		"no forwarded header":              {func(*verify.Config) {}, "https://outside.test/orders", verify.ProofTarget},
		"a fixed URL":                      {func(c *verify.Config) { c.ExternalURL = "https://outside.test" }, "https://outside.test/orders", ""},
		"a fixed URL with a slash":         {func(c *verify.Config) { c.ExternalURL = "https://outside.test/" }, "https://outside.test/orders", ""},
		"a fixed URL with a path":          {func(c *verify.Config) { c.ExternalURL = "https://outside.test/api" }, "https://outside.test/api/orders", ""},
		"a fixed URL, and not the Host":    {func(c *verify.Config) { c.ExternalURL = "https://outside.test" }, service, verify.ProofTarget},
		"a forwarded header of its choice": {func(c *verify.Config) { c.RequestURL = forwarded }, "https://outside.test/orders", ""},
		"a rule that knows nothing":        {func(c *verify.Config) { c.RequestURL = func(*http.Request) string { return "" } }, service, verify.ProofTarget},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := i.Config()
			tt.change(&cfg)
			r := request("DPoP", token, key.Proof(verifytest.Proof{Method: "GET", URL: tt.url, Token: token}))
			r.Header.Set("X-Forwarded-Host", "outside.test")
			r.Header.Set("Forwarded", "host=outside.test;proto=https")
			if _, err := verifier(t, cfg).FromRequest(r); codeOf(t, err) != tt.code {
				t.Errorf("%v, want code %q", err, tt.code)
			}
		})
	}
}

func forwarded(r *http.Request) string {
	return "https://" + r.Header.Get("X-Forwarded-Host") + r.URL.EscapedPath()
}

// TestAPrefixThatARouterTakesOffStaysInTheTarget is about http.StripPrefix.
func TestAPrefixThatARouterTakesOffStaysInTheTarget(t *testing.T) {
	t.Parallel()
	i := issuer(t)
	v := verifier(t, i.Config())
	key := newKey(t, "ES256")
	token := i.Token(verifytest.Token{JKT: key.Thumbprint()})
	var err error
	handler := http.StripPrefix("/orders", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, err = v.FromRequest(r) }))
	r := request("DPoP", token, key.Proof(verifytest.Proof{Method: "GET", URL: service, Token: token}))
	handler.ServeHTTP(nil, r)
	if err != nil {
		t.Error(err)
	}
}
