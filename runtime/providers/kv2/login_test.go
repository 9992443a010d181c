package kv2

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/secretstest/leakcheck"
)

func TestOpenNamesEveryProblemOfALogin(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		vars map[string]string
		want []string
	}{
		"token login without a token": {map[string]string{"VAULT_AUTH": "token"}, []string{"VAULT_TOKEN"}},
		"a token file":                {map[string]string{"VAULT_TOKEN_FILE": "canary/not/there/yet"}, nil},
		"AppRole with nothing":        {map[string]string{"VAULT_AUTH": "approle"}, []string{"VAULT_ROLE_ID", "VAULT_SECRET_ID"}},
		"AppRole with all":            {map[string]string{"VAULT_AUTH": "approle", "BAO_ROLE_ID": "canary", "OPENBAO_SECRET_ID": "canary"}, nil},
		"AppRole without its name":    {map[string]string{"VAULT_ROLE_ID": "canary", "VAULT_SECRET_ID_FILE": "canary"}, []string{"VAULT_AUTH"}},
		"a RoleID with a line break":  {map[string]string{"VAULT_AUTH": "approle", "BAO_ROLE_ID": "canary\n", "VAULT_SECRET_ID_FILE": "canary"}, []string{"BAO_ROLE_ID"}},
		"a SecretID with a space":     {map[string]string{"VAULT_AUTH": "approle", "VAULT_ROLE_ID": "canary", "VAULT_SECRET_ID": "canary x"}, []string{"VAULT_SECRET_ID"}},
		"Kubernetes without a role":   {map[string]string{"VAULT_AUTH": "kubernetes"}, []string{"VAULT_ROLE"}},
		"Kubernetes with a role":      {map[string]string{"VAULT_AUTH": "kubernetes", "VAULT_ROLE": "canary"}, nil},
		"a role that is not ASCII":    {map[string]string{"VAULT_AUTH": "kubernetes", "VAULT_ROLE": "canäry"}, []string{"VAULT_ROLE"}},
		"JWT with nothing":            {map[string]string{"VAULT_AUTH": "jwt"}, []string{"VAULT_JWT_FILE", "VAULT_ROLE"}},
		"a certificate that is none":  {map[string]string{"VAULT_AUTH": "cert"}, []string{"VAULT_CLIENT_CERT"}},
		"a method that there is not":  {map[string]string{"VAULT_AUTH": "canary"}, []string{"VAULT_AUTH"}},
		"two sources of a token":      {map[string]string{"VAULT_TOKEN": "canary", "VAULT_TOKEN_FILE": "canary"}, []string{"VAULT_TOKEN_FILE"}},
		"what is for another method":  {map[string]string{"VAULT_TOKEN": "canary", "VAULT_JWT_FILE": "canary"}, []string{"VAULT_JWT_FILE"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.vars["VAULT_URL"] = "https://vault.example.com:8200"
			in, log := instance("openbao+kv2", c.vars)
			_, err := Provider().Open(t.Context(), in)
			if diff := cmp.Diff(c.want, problemNames(t, err)); diff != "" {
				t.Errorf("names (-want +got):\n%s", diff)
			}
			if err != nil && strings.Contains(err.Error(), "canary") || log.Len() > 0 {
				t.Errorf("a value is shown: %v %s", err, log)
			}
		})
	}
}

// guarded is an engine whose token is got by logging in.
type guarded struct {
	engine
	mu     sync.Mutex
	logins []string // path and body
}

func (g *guarded) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if mount, ok := strings.CutPrefix(r.URL.Path, "/v1/auth/"); ok && strings.HasSuffix(mount, "/login") {
		body, _ := io.ReadAll(r.Body)
		g.mu.Lock()
		g.logins = append(g.logins, mount+" "+string(body)+r.Header.Get("X-Vault-Token"))
		g.mu.Unlock()
		_, _ = w.Write([]byte(`{"auth":{"client_token":"` + canary + `","lease_duration":3600,"renewable":true}}`))
		return
	}
	g.engine.ServeHTTP(w, r)
}

