package login

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/providers/kv2/internal/exchange"
	"github.com/secretsgen/secretsgen/runtime/providers/kv2/internal/wrapping"
)

// doer is a server of one function.
type doer func(exchange.Request) (exchange.Answer, error)

func (d doer) Do(_ context.Context, req exchange.Request) (exchange.Answer, error) { return d(req) }

func contains(text, part string) bool { return strings.Contains(text, part) }

// wrapper is a server that holds SecretIDs under wrapping tokens.
type wrapper struct {
	held           map[string]string // by wrapping token
	path           string            // creation_path
	lookup, unwrap func() (exchange.Answer, error)
	asked          []string
}

func (w *wrapper) Do(_ context.Context, req exchange.Request) (exchange.Answer, error) {
	w.asked = append(w.asked, req.Path[strings.LastIndexByte(req.Path, '/')+1:])
	token, gone := object(req.Body)["token"]+req.Token, reply(400, `{"errors":["wrapping token is not valid or does not exist"]}`)
	secretID, ok := w.held[token]
	switch {
	case req.Path == "sys/wrapping/lookup" && w.lookup != nil:
		return w.lookup()
	case req.Path == "sys/wrapping/lookup" && ok:
		return reply(200, fmt.Sprintf(`{"data":{"creation_path":%q}}`, w.path)), nil
	case req.Path == "sys/wrapping/unwrap" && w.unwrap != nil:
		return w.unwrap()
	case req.Path == "sys/wrapping/unwrap" && ok:
		delete(w.held, token)
		return reply(200, fmt.Sprintf(`{"data":{"secret_id":%q}}`, secretID)), nil
	}
	return gone, nil
}

// neverLeft is what a breaker that is open makes of a request.
func neverLeft() (exchange.Answer, error) { return exchange.Answer{Unsent: true}, unavailable() }

