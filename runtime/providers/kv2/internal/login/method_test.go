package login

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/providers/kv2/internal/exchange"
)

// seen is a request as it came over the wire.
type seen struct {
	Method, Path, Body, Token, Namespace, WrapTTL string
	Certificate                                   bool
}

// wire serves answers by path over TLS, asks for client certificates, and tells
// what came.
func wire(t *testing.T, answers map[string]string) (server *exchange.Server, requests func() []seen) {
	t.Helper()
	all := make(chan seen, 100)
	fake := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		all <- seen{
			r.Method, r.URL.Path, string(body), r.Header.Get("X-Vault-Token"), r.Header.Get("X-Vault-Namespace"),
			r.Header.Get("X-Vault-Wrap-TTL"), len(r.TLS.PeerCertificates) > 0,
		}
		answer, ok := answers[r.URL.Path]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
		}
		_, _ = w.Write([]byte(answer))
	}))
	fake.TLS = &tls.Config{ClientAuth: tls.RequestClientCert, MinVersion: tls.VersionTLS12}
	fake.StartTLS()
	t.Cleanup(fake.Close)
	roots := x509.NewCertPool()
	roots.AddCert(fake.Certificate())
	server, err := exchange.New(exchange.Config{
		Address: fake.URL, Namespace: "team", Timeout: 30 * time.Second,
		TLS: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots, Certificates: fake.TLS.Certificates},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return server, func() []seen {
		close(all)
		var got []seen
		for s := range all {
			got = append(got, s)
		}
		return got
	}
}

const tokenAnswer = `{"request_id":"r","lease_id":"","renewable":false,"lease_duration":0,"data":null,"wrap_info":null,"warnings":null,
	"auth":{"client_token":"` + canaryToken + `","accessor":"a","policies":["default"],"token_policies":["default"],"metadata":{"role_name":"app"},
	"lease_duration":3600,"renewable":true,"entity_id":"e","token_type":"service","orphan":true,"mfa_requirement":null,"num_uses":0}}`

