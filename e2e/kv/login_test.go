package kv

import (
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/secretsgen/secretsgen/runtime/providers"
)

// everyMethod runs a test with every login method under every scheme. The
// settings are those of a front before the server.
func everyMethod(t *testing.T, r role, test func(t *testing.T, s shelf, f *front, p *store, v vars)) {
	t.Helper()
	a := operator(t)
	s := stock(a)
	r = role{"token_policies": []string{a.Policy(s.mount)}}.with(r)
	everyScheme(t, func(t *testing.T, scheme string) {
		for name, method := range methods {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				f := before(t, shared)
				v := method(t, operator(t), r).with(vars{"URL": f.address})
				test(t, s, f, open(t, scheme, v), v)
			})
		}
	})
}

func TestEveryMethodLogsInOnceForAllReads(t *testing.T) {
	t.Parallel()
	everyMethod(t, nil, func(t *testing.T, s shelf, f *front, p *store, v vars) {
		if n := len(f.requests()); n > 0 {
			t.Errorf("%d requests before the first read", n)
		}
		var wait sync.WaitGroup
		for range 16 {
			wait.Go(func() { p.gets(s.mount, "app/api", s.latest()) })
		}
		wait.Wait()
		if n := count(f.requests(), "auth/"+v["AUTH_MOUNT"]+"/login"); n != 1 {
			t.Errorf("%d logins, want 1", n)
		}
		if told := p.told(); len(told) != 1 || told[0] != providers.LoggedIn {
			t.Errorf("the notices are %v, want one of a login", told)
		}
	})
}

func TestATokenThatIsRevokedIsReplacedByOneLogin(t *testing.T) {
	t.Parallel()
	everyMethod(t, nil, func(t *testing.T, s shelf, f *front, p *store, v vars) {
		p.gets(s.mount, "app/api", s.latest())
		f.requests()
		operator(t).Must(http.MethodPost, "sys/leases/revoke-prefix/auth/"+v["AUTH_MOUNT"], map[string]any{"sync": true})
		var wait sync.WaitGroup
		for range 16 {
			wait.Go(func() { p.gets(s.mount, "app/api", s.latest()) })
		}
		wait.Wait()
		if n := count(f.requests(), "auth/"+v["AUTH_MOUNT"]+"/login"); n != 1 {
			t.Errorf("%d logins after the revocation, want 1", n)
		}
	})
}

// A policy that forbids the read is no reason to log in again and again.
func TestADenialCostsOneLoginAtMost(t *testing.T) {
	t.Parallel()
	everyMethod(t, nil, func(t *testing.T, s shelf, f *front, p *store, v vars) {
		other := operator(t).Mount()
		p.gets(s.mount, "app/api", s.latest())
		f.requests()
		for range 10 {
			p.fails(other, "app/api", "denied")
		}
		if n := count(f.requests(), "auth/"+v["AUTH_MOUNT"]+"/login"); n > 1 {
			t.Errorf("%d logins for 10 denials, want 1 at most", n)
		}
		p.gets(s.mount, "app/api", s.latest())
	})
}

// leaseOver is longer than the leases of the tests.
const leaseOver = 8 * time.Second

// goesOn wants every read to succeed for some time.
func (s *store) goesOn(mount, path, want string, d time.Duration) {
	s.t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(d); time.Now().Before(end); <-tick.C {
		s.gets(mount, path, want)
	}
}

func TestATokenWithAShortLeaseServesOnAndOn(t *testing.T) {
	t.Parallel()
	a := operator(t)
	s := stock(a)
	policy := role{"token_policies": []string{a.Policy(s.mount)}}
	for name, test := range map[string]struct {
		role           role
		logins, renews func(int) bool
	}{
		"that is renewed":       {role{"token_ttl": "5s"}, is(1), atLeast(1)},
		"that is periodic":      {role{"token_period": "5s"}, is(1), atLeast(1)},
		"that ends for good":    {role{"token_ttl": "5s", "token_max_ttl": "6s"}, atLeast(2), atLeast(1)},
		"that can't be renewed": {role{"token_ttl": "5s", "token_type": "batch"}, atLeast(2), is(0)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := before(t, shared)
			v := appRole(t, operator(t), policy.with(test.role)).with(vars{"URL": f.address})
			p := open(t, "openbao+kv2", v)
			p.goesOn(s.mount, "app/api", s.latest(), leaseOver)
			seen := f.requests()
			if n := count(seen, "auth/"+v["AUTH_MOUNT"]+"/login"); !test.logins(n) {
				t.Errorf("%d logins", n)
			}
			if n := count(seen, "auth/token/renew-self"); !test.renews(n) {
				t.Errorf("%d renewals", n)
			}
		})
	}
}

func is(want int) func(int) bool      { return func(n int) bool { return n == want } }
func atLeast(want int) func(int) bool { return func(n int) bool { return n >= want } }

