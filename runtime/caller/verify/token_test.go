package verify_test

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/caller/verify"
	"github.com/secretsgen/secretsgen/runtime/caller/verify/verifytest"
)

func TestATokenMakesACaller(t *testing.T) {
	t.Parallel()
	i := issuer(t)
	cfg := i.Config()
	cfg.TenantClaim = "org"
	cfg.Headers = verify.AdvisoryHeaders{CorrelationID: "X-Correlation-Id", NodeID: "x-node"}
	now := time.Unix(1_900_000_000, 0)
	cfg.Now = func() time.Time { return now }
	r := request("bearer", i.Token(verifytest.Token{
		Subject: "ada", ClientID: "web", ID: "jti-1", Audience: []string{"other", "crud.secrets"}, At: now,
		Claims: map[string]any{"act": map[string]any{"sub": "gateway", "act": map[string]any{"sub": "history"}}, "org": "dev", "nbf": 1},
	}))
	r.Header.Set("X-Correlation-Id", "c-1")
	r.Header.Set("X-Node", "n-1")
	r.Header.Set("X-System-Id", "not asked for")
	got, err := verifier(t, cfg).FromRequest(r)
	if err != nil {
		t.Fatal(err)
	}
	want := caller.Caller{
		Issuer: i.URL(), Subject: "ada", Type: caller.User, Actor: "gateway", Tenant: "dev",
		Audience: []string{"other", "crud.secrets"}, TokenID: "jti-1", ExpiresAt: now.Add(10 * time.Minute), ClientID: "web",
		CorrelationID: "c-1", NodeID: "n-1",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("caller (-want +got):\n%s", diff)
	}
	if fault := caller.Bind(got).Fault(); fault != nil {
		t.Errorf("package caller finds a fault: %v", fault)
	}
}

func TestWhoIsAWorkload(t *testing.T) {
	t.Parallel()
	i := issuer(t)
	byGrant := i.Config()
	byGrant.Type = func(_ caller.Caller, claims map[string]any) caller.Type {
		if claims["gty"] == "client-credentials" {
			return caller.Workload
		}
		return caller.User
	}
	noType := i.Config()
	noType.Type = func(caller.Caller, map[string]any) caller.Type { return "" }
	for name, tt := range map[string]struct {
		cfg   verify.Config
		token verifytest.Token
		want  caller.Type
		code  verify.Code
	}{
		"a client of its own":       {i.Config(), verifytest.Token{Subject: "svc", ClientID: "svc"}, caller.Workload, ""},
		"somebody behind a client":  {i.Config(), verifytest.Token{Subject: "ada", ClientID: "web"}, caller.User, ""},
		"by a rule of the service":  {byGrant, verifytest.Token{Subject: "x@clients", Claims: map[string]any{"gty": "client-credentials"}}, caller.Workload, ""},
		"the rule's other answer":   {byGrant, verifytest.Token{Subject: "svc", ClientID: "svc"}, caller.User, ""},
		"a rule that does not know": {noType, verifytest.Token{}, "", verify.TokenClaims},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := verifier(t, tt.cfg).FromRequest(request("Bearer", i.Token(tt.token)))
			if code := codeOf(t, err); code != tt.code || got.Type != tt.want {
				t.Errorf("%q with code %q, want %q with %q", got.Type, code, tt.want, tt.code)
			}
		})
	}
}

func TestEveryAlgorithmVerifies(t *testing.T) {
	t.Parallel()
	for _, alg := range verify.Algorithms() {
		t.Run(alg, func(t *testing.T) {
			t.Parallel()
			i := issuer(t)
			if err := i.Rotate(alg); err != nil {
				t.Fatal(err)
			}
			key := newKey(t, alg)
			token := i.Token(verifytest.Token{JKT: key.Thumbprint()})
			proof := key.Proof(verifytest.Proof{Method: "GET", URL: service, Token: token})
			got, err := verifier(t, i.Config()).FromRequest(request("DPoP", token, proof))
			if err != nil {
				t.Fatal(err)
			}
			if got.JKT != key.Thumbprint() {
				t.Errorf("jkt %q, want %q", got.JKT, key.Thumbprint())
			}
			others := i.Config()
			for _, other := range verify.Algorithms() {
				if other != alg {
					others.Algorithms = append(others.Algorithms, other)
				}
			}
			if _, err := verifier(t, others).FromRequest(request("DPoP", token, proof)); codeOf(t, err) != verify.TokenAlgorithm {
				t.Errorf("%v where it is not allowed", err)
			}
		})
	}
}