func TestEachMethodAsksForItsToken(t *testing.T) {
	t.Parallel()
	jwt, secretID := FromFile(write(t, "canary.jwt"), "VAULT_JWT_FILE"), FromFile(write(t, canarySecret), "VAULT_SECRET_ID_FILE")
	for name, c := range map[string]struct {
		method     Method
		path, body string
	}{
		"AppRole":                   {AppRole("approle", Given(canaryRole), Given(canarySecret)), "/v1/auth/approle/login", `{"role_id":"` + canaryRole + `","secret_id":"` + canarySecret + `"}`},
		"AppRole with a file":       {AppRole("team/apps", Given(canaryRole), secretID), "/v1/auth/team/apps/login", `{"role_id":"` + canaryRole + `","secret_id":"` + canarySecret + `"}`},
		"Kubernetes or JWT":         {JWT("kubernetes", "app", jwt), "/v1/auth/kubernetes/login", `{"jwt":"canary.jwt","role":"app"}`},
		"a certificate":             {Certificate("cert", ""), "/v1/auth/cert/login", `{}`},
		"a certificate with a role": {Certificate("cert", "app"), "/v1/auth/cert/login", `{"name":"app"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, requests := wire(t, map[string]string{c.path: tokenAnswer, "/v1/auth/token/revoke-self": ``})
			s := New((&witness{}).instance(), server, c.method)
			if token := mustToken(t, s); token != canaryToken {
				t.Errorf("the token is %s", token)
			}
			closeNow(t, s)
			want := []seen{
				{Method: "POST", Path: c.path, Body: c.body, Namespace: "team", Certificate: true},
				{Method: "POST", Path: "/v1/auth/token/revoke-self", Body: `{}`, Token: canaryToken, Namespace: "team", Certificate: true},
			}
			if diff := cmp.Diff(want, requests()); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
		})
	}
}

func TestARenewalAsksUnderItsToken(t *testing.T) {
	t.Parallel()
	server, requests := wire(t, map[string]string{"/v1/auth/token/renew-self": tokenAnswer})
	k := newKeeper((&witness{}).instance(), server, appRoleMethod(), steady)
	h := newHeld(lease{token: func() string { return canaryToken }, life: time.Hour, renewable: true}, time.Now())
	next, err := k.renew(h)
	if err != nil || next.bearer != h.bearer || !next.start.After(h.start) || next.life != time.Hour || !next.renewable {
		t.Errorf("renewed to %v, %v", next, err)
	}
	want := []seen{{Method: "POST", Path: "/v1/auth/token/renew-self", Body: `{}`, Token: canaryToken, Namespace: "team", Certificate: true}}
	if diff := cmp.Diff(want, requests()); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

// A wrapping token is the token of two requests, of which one uses it up, and is
// in no body.
func TestAWrappedSecretIDIsLookedUpAndUnwrappedOnce(t *testing.T) {
	t.Parallel()
	server, requests := wire(t, map[string]string{
		"/v1/sys/wrapping/lookup":        `{"data":{"creation_path":"auth/approle/role/app/secret-id","creation_time":"2026-01-02T03:04:05Z","creation_ttl":60}}`,
		"/v1/sys/wrapping/unwrap":        `{"data":{"secret_id":"` + canarySecret + `","secret_id_accessor":"a","secret_id_num_uses":0,"secret_id_ttl":0}}`,
		"/v1/auth/approle/login":         tokenAnswer,
		"/v1/auth/token/revoke-self":     ``,
		"/v1/auth/approle/login/ignored": ``,
	})
	s := New((&witness{}).instance(), server, AppRoleWrapped("approle", "app", Given(canaryRole), FromFile(write(t, "canary-wrapping"), "VAULT_SECRET_ID_FILE")))
	mustToken(t, s)
	if _, ok, err := s.Replace(t.Context(), canaryToken); !ok || err != nil {
		t.Errorf("the second login: %v", err)
	}
	closeNow(t, s)
	login := seen{Method: "POST", Path: "/v1/auth/approle/login", Body: `{"role_id":"` + canaryRole + `","secret_id":"` + canarySecret + `"}`, Namespace: "team", Certificate: true}
	want := []seen{
		{Method: "POST", Path: "/v1/sys/wrapping/lookup", Token: "canary-wrapping", Namespace: "team", Certificate: true},
		{Method: "POST", Path: "/v1/sys/wrapping/unwrap", Token: "canary-wrapping", Namespace: "team", Certificate: true},
		login, login,
		{Method: "POST", Path: "/v1/auth/token/revoke-self", Body: `{}`, Token: canaryToken, Namespace: "team", Certificate: true},
	}
	if diff := cmp.Diff(want, requests()); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

// A platform rotates what it puts into files.
func TestACredentialInAFileIsReadForEveryLogin(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		method func(Credential) Method
		field  string
	}{
		"a JWT":      {func(c Credential) Method { return JWT("jwt", "app", c) }, "jwt"},
		"a SecretID": {func(c Credential) Method { return AppRole("approle", Given(canaryRole), c) }, "secret_id"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := write(t, "canary-1")
			m := c.method(FromFile(path, "VAULT_JWT_FILE"))
			for _, want := range []string{"canary-1", "canary-2"} {
				rewrite(t, path, want+"\n")
				body := ""
				_, err := m.login(t.Context(), doer(func(req exchange.Request) (exchange.Answer, error) {
					body = object(req.Body)[c.field]
					return reply(http.StatusOK, tokenAnswer), nil
				}))
				if err != nil || body != want {
					t.Errorf("sent is %s, %v", body, err)
				}
			}
		})
	}
}

func TestACredentialFileThatCantBeUsed(t *testing.T) {
	t.Parallel()
	w := &witness{}
	s := New(w.instance(), doer(func(exchange.Request) (exchange.Answer, error) {
		t.Error("the server is asked")
		return exchange.Answer{}, unavailable()
	}), JWT("jwt", "app", FromFile(write(t, "two canaries"), "OPENBAO_EU_JWT_FILE")))
	if _, err := s.Token(t.Context()); code(err) != "misconfigured" {
		t.Errorf("the error is %v", err)
	}
	closeNow(t, s)
	if log := w.text(); !contains(log, `"setting":"OPENBAO_EU_JWT_FILE"`) || contains(log, "canar") {
		t.Errorf("the log is %s", log)
	}
}
