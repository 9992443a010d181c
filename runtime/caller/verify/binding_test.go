package verify_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/caller/verify"
	"github.com/secretsgen/secretsgen/runtime/caller/verify/verifytest"
)

func authority(t testing.TB) *verifytest.Authority {
	t.Helper()
	a, err := verifytest.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func clientCert(t testing.TB, a *verifytest.Authority, uris ...string) tls.Certificate {
	t.Helper()
	c, err := a.Client(uris...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// server serves handler over TLS that verifies client certificates.
func server(t testing.TB, a *verifytest.Authority, handler http.Handler) string {
	t.Helper()
	config, err := a.Server()
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(handler)
	s.TLS = config
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.URL
}

// client calls with a certificate, if it is given one.
func client(t testing.TB, a *verifytest.Authority, certificates ...tls.Certificate) *http.Client {
	t.Helper()
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: a.Pool(), Certificates: certificates, MinVersion: tls.VersionTLS12}}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// TestTokenAndPresentedBindingMustAgree is the whole matrix: what a token is bound
// to, by what is presented with it, by the scheme. Only what is listed is taken.
func TestTokenAndPresentedBindingMustAgree(t *testing.T) {
	t.Parallel()
	accepted := map[string]caller.Binding{}
	key, a := newKey(t, "ES256"), authority(t)
	cert := clientCert(t, a)
	jkt, x5t := key.Thumbprint(), verifytest.Thumbprint(cert)
	accepted["none, nothing, Bearer"] = caller.Binding{}
	accepted["none, cert, Bearer"] = caller.Binding{} // the connection's business
	accepted["x5t, cert, Bearer"] = caller.Binding{X5T: x5t}
	accepted["jkt, proof, DPoP"] = caller.Binding{JKT: jkt}
	accepted["jkt, both, DPoP"] = caller.Binding{JKT: jkt}
	accepted["both, both, DPoP"] = caller.Binding{JKT: jkt, X5T: x5t}

	i := issuer(t)
	v := verifier(t, i.Config())
	type answer struct {
		c   caller.Caller
		err error
	}
	answers := make(chan answer, 1)
	url := server(t, a, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		c, err := v.FromRequest(r)
		answers <- answer{c, err}
	}))
	bare, withCert := client(t, a), client(t, a, cert)
	wrong, tried := 0, 0
	for bound, token := range map[string]verifytest.Token{
		"none": {}, "jkt": {JKT: jkt}, "x5t": {X5T: x5t}, "both": {JKT: jkt, X5T: x5t},
	} {
		for _, presented := range []string{"nothing", "proof", "cert", "both"} {
			for _, scheme := range []string{"Bearer", "DPoP"} {
				text := i.Token(token)
				r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/orders", http.NoBody)
				if err != nil {
					t.Fatal(err)
				}
				r.Header.Set("Authorization", scheme+" "+text)
				if presented == "proof" || presented == "both" {
					r.Header.Set("DPoP", key.Proof(verifytest.Proof{Method: "GET", URL: url + "/orders", Token: text}))
				}
				c := bare
				if presented == "cert" || presented == "both" {
					c = withCert
				}
				resp, err := c.Do(r)
				if err != nil {
					t.Fatal(err)
				}
				_ = resp.Body.Close()
				got := <-answers
				name := fmt.Sprintf("%s, %s, %s", bound, presented, scheme)
				want, ok := accepted[name]
				tried++
				if (got.err == nil) != ok {
					t.Errorf("%s: %v, want it accepted: %v", name, got.err, ok)
					wrong++
				}
				if binding := (caller.Binding{JKT: got.c.JKT, X5T: got.c.X5T}); binding != want {
					t.Errorf("%s: bound to %q, want %q", name, binding, want)
				}
				if hasProof := got.c.ProofID != ""; hasProof != (want.JKT != "") {
					t.Errorf("%s: has a proof id: %v", name, hasProof)
				}
			}
		}
	}
	t.Logf("%d combinations, %d accepted, %d wrong", tried, len(accepted), wrong)
	if tried != 32 {
		t.Errorf("%d combinations", tried)
	}
}

// state is what a handshake leaves behind, with the client's certificate.
func state(c tls.Certificate) *tls.ConnectionState {
	return &tls.ConnectionState{
		HandshakeComplete: true, PeerCertificates: []*x509.Certificate{c.Leaf}, VerifiedChains: [][]*x509.Certificate{{c.Leaf}},
	}
}

