package login

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/secretsgen/secretsgen/runtime/providers/kv2/internal/exchange"
	"github.com/secretsgen/secretsgen/runtime/secretstest/leakcheck"
)

// shown is all that printers make of something.
func shown(v any) string {
	var b strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&b, verb, v)
	}
	slog.New(slog.NewTextHandler(&b, nil)).Info("x", "v", v)
	slog.New(slog.NewJSONHandler(&b, nil)).Info("x", "v", v)
	text, _ := json.Marshal(v)
	b.Write(text)
	return b.String()
}

// asker is a server that prints as nothing.
type asker func(context.Context, exchange.Request) (exchange.Answer, error)

func (a asker) Do(ctx context.Context, req exchange.Request) (exchange.Answer, error) {
	return a(ctx, req)
}

// Whatever goes wrong, and whoever prints what, no credential is shown.
func TestNoCredentialIsShown(t *testing.T) {
	t.Parallel()
	const jwt, wrapping = "canary-jwt-3d88f1", "canary-wrapping-0c2e"
	secrets := []string{canaryRole, canarySecret, canaryToken, jwt, wrapping}
	path := write(t, jwt)
	everything := strings.Join(secrets, " ")
	faults := map[string]func() (exchange.Answer, error){
		"nothing":         nil,
		"a foreign error": func() (exchange.Answer, error) { return exchange.Answer{}, errors.New(everything) },
		"a refusal":       func() (exchange.Answer, error) { return reply(403, `{"errors":["`+everything+`"]}`), nil },
		"a bad request":   func() (exchange.Answer, error) { return reply(400, `{"errors":["`+everything+`"]}`), nil },
		"a page":          func() (exchange.Answer, error) { return reply(200, everything), nil },
		"a strange token": func() (exchange.Answer, error) {
			return reply(200, `{"auth":{"client_token":"`+everything+`","lease_duration":1,"renewable":true}}`), nil
		},
		"a strange path": func() (exchange.Answer, error) {
			return reply(200, `{"data":{"creation_path":"`+everything+`","secret_id":"`+everything+`"}}`), nil
		},
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a, w := newAuthority(terms{ttl: time.Hour}), &witness{}
				a.fail("", fault)
				server := asker(a.Do) // what the authority itself shows does not count
				var out strings.Builder
				sessions := []*Session{
					New(w.instance(), server, appRoleMethod()),
					New(w.instance(), server, JWT("jwt", "app", FromFile(path, "VAULT_JWT_FILE"))),
					New(w.instance(), server, AppRoleWrapped("approle", "app", Given(canaryRole), Given(wrapping))),
					File(w.instance(), FromFile(path, "VAULT_TOKEN_FILE")),
					Static(canaryToken),
				}
				for _, s := range sessions {
					token, err := s.Token(t.Context())
					_, _, refused := s.Replace(t.Context(), token)
					if fault == nil && err == nil { // and later everything goes wrong
						a.fail("", faults["a foreign error"])
						pass(2 * time.Hour)
						_, err = s.Token(t.Context())
						a.fail("", nil)
					}
					for ; err != nil; err = errors.Unwrap(err) {
						out.WriteString(shown(err))
					}
					synctest.Wait() // printers read what they like
					out.WriteString(shown(s) + shown(struct{ s *Session }{s}) + shown(s.source) + shown(refused))
					if k, ok := s.source.(*keeper); ok {
						out.WriteString(shown(k.method) + shown(k.held.Load()) + shown(struct{ h *held }{k.held.Load()}))
					}
					closeNow(t, s)
				}
				out.WriteString(w.text())
				for _, secret := range secrets {
					if forms := leakcheck.Find([]byte(out.String()), secret); len(forms) > 0 {
						t.Errorf("%s is shown as %v", secret[:12], forms)
					}
				}
				if leakcheck.Find([]byte(out.String()), path) != nil {
					t.Error("the path of a file is shown")
				}
			})
		})
	}
}