func TestAWrappedSecretIDThatFails(t *testing.T) {
	t.Parallel()
	const made = "auth/approle/role/app/secret-id"
	once, twice := []string{"lookup", "unwrap"}, []string{"lookup", "lookup"}
	for name, c := range map[string]struct {
		token          string
		path           string
		lookup, unwrap func() (exchange.Answer, error)
		want           string
		asked          []string // by two logins
	}{
		"a token that was used":                   {"canary-other", made, nil, nil, "wrap_invalid", twice},
		"a token made for another role":           {"canary-wrapping", "auth/approle/role/admin/secret-id", nil, nil, "wrap_invalid", twice},
		"a token made at another mount":           {"canary-wrapping", "auth/other/role/app/secret-id", nil, nil, "wrap_invalid", twice},
		"a token made by hand":                    {"canary-wrapping", "sys/wrapping/wrap", nil, nil, "wrap_invalid", twice},
		"a token made below the path":             {"canary-wrapping", made + "/x", nil, nil, "wrap_invalid", twice},
		"a token made above the path":             {"canary-wrapping", "x/" + made, nil, nil, "wrap_invalid", twice},
		"a lookup that is forbidden":              {"canary-wrapping", made, status(403), nil, "wrap_invalid", twice},
		"a lookup that does not arrive":           {"canary-wrapping", made, down, nil, "unavailable, retryable", twice},
		"a lookup that is throttled":              {"canary-wrapping", made, status(429), nil, "throttled, retryable", twice},
		"a lookup that there is not":              {"canary-wrapping", made, status(404), nil, "wrap_invalid", twice},
		"a lookup that makes no sense":            {"canary-wrapping", made, func() (exchange.Answer, error) { return reply(200, `{}`), nil }, nil, "wrap_invalid", twice},
		"a path that is no text":                  {"canary-wrapping", made, func() (exchange.Answer, error) { return reply(200, `{"data":{"creation_path":1}}`), nil }, nil, "wrap_invalid", twice},
		"an unwrapping that breaks off":           {"canary-wrapping", made, nil, down, "wrap_invalid", once},
		"an unwrapping that never left":           {"canary-wrapping", made, nil, neverLeft, "unavailable, retryable", []string{"lookup", "unwrap", "lookup", "unwrap"}},
		"an unwrapping that a sealed one refuses": {"canary-wrapping", made, nil, status(503), "wrap_invalid", once},
		"an unwrapping somebody was before":       {"canary-wrapping", made, nil, status(400), "wrap_invalid", once},
		"an unwrapping of something else":         {"canary-wrapping", made, nil, func() (exchange.Answer, error) { return reply(200, `{"data":{"password":"x"}}`), nil }, "wrap_invalid", once},
		"an unwrapping of nothing":                {"canary-wrapping", made, nil, func() (exchange.Answer, error) { return reply(200, `{"data":{"secret_id":""}}`), nil }, "wrap_invalid", once},
		"an unwrapping of a page":                 {"canary-wrapping", made, nil, func() (exchange.Answer, error) { return reply(200, `<html>`), nil }, "wrap_invalid", once},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := &wrapper{map[string]string{"canary-wrapping": canarySecret}, c.path, c.lookup, c.unwrap, nil}
			m := AppRoleWrapped("approle", "app", Given(canaryRole), Given(c.token))
			for range 2 {
				if _, err := m.login(t.Context(), server); code(err) != c.want {
					t.Errorf("the error is %v", err)
				}
			}
			if diff := cmp.Diff(c.asked, server.asked); diff != "" {
				t.Errorf("asked (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAWrappedSecretIDIsKeptUntilThereIsAnotherOne(t *testing.T) {
	t.Parallel()
	path := write(t, "canary-w1")
	server := &wrapper{held: map[string]string{"canary-w1": "s1", "canary-w2": "s2"}, path: "auth/approle/role/any/secret-id"}
	w := &wrappedSecretID{token: FromFile(path, "VAULT_SECRET_ID_FILE"), expected: wrapping.Expected{From: madeForRole("approle", "")}}
	expect := func(when, want string, asked ...string) {
		t.Helper()
		server.asked = nil
		secretID, err := w.read(t.Context(), server)
		if err != nil && code(err) != want || err == nil && secretID != want {
			t.Errorf("%s the SecretID is %q, %v", when, secretID, err)
		}
		if diff := cmp.Diff(asked, server.asked); diff != "" {
			t.Errorf("%s asked (-want +got):\n%s", when, diff)
		}
	}
	expect("at first", "s1", "lookup", "unwrap")
	expect("again", "s1")
	rewrite(t, path, "")
	expect("while the file is empty", "s1")
	rewrite(t, path, "canary-w2")
	expect("after a new one", "s2", "lookup", "unwrap")
	rewrite(t, path, "canary-w1")
	expect("after an old one", "wrap_invalid", "lookup")
}

// The server that goes away between the two requests comes back.
func TestAWrappedSecretIDOutlivesAnUnwrappingThatNeverLeft(t *testing.T) {
	t.Parallel()
	server := &wrapper{held: map[string]string{"canary-w": canarySecret}, path: "auth/approle/role/app/secret-id", unwrap: neverLeft}
	w := &wrappedSecretID{token: Given("canary-w"), expected: wrapping.Expected{From: madeForRole("approle", "app")}}
	if _, err := w.read(t.Context(), server); code(err) != "unavailable, retryable" {
		t.Errorf("the error is %v", err)
	}
	server.unwrap = nil
	if secretID, err := w.read(t.Context(), server); err != nil || secretID != canarySecret {
		t.Errorf("afterwards there is no SecretID: %v", err)
	}
}

func TestAPathThatASecretIDIsMadeAt(t *testing.T) {
	t.Parallel()
	for path, want := range map[string][2]bool{ // for the role app, for any
		"auth/approle/role/app/secret-id":        {true, true},
		"auth/approle/role/other/secret-id":      {false, true},
		"auth/approle/role/app/x/secret-id":      {false, false},
		"auth/approle/role//secret-id":           {false, false},
		"auth/approle/role/secret-id":            {false, false},
		"auth/approle/role/app/custom-secret-id": {false, false},
		"auth/approle/role/app/secret-id/lookup": {false, false},
		"/auth/approle/role/app/secret-id":       {false, false},
		"auth/approle2/role/app/secret-id":       {false, false},
		"secret/data/app":                        {false, false},
		"":                                       {false, false},
	} {
		if got := [2]bool{madeForRole("approle", "app")(path), madeForRole("approle", "")(path)}; got != want {
			t.Errorf("%q is accepted %v, want %v", path, got, want)
		}
	}
}