// with is a token with one claim of another value, or without it.
func with(claim string, value any) verifytest.Token {
	return verifytest.Token{Claims: map[string]any{claim: value}}
}

func withHeader(name string, value any) verifytest.Token {
	return verifytest.Token{Header: map[string]any{name: value}}
}

func TestTokensThatAreRefused(t *testing.T) {
	t.Parallel()
	i := issuer(t)
	now := time.Unix(time.Now().Unix(), 0)
	stranger := newKey(t, "ES256")
	stranger.ID = "key-1" // the issuer's
	for name, tt := range map[string]struct {
		token verifytest.Token
		code  verify.Code
	}{
		"as it should be": {verifytest.Token{}, ""},

		"of type JWT":                  {withHeader("typ", "JWT"), verify.TokenType},
		"of no type":                   {withHeader("typ", nil), verify.TokenType},
		"of a type in other case":      {withHeader("typ", "AT+JWT"), verify.TokenType},
		"of a DPoP proof's type":       {withHeader("typ", "dpop+jwt"), verify.TokenType},
		"of the type in full":          {withHeader("typ", "application/at+jwt"), ""},
		"with alg none":                {withHeader("alg", "none"), verify.TokenAlgorithm},
		"with alg NONE":                {withHeader("alg", "NONE"), verify.TokenAlgorithm},
		"with an HMAC":                 {withHeader("alg", "HS256"), verify.TokenAlgorithm},
		"without alg":                  {withHeader("alg", nil), verify.TokenAlgorithm},
		"with an alg that is no text":  {withHeader("alg", 1), verify.TokenAlgorithm},
		"with alg of another key type": {withHeader("alg", "RS256"), verify.TokenKey},
		"with alg of another curve":    {withHeader("alg", "ES384"), verify.TokenKey},
		"with crit":                    {withHeader("crit", []string{"exp"}), verify.TokenHeader},
		"with an empty crit":           {withHeader("crit", []string{}), verify.TokenHeader},
		"with b64":                     {withHeader("b64", false), verify.TokenHeader},
		"with a jwk":                   {withHeader("jwk", stranger.JWK()), verify.TokenHeader},
		"with a jku":                   {withHeader("jku", "https://canary.test"), verify.TokenHeader},
		"with an x5c":                  {withHeader("x5c", []string{"canary"}), verify.TokenHeader},
		"with an x5u":                  {withHeader("x5u", "https://canary.test"), verify.TokenHeader},
		"without kid":                  {withHeader("kid", nil), ""}, // the issuer has one key
		"with a kid of nobody":         {withHeader("kid", "canary"), verify.TokenKey},
		"with an empty kid":            {withHeader("kid", ""), verify.TokenHeader},
		"with a kid that is a number":  {withHeader("kid", 1), verify.TokenHeader},
		"with a kid that is too long":  {withHeader("kid", strings.Repeat("x", 257)), verify.TokenHeader},

		"of another issuer":              {with("iss", "https://canary.test"), verify.TokenIssuer},
		"of the issuer with a slash":     {with("iss", i.URL()+"/"), verify.TokenIssuer},
		"of the issuer in other case":    {with("iss", strings.ToUpper(i.URL())), verify.TokenIssuer},
		"without iss":                    {with("iss", nil), verify.TokenIssuer},
		"with several issuers":           {with("iss", []string{i.URL()}), verify.TokenIssuer},
		"for somebody else":              {with("aud", "canary"), verify.TokenAudience},
		"for the audience as a text":     {with("aud", "crud.secrets"), ""},
		"for the audience in other case": {with("aud", "CRUD.secrets"), verify.TokenAudience},
		"for more than the audience":     {with("aud", "crud.secrets/canary"), verify.TokenAudience},
		"for a part of the audience":     {with("aud", []string{"crud"}), verify.TokenAudience},
		"for nobody":                     {with("aud", []string{}), verify.TokenAudience},
		"without aud":                    {with("aud", nil), verify.TokenAudience},
		"for a number too":               {with("aud", []any{"crud.secrets", 1}), verify.TokenAudience},
		"for far too many":               {with("aud", slicesOf("crud.secrets", 65)), verify.TokenAudience},
		"without sub":                    {with("sub", nil), verify.TokenClaims},
		"with an empty sub":              {with("sub", ""), verify.TokenClaims},
		"with a sub that is a number":    {with("sub", 1), verify.TokenClaims},
		"with a sub that is too long":    {with("sub", strings.Repeat("x", 2049)), verify.TokenClaims},
		"with a sub that no text holds":  {with("sub", "canary\ufffd"), verify.TokenClaims},
		"without client_id":              {with("client_id", nil), verify.TokenClaims},
		"with an empty client_id":        {with("client_id", ""), verify.TokenClaims},
		"without jti":                    {with("jti", nil), verify.TokenClaims},
		"with a jti that is too long":    {with("jti", strings.Repeat("x", 257)), verify.TokenClaims},
		"without exp":                    {with("exp", nil), verify.TokenClaims},
		"with an exp that is a text":     {with("exp", "1900000000"), verify.TokenClaims},
		"with a negative exp":            {with("exp", -1), verify.TokenClaims},
		"with an exp beyond all time":    {with("exp", 1e300), verify.TokenClaims},
		"with an exp in milliseconds":    {with("exp", now.UnixMilli()), verify.TokenClaims},
		"with a fraction of a second":    {with("exp", float64(now.Unix())+60.5), ""},
		"without iat":                    {with("iat", nil), verify.TokenClaims},
		"with an iat that is a text":     {with("iat", "canary"), verify.TokenClaims},
		"with an nbf that is a text":     {with("nbf", "canary"), verify.TokenClaims},
		"with an actor without a name":   {with("act", map[string]any{}), verify.TokenClaims},
		"with an actor that is a text":   {with("act", "canary"), verify.TokenClaims},
		"with an actor of the issuer":    {with("act", map[string]any{"sub": "gw", "iss": i.URL()}), ""},
		"with an actor of another":       {with("act", map[string]any{"sub": "gw", "iss": "canary"}), verify.TokenClaims},

		"expired within the skew":     {with("exp", now.Unix()-50), ""},
		"expired beyond the skew":     {with("exp", now.Unix()-61), verify.TokenExpired},
		"issued within the skew":      {with("iat", now.Unix()+50), ""},
		"issued in the future":        {with("iat", now.Unix()+70), verify.TokenNotYetValid},
		"valid from within the skew":  {with("nbf", now.Unix()+50), ""},
		"valid from the future":       {with("nbf", now.Unix()+70), verify.TokenNotYetValid},
		"valid, issued in the future": {verifytest.Token{Claims: map[string]any{"iat": now.Unix() + 70, "nbf": 1}}, verify.TokenNotYetValid},
		"issued first, valid later":   {verifytest.Token{Claims: map[string]any{"iat": 1, "nbf": now.Unix() + 70}}, verify.TokenNotYetValid},
		"bound to nothing at all":     {with("cnf", map[string]any{}), verify.TokenConfirmation},
		"bound to a text":             {with("cnf", "canary"), verify.TokenConfirmation},
		"bound to a key by its value": {with("cnf", map[string]any{"jwk": stranger.JWK()}), verify.TokenConfirmation},
		"bound to a key by its name":  {with("cnf", map[string]any{"kid": "canary"}), verify.TokenConfirmation},
		"bound to a short thumbprint": {with("cnf", map[string]any{"jkt": "canary"}), verify.TokenConfirmation},
		"bound to a thumbprint and something unknown": {
			with("cnf", map[string]any{"jkt": stranger.Thumbprint(), "kid": "canary"}), verify.TokenConfirmation,
		},
		"bound to a SHA-1": {with("cnf", map[string]any{"x5t": stranger.Thumbprint()}), verify.TokenConfirmation},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// With a verifier of its own none waits for another's unknown kid.
			cfg := i.Config()
			cfg.Now = func() time.Time { return now }
			tt.token.At = now
			got, err := verifier(t, cfg).FromRequest(request("Bearer", i.Token(tt.token)))
			if code := codeOf(t, err); code != tt.code {
				t.Fatalf("code %q, want %q", code, tt.code)
			}
			if err != nil && strings.Contains(err.Error(), canary) {
				t.Errorf("the error tells what was in the token: %v", err)
			}
			if err != nil {
				if diff := cmp.Diff(caller.Caller{}, got); diff != "" {
					t.Errorf("caller beside an error (-want +got):\n%s", diff)
				}
			} else if fault := caller.Bind(got).Fault(); fault != nil {
				t.Errorf("package caller finds a fault: %v", fault)
			}
		})
	}
}