func TestReadsLogIn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, c := range map[string]struct {
		vars []string
		want []string
	}{
		"with a token file": {[]string{"VAULT_TOKEN_FILE", file("token", canary)}, nil},
		"by AppRole": {
			[]string{"VAULT_AUTH", "approle", "VAULT_ROLE_ID", "r", "VAULT_SECRET_ID_FILE", file("secret-id", "s")},
			[]string{`approle/login {"role_id":"r","secret_id":"s"}`},
		},
		"by Kubernetes": {
			[]string{"VAULT_AUTH", "kubernetes", "VAULT_ROLE", "app", "VAULT_JWT_FILE", file("k8s", "a.b.c"), "VAULT_AUTH_MOUNT", "k8s/eu"},
			[]string{`k8s/eu/login {"jwt":"a.b.c","role":"app"}`},
		},
		"by JWT": {
			[]string{"VAULT_AUTH", "jwt", "VAULT_ROLE", "app", "VAULT_JWT_FILE", file("jwt", "d.e.f")},
			[]string{`jwt/login {"jwt":"d.e.f","role":"app"}`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := &guarded{engine: engine{"app": {{data: `{"a":"b"}`}}}}
			p := openAt(t, serve(t, g.ServeHTTP), append([]string{"VAULT_TOKEN", ""}, c.vars...)...)
			if len(g.logins) > 0 {
				t.Error("Open logs in")
			}
			for range 3 {
				if _, err := p.Read(t.Context(), at("app", 0)); err != nil {
					t.Errorf("reading: %v", err)
				}
			}
			if diff := cmp.Diff(c.want, g.logins); diff != "" {
				t.Errorf("logins (-want +got):\n%s", diff)
			}
		})
	}
}

// The engine refuses what is under "denied" whatever the token is.
func TestADeniedReadLogsInOnceMoreAndThenStands(t *testing.T) {
	t.Parallel()
	g := &guarded{engine: engine{"app": {{data: `{"a":"b"}`}}}}
	p := openAt(t, serve(t, g.ServeHTTP), "VAULT_TOKEN", "", "VAULT_AUTH", "approle", "VAULT_ROLE_ID", "r", "VAULT_SECRET_ID", "s")
	for range 3 {
		if _, err := p.Read(t.Context(), at("denied", 0)); outcome(err) != "denied" {
			t.Errorf("the outcome is %s", outcome(err))
		}
	}
	if len(g.logins) > 3 {
		t.Errorf("%d logins", len(g.logins))
	}
}

// 401 is no server's word for a token that has ended, and brings no other one.
func TestOnlyARefusalWith403LogsInAgain(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]int{401: 1, 403: 2} {
		var mu sync.Mutex
		logins := 0
		address := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/v1/auth/approle/login" {
				w.WriteHeader(status)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			logins++
			_, _ = fmt.Fprintf(w, `{"auth":{"client_token":"t-%d","lease_duration":3600,"renewable":true}}`, logins)
		})
		p := openAt(t, address, "VAULT_TOKEN", "", "VAULT_AUTH", "approle", "VAULT_ROLE_ID", "r", "VAULT_SECRET_ID", "s")
		if _, err := p.Read(t.Context(), at("app", 0)); outcome(err) != "denied" || logins != want {
			t.Errorf("%d: %s after %d logins and not %d", status, outcome(err), logins, want)
		}
	}
}

func TestALoginThatFailsIsTheOutcomeOfTheRead(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]string{400: "denied", 403: "denied", 404: "misconfigured", 429: "throttled, retryable", 503: "unavailable, retryable", 200: "malformed"} {
		p := openAt(t, reply(t, status, `{"errors":["`+canary+`"]}`), "VAULT_TOKEN", "", "VAULT_AUTH", "approle", "VAULT_ROLE_ID", "r", "VAULT_SECRET_ID", "s")
		_, err := p.Read(t.Context(), at("app", 0))
		if outcome(err) != want || leakcheck.Find([]byte(err.Error()), canary) != nil {
			t.Errorf("%d: the outcome is %v", status, err)
		}
	}
}

func TestNoticesOfALoginReachTheInstance(t *testing.T) {
	t.Parallel()
	g := &guarded{engine: engine{"app": {{data: `{"a":"b"}`}}}}
	in, _ := instance("openbao+kv2", map[string]string{"VAULT_URL": serve(t, g.ServeHTTP), "VAULT_AUTH": "approle", "VAULT_ROLE_ID": "r", "VAULT_SECRET_ID": "s"})
	notices := make(chan providers.Notice, 10)
	in.Notify = func(n providers.Notice) { notices <- n }
	p, err := Provider().Open(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Read(t.Context(), at("app", 0)); err != nil {
		t.Error(err)
	}
	if err := p.(providers.Closer).Close(t.Context()); err != nil {
		t.Error(err)
	}
	if got := <-notices; got != providers.LoggedIn || len(notices) > 0 {
		t.Errorf("the notice is %s, and there are %d more", got, len(notices))
	}
}