func TestAStaticTokenIsWhatItIs(t *testing.T) {
	t.Parallel()
	a := operator(t)
	s := stock(a)
	everyScheme(t, func(t *testing.T, scheme string) {
		a := operator(t)
		token := a.Token(s.mount, nil)
		p := open(t, scheme, at(shared, token))
		p.gets(s.mount, "app/api", s.latest())
		a.Revoke(token)
		p.fails(s.mount, "app/api", "denied")
	})
}

func TestATokenFileIsReadAgain(t *testing.T) {
	t.Parallel()
	a := operator(t)
	s := stock(a)
	everyScheme(t, func(t *testing.T, scheme string) {
		a := operator(t)
		first, second := a.Token(s.mount, nil), a.Token(s.mount, nil)
		file := saveText(t, first+"\n")
		p := open(t, scheme, vars{"URL": shared.Address, "TOKEN_FILE": file})
		p.secrets = append(p.secrets, first, second)
		p.gets(s.mount, "app/api", s.latest())
		a.Revoke(first)
		p.fails(s.mount, "app/api", "denied")
		if err := os.WriteFile(file, []byte(second), 0o600); err != nil {
			t.Fatal(err)
		}
		a.Await("the new token", func() bool {
			_, got := p.read(t.Context(), s.mount, "app/api", 0)
			return got == "value"
		})
	})
}

func TestACredentialThatTheServerRefusesIsADenial(t *testing.T) {
	t.Parallel()
	s := stock(operator(t))
	everyScheme(t, func(t *testing.T, scheme string) {
		for name, v := range map[string]vars{
			"a SecretID of nobody":  appRole(t, operator(t), nil).with(vars{"SECRET_ID": "canary-secret-id"}),
			"a RoleID of nobody":    appRole(t, operator(t), nil).with(vars{"ROLE_ID": "canary-role-id"}),
			"a JWT of another key":  jwt(t, operator(t), nil).with(vars{"JWT_FILE": saveText(t, signed(t, newKey(t), map[string]any{"sub": "payments", "aud": "e2e", "exp": time.Now().Add(time.Hour).Unix()}))}),
			"a JWT that is over":    jwt(t, operator(t), nil).with(vars{"JWT_FILE": saveText(t, signed(t, newKey(t), map[string]any{"sub": "payments", "aud": "e2e", "exp": 1}))}),
			"a pod of nobody":       kubernetes(t, operator(t), nil).with(vars{"JWT_FILE": saveText(t, signed(t, newKey(t), map[string]any{"sub": "x"}))}),
			"a role that is not":    jwt(t, operator(t), nil).with(vars{"ROLE": "nobody"}),
			"a token of nobody":     {"TOKEN": "canary-token"},
			"a login without mount": appRole(t, operator(t), nil).with(vars{"AUTH_MOUNT": "e2e-nowhere"}),
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				f := before(t, shared)
				p := open(t, scheme, v.with(vars{"URL": f.address}))
				p.fails(s.mount, "app/api", "denied")
				if v["AUTH"] != "" && count(f.requests(), "/login") != 1 {
					t.Error("not one login for one read")
				}
			})
		}
	})
}

// The file of a projected token is read for every login: Kubernetes replaces it
// long before it ends.
func TestAProjectedTokenIsReadForEveryLogin(t *testing.T) {
	t.Parallel()
	s := stock(operator(t))
	everyScheme(t, func(t *testing.T, scheme string) {
		a := operator(t)
		v := kubernetes(t, a, role{"token_policies": []string{a.Policy(s.mount)}})
		good, err := os.ReadFile(v["JWT_FILE"])
		if err != nil {
			t.Fatal(err)
		}
		file := saveText(t, strings.ReplaceAll(string(good), ".", "x"))
		p := open(t, scheme, v.with(vars{"URL": shared.Address, "JWT_FILE": file}))
		p.fails(s.mount, "app/api", "denied")
		if err := os.WriteFile(file, good, 0o600); err != nil {
			t.Fatal(err)
		}
		a.Await("the new token", func() bool {
			_, got := p.read(t.Context(), s.mount, "app/api", 0)
			return got == "value"
		})
	})
}

func TestAWrappedSecretIDServesOnce(t *testing.T) {
	t.Parallel()
	s := stock(operator(t))
	everyScheme(t, func(t *testing.T, scheme string) {
		a := operator(t)
		v := appRoleWrapped(t, a, role{"token_policies": []string{a.Policy(s.mount)}}).with(vars{"URL": shared.Address})
		open(t, scheme, v).gets(s.mount, "app/api", s.latest())
		if status, answer := a.As(v["SECRET_ID"], http.MethodPost, "sys/wrapping/unwrap", nil, nil); status != http.StatusBadRequest {
			t.Errorf("a second unwrap is answered %d %s", status, answer)
		}
		open(t, scheme, v).fails(s.mount, "app/api", "wrap_invalid")
	})
}