func TestACertificateBoundTokenNeedsTheConnectionsOwnCertificate(t *testing.T) {
	t.Parallel()
	i, a := issuer(t), authority(t)
	cert, other := clientCert(t, a), clientCert(t, a)
	late := i.Config()
	late.Now = func() time.Time { return cert.Leaf.NotAfter.Add(time.Second) }
	unverified := state(cert)
	unverified.VerifiedChains = nil
	unfinished := state(cert)
	unfinished.HandshakeComplete = false
	for name, tt := range map[string]struct {
		cfg   verify.Config
		state *tls.ConnectionState
		life  time.Duration
		code  verify.Code
	}{
		"the certificate":               {i.Config(), state(cert), 0, ""},
		"another of the same authority": {i.Config(), state(other), 0, verify.CertificateMismatch},
		"no TLS":                        {i.Config(), nil, 0, verify.CertificateMissing},
		"no certificate":                {i.Config(), &tls.ConnectionState{HandshakeComplete: true}, 0, verify.CertificateMissing},
		"no chain that was verified":    {i.Config(), unverified, 0, verify.CertificateMissing},
		"a handshake under way":         {i.Config(), unfinished, 0, verify.CertificateMissing},
		"one that has expired since":    {late, state(cert), 48 * time.Hour, verify.CertificateExpired},
		"a token that outlives it":      {i.Config(), state(cert), 48 * time.Hour, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := request("Bearer", i.Token(verifytest.Token{X5T: verifytest.Thumbprint(cert), Life: tt.life}))
			r.TLS = tt.state
			// What a proxy would say of a certificate is not believed.
			r.Header.Set("X-Forwarded-Client-Cert", "Hash=canary")
			c, err := verifier(t, tt.cfg).FromRequest(r)
			if code := codeOf(t, err); code != tt.code {
				t.Fatalf("code %q, want %q", code, tt.code)
			}
			if err == nil && c.ExpiresAt.After(cert.Leaf.NotAfter) {
				t.Errorf("the caller outlives the certificate: %v", c.ExpiresAt)
			}
		})
	}
}

func TestASPIFFEIDIsACallerWithoutAToken(t *testing.T) {
	t.Parallel()
	i, a := issuer(t), authority(t)
	cfg := i.Config()
	cfg.TrustDomains = []string{"prod.example"}
	late := cfg
	late.Now = func() time.Time { return time.Now().Add(48 * time.Hour) }
	const id = "spiffe://prod.example/ns/pay/sa/api"
	for name, tt := range map[string]struct {
		cfg   verify.Config
		uris  []string
		token string
		proof bool
		code  verify.Code
	}{
		"a workload of the domain":           {cfg: cfg, uris: []string{id}},
		"a workload with another path":       {cfg: cfg, uris: []string{"spiffe://prod.example/Ns_1/a.b-c"}},
		"without a trust domain asked for":   {cfg: i.Config(), uris: []string{id}, code: verify.NoCredentials},
		"a certificate without a URI":        {cfg: cfg, code: verify.NoCredentials},
		"of another trust domain":            {cfg: cfg, uris: []string{"spiffe://canary.example/a"}, code: verify.SPIFFETrustDomain},
		"of a domain that begins like it":    {cfg: cfg, uris: []string{"spiffe://prod.example.canary.test/a"}, code: verify.SPIFFETrustDomain},
		"of a domain below it":               {cfg: cfg, uris: []string{"spiffe://x.prod.example/a"}, code: verify.SPIFFETrustDomain},
		"with two IDs":                       {cfg: cfg, uris: []string{id, id + "2"}, code: verify.SPIFFEMalformed},
		"with an ID and another URI":         {cfg: cfg, uris: []string{id, "https://prod.example/"}, code: verify.SPIFFEMalformed},
		"with another URI":                   {cfg: cfg, uris: []string{"https://prod.example/a"}, code: verify.SPIFFEMalformed},
		"without a path":                     {cfg: cfg, uris: []string{"spiffe://prod.example"}, code: verify.SPIFFEMalformed},
		"with an empty path":                 {cfg: cfg, uris: []string{"spiffe://prod.example/"}, code: verify.SPIFFEMalformed},
		"with an empty segment":              {cfg: cfg, uris: []string{"spiffe://prod.example/a//b"}, code: verify.SPIFFEMalformed},
		"with a slash at the end":            {cfg: cfg, uris: []string{"spiffe://prod.example/a/"}, code: verify.SPIFFEMalformed},
		"with a dot segment":                 {cfg: cfg, uris: []string{"spiffe://prod.example/a/../b"}, code: verify.SPIFFEMalformed},
		"with an escape":                     {cfg: cfg, uris: []string{"spiffe://prod.example/a%2fb"}, code: verify.SPIFFEMalformed},
		"with a query":                       {cfg: cfg, uris: []string{id + "?a=b"}, code: verify.SPIFFEMalformed},
		"with a fragment":                    {cfg: cfg, uris: []string{id + "#a"}, code: verify.SPIFFEMalformed},
		"with a port":                        {cfg: cfg, uris: []string{"spiffe://prod.example:443/a"}, code: verify.SPIFFEMalformed},
		"with a user":                        {cfg: cfg, uris: []string{"spiffe://u@prod.example/a"}, code: verify.SPIFFEMalformed},
		"with a domain in capitals":          {cfg: cfg, uris: []string{"spiffe://PROD.example/a"}, code: verify.SPIFFEMalformed},
		"that has expired since":             {cfg: late, uris: []string{id}, code: verify.CertificateExpired},
		"beside a token that is another's":   {cfg: cfg, uris: []string{id}, token: i.Token(verifytest.Token{})},
		"beside a token that does not count": {cfg: cfg, uris: []string{id}, token: "canary", code: verify.TokenMalformed},
		"beside a proof":                     {cfg: cfg, uris: []string{id}, proof: true, code: verify.ProofWithoutToken},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := request("", "")
			cert := clientCert(t, a, tt.uris...)
			r.TLS = state(cert)
			if tt.token != "" {
				r.Header.Set("Authorization", "Bearer "+tt.token)
			}
			if tt.proof {
				r.Header.Set("DPoP", "canary")
			}
			got, err := verifier(t, tt.cfg).FromRequest(r)
			if code := codeOf(t, err); code != tt.code {
				t.Fatalf("code %q, want %q", code, tt.code)
			}
			if err != nil {
				return
			}
			want := caller.Caller{Subject: "ada"}
			if tt.token == "" {
				want = caller.Caller{Subject: tt.uris[0], Type: caller.Workload, ExpiresAt: cert.Leaf.NotAfter}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("caller (-want +got):\n%s", diff)
				}
			}
			if got.Subject != want.Subject {
				t.Errorf("subject %q, want %q", got.Subject, want.Subject)
			}
		})
	}
}