func slicesOf(text string, n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = text
	}
	return all
}

func TestTokensThatAreNoTokens(t *testing.T) {
	t.Parallel()
	i := issuer(t)
	v := verifier(t, i.Config())
	good := i.Token(verifytest.Token{})
	header, rest, _ := strings.Cut(good, ".")
	claims, signature, _ := strings.Cut(rest, ".")
	stranger := newKey(t, "ES256")
	own := map[string]any{"typ": "at+jwt", "alg": "ES256", "kid": "key-1"}
	raw := base64.RawURLEncoding.EncodeToString
	twice := stranger.SignRaw([]byte(`{"typ":"at+jwt","alg":"ES256","kid":"key-1"}`), []byte(`{"sub":"canary","sub":"ada"}`))
	for name, tt := range map[string]struct {
		token string
		code  verify.Code
	}{
		"empty parts":                      {"..", verify.TokenMalformed},
		"two parts":                        {header + "." + claims, verify.TokenMalformed},
		"four parts":                       {good + ".", verify.TokenMalformed},
		"five parts, as of a JWE":          {good + "..", verify.TokenMalformed},
		"dots alone":                       {strings.Repeat(".", 16<<10), verify.TokenMalformed},
		"one byte too many":                {strings.Repeat("a", 16<<10+1), verify.TokenOversize},
		"the JSON serialization":           {`{"payload":""}`, verify.TokenMalformed},
		"padding":                          {header + "=." + claims + "." + signature, verify.TokenMalformed},
		"the alphabet of plain base64":     {header + "." + claims + "." + "+/" + signature, verify.TokenMalformed},
		"a header that is no JSON":         {raw([]byte("canary")) + "." + claims + "." + signature, verify.TokenMalformed},
		"a header that is an array":        {raw([]byte("[]")) + "." + claims + "." + signature, verify.TokenMalformed},
		"a header that is null":            {raw([]byte("null")) + "." + claims + "." + signature, verify.TokenMalformed},
		"claims that are no JSON":          {header + "." + raw([]byte("canary")) + "." + signature, verify.TokenMalformed},
		"claims with something behind":     {header + "." + raw([]byte("{}{}")) + "." + signature, verify.TokenMalformed},
		"claims that are not UTF-8":        {header + "." + raw([]byte("{\"sub\":\"\xff\"}")) + "." + signature, verify.TokenMalformed},
		"claims nested too deep":           {header + "." + raw([]byte(`{"a":`+strings.Repeat("[", 40)+strings.Repeat("]", 40)+`}`)) + "." + signature, verify.TokenMalformed},
		"a claim that comes twice":         {twice, verify.TokenMalformed},
		"no signature":                     {header + "." + claims + ".", verify.TokenSignature},
		"a signature of zeros":             {header + "." + claims + "." + raw(make([]byte, 64)), verify.TokenSignature},
		"a signature of another key":       {stranger.Sign(own, map[string]any{"sub": "canary"}), verify.TokenSignature},
		"the signature of another token":   {header + "." + claims + "." + good2(i), verify.TokenSignature},
		"other claims under the signature": {header + "." + raw([]byte(`{"sub":"canary"}`)) + "." + signature, verify.TokenSignature},
		"no algorithm and no signature":    {raw([]byte(`{"typ":"at+jwt","alg":"none"}`)) + "." + claims + ".", verify.TokenAlgorithm},
		"bits behind the last byte":        {header + "." + claims + "." + loose(signature), verify.TokenMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := request("Bearer", "x")
			r.Header.Set("Authorization", "Bearer "+tt.token)
			_, err := v.FromRequest(r)
			if code := codeOf(t, err); code != tt.code {
				t.Errorf("code %q, want %q", code, tt.code)
			}
			if strings.Contains(err.Error(), canary) {
				t.Errorf("the error tells what was in the token: %v", err)
			}
		})
	}
}