func TestAServiceMayTakeWorkloadsAlone(t *testing.T) {
	t.Parallel()
	v := verifier(t, verify.Config{TrustDomains: []string{"prod.example"}})
	r := request("", "")
	r.TLS = state(clientCert(t, authority(t), "spiffe://prod.example/a"))
	if c, err := v.FromRequest(r); err != nil || c.Subject != "spiffe://prod.example/a" {
		t.Errorf("%q, %v", c.Subject, err)
	}
	if _, err := v.FromRequest(request("Bearer", "canary")); codeOf(t, err) != verify.UnknownScheme {
		t.Errorf("a token: %v", err)
	}
	if err := v.Warm(t.Context()); err != nil {
		t.Errorf("there is nothing to warm: %v", err)
	}
}

func TestBindingMayBeRequired(t *testing.T) {
	t.Parallel()
	i := issuer(t)
	cfg := i.Config()
	cfg.RequireBinding = true
	v := verifier(t, cfg)
	if _, err := v.FromRequest(request("Bearer", i.Token(verifytest.Token{}))); codeOf(t, err) != verify.TokenUnbound {
		t.Errorf("an unbound token: %v", err)
	}
	key := newKey(t, "ES256")
	token := i.Token(verifytest.Token{JKT: key.Thumbprint()})
	if _, err := v.FromRequest(request("DPoP", token, key.Proof(verifytest.Proof{Method: "GET", URL: service, Token: token}))); err != nil {
		t.Errorf("a bound token: %v", err)
	}
}

// TestTheCodesOfTheMatrix says which of its refusals is which.
func TestTheCodesOfTheMatrix(t *testing.T) {
	t.Parallel()
	i := issuer(t)
	v := verifier(t, i.Config())
	key := newKey(t, "ES256")
	bound := i.Token(verifytest.Token{JKT: key.Thumbprint()})
	unbound := i.Token(verifytest.Token{})
	proof := func(token string) string {
		return key.Proof(verifytest.Proof{Method: "GET", URL: service, Token: token})
	}
	for name, tt := range map[string]struct {
		r    *http.Request
		code verify.Code
	}{
		"a bound token as Bearer":         {request("Bearer", bound), verify.BoundTokenAsBearer},
		"the same with its proof":         {request("Bearer", bound, proof(bound)), verify.BoundTokenAsBearer},
		"an unbound token under DPoP":     {request("DPoP", unbound), verify.UnboundTokenAsDPoP},
		"the same with a proof":           {request("DPoP", unbound, proof(unbound)), verify.UnboundTokenAsDPoP},
		"an unbound token beside a proof": {request("Bearer", unbound, proof(unbound)), verify.ProofBesideBearer},
		"a bound token without a proof":   {request("DPoP", bound), verify.ProofMissing},
		"the scheme in lower case":        {request("dpop", bound, proof(bound)), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := v.FromRequest(tt.r); codeOf(t, err) != tt.code {
				t.Errorf("%v, want code %q", err, tt.code)
			}
		})
	}
}