func good2(i *verifytest.Issuer) string {
	token := i.Token(verifytest.Token{})
	return token[strings.LastIndexByte(token, '.')+1:]
}

// loose is another text of the same bytes: 64 bytes leave four bits of the last
// character unused.
func loose(signature string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(alphabet, signature[len(signature)-1])
	return signature[:len(signature)-1] + string(alphabet[last|1])
}

func TestATenantIsAskedForByItsClaim(t *testing.T) {
	t.Parallel()
	i := issuer(t)
	cfg := i.Config()
	cfg.TenantClaim = "org"
	v := verifier(t, cfg)
	for _, value := range []any{nil, "", 1, []string{"dev"}} {
		if _, err := v.FromRequest(request("Bearer", i.Token(with("org", value)))); codeOf(t, err) != verify.TokenClaims {
			t.Errorf("a token whose tenant is %v: %v", value, err)
		}
	}
}

func TestCredentialsThatAreRefused(t *testing.T) {
	t.Parallel()
	i := issuer(t)
	cfg := i.Config()
	cfg.Headers = verify.AdvisoryHeaders{CorrelationID: "X-Correlation-Id"}
	v := verifier(t, cfg)
	good := i.Token(verifytest.Token{})
	for name, tt := range map[string]struct {
		headers map[string][]string
		code    verify.Code
	}{
		"none":                            {nil, verify.NoCredentials},
		"another scheme":                  {map[string][]string{"Authorization": {"Basic Y2FuYXJ5"}}, verify.UnknownScheme},
		"a scheme alone":                  {map[string][]string{"Authorization": {"Bearer"}}, verify.AuthorizationMalformed},
		"a scheme and a space":            {map[string][]string{"Authorization": {"Bearer "}}, verify.AuthorizationMalformed},
		"an empty header":                 {map[string][]string{"Authorization": {""}}, verify.AuthorizationMalformed},
		"a space first":                   {map[string][]string{"Authorization": {" Bearer " + good}}, verify.AuthorizationMalformed},
		"two tokens":                      {map[string][]string{"Authorization": {"Bearer " + good + " " + good}}, verify.AuthorizationMalformed},
		"two schemes in one header":       {map[string][]string{"Authorization": {"Bearer " + good + ", DPoP " + good}}, verify.AuthorizationMalformed},
		"two headers":                     {map[string][]string{"Authorization": {"Bearer " + good, "Bearer " + good}}, verify.AuthorizationMalformed},
		"a proof alone":                   {map[string][]string{"Dpop": {"canary"}}, verify.ProofWithoutToken},
		"two spaces":                      {map[string][]string{"Authorization": {"Bearer  " + good}}, ""},
		"a correlation id that is long":   {map[string][]string{"Authorization": {"Bearer " + good}, "X-Correlation-Id": {strings.Repeat("x", 2049)}}, verify.HeaderMalformed},
		"a correlation id that is twice":  {map[string][]string{"Authorization": {"Bearer " + good}, "X-Correlation-Id": {"a", "b"}}, verify.HeaderMalformed},
		"a correlation id that is binary": {map[string][]string{"Authorization": {"Bearer " + good}, "X-Correlation-Id": {"canary\xff"}}, verify.HeaderMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := request("", "")
			r.Header = tt.headers
			_, err := v.FromRequest(r)
			if code := codeOf(t, err); code != tt.code {
				t.Errorf("code %q, want %q", code, tt.code)
			}
		})
	}
	r := request("", "")
	r.URL.RawQuery = "access_token=" + good
	if _, err := v.FromRequest(r); codeOf(t, err) != verify.NoCredentials {
		t.Errorf("a token in the query: %v", err)
	}
}
