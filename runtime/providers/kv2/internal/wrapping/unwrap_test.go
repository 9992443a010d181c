package wrapping_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/providers/kv2/internal/exchange"
	"github.com/secretsgen/secretsgen/runtime/providers/kv2/internal/wrapping"
)

const token = "canary-91c2d4"

// server gives one answer after the other and keeps what it was asked.
type server struct {
	answers []exchange.Answer
	failure error // after the last answer
	asked   []exchange.Request
}

func (s *server) Do(_ context.Context, req exchange.Request) (exchange.Answer, error) {
	s.asked = append(s.asked, req)
	if len(s.answers) == 0 {
		return exchange.Answer{}, s.failure
	}
	answer := s.answers[0]
	s.answers = s.answers[1:]
	return answer, nil
}

func answer(status int, body string) exchange.Answer {
	return exchange.Answer{Status: status, Body: []byte(body)}
}

const (
	known = `{"data":{"creation_path":"auth/approle/role/app/secret-id","creation_ttl":60}}`
	value = `{"data":{"secret_id":"canary-91c2d4"}}`
)

// secretID is what a login may expect: the path of any role, of any life.
var secretID = wrapping.Expected{From: func(path string) bool {
	return strings.HasPrefix(path, "auth/approle/role/") && strings.HasSuffix(path, "/secret-id")
}}

func TestUnwrapAsksWhatTheTokenStandsForAndUsesItOnce(t *testing.T) {
	t.Parallel()
	s := &server{answers: []exchange.Answer{answer(200, known), answer(200, value)}}
	got, err := wrapping.Unwrap(t.Context(), s, token, secretID)
	if err != nil || string(got.Body) != value || got.Status != http.StatusOK {
		t.Errorf("the answer is %d, %v", got.Status, err)
	}
	want := []exchange.Request{
		{Method: http.MethodPost, Path: "sys/wrapping/lookup", Token: token, Repeatable: true},
		{Method: http.MethodPost, Path: "sys/wrapping/unwrap", Token: token},
	}
	if diff := cmp.Diff(want, s.asked); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

func TestUnwrapRefuses(t *testing.T) {
	t.Parallel()
	const invalid = "secretsgen: secret: provider error: wrap_invalid"
	minute := wrapping.Expected{From: wrapping.Exactly("secret/data/app"), MaxTTL: time.Minute}
	lookup := func(path, ttl string) exchange.Answer {
		return answer(200, `{"data":{"creation_path":`+path+`,"creation_ttl":`+ttl+`}}`)
	}
	good := lookup(`"secret/data/app"`, "60")
	for name, c := range map[string]struct {
		answers []exchange.Answer
		asked   int
	}{
		"a token that is used":                {answers: []exchange.Answer{answer(400, token)}, asked: 1},
		"a token that is refused":             {answers: []exchange.Answer{answer(403, token)}, asked: 1},
		"a token that is not known":           {answers: []exchange.Answer{answer(404, `{"errors":[]}`)}, asked: 1},
		"a lookup that is not there":          {answers: []exchange.Answer{{Status: 404, Body: good.Body}}, asked: 1},
		"a lookup without an answer":          {answers: []exchange.Answer{answer(204, "")}, asked: 1},
		"a lookup that is redirected":         {answers: []exchange.Answer{answer(307, "")}, asked: 1},
		"a lookup that is not JSON":           {answers: []exchange.Answer{answer(200, token)}, asked: 1},
		"a lookup with equal keys":            {answers: []exchange.Answer{answer(200, `{"data":{"creation_path":"secret/data/app","creation_path":"x","creation_ttl":1}}`)}, asked: 1},
		"another path":                        {answers: []exchange.Answer{lookup(`"secret/data/app2"`, "60")}, asked: 1},
		"a path above":                        {answers: []exchange.Answer{lookup(`"secret/data"`, "60")}, asked: 1},
		"a path below":                        {answers: []exchange.Answer{lookup(`"secret/data/app/x"`, "60")}, asked: 1},
		"the path with a slash at its end":    {answers: []exchange.Answer{lookup(`"secret/data/app/"`, "60")}, asked: 1},
		"the path in another case":            {answers: []exchange.Answer{lookup(`"secret/data/App"`, "60")}, asked: 1},
		"the path of another namespace":       {answers: []exchange.Answer{lookup(`"team-b/secret/data/app"`, "60")}, asked: 1},
		"what somebody wrapped by hand":       {answers: []exchange.Answer{lookup(`"sys/wrapping/wrap"`, "60")}, asked: 1},
		"no path":                             {answers: []exchange.Answer{answer(200, `{"data":{"creation_ttl":60}}`)}, asked: 1},
		"a path that is no text":              {answers: []exchange.Answer{lookup(`["secret/data/app"]`, "60")}, asked: 1},
		"a longer life":                       {answers: []exchange.Answer{lookup(`"secret/data/app"`, "60.5")}, asked: 1},
		"a life without end":                  {answers: []exchange.Answer{lookup(`"secret/data/app"`, "1e999")}, asked: 1},
		"a life in quotes":                    {answers: []exchange.Answer{lookup(`"secret/data/app"`, `"60"`)}, asked: 1},
		"no life":                             {answers: []exchange.Answer{answer(200, `{"data":{"creation_path":"secret/data/app"}}`)}, asked: 1},
		"a token that was used in between":    {answers: []exchange.Answer{good, answer(400, token)}, asked: 2},
		"a token that was revoked in between": {answers: []exchange.Answer{good, answer(404, `{"errors":[]}`)}, asked: 2},
		"a 404 that lists errors with data":   {answers: []exchange.Answer{good, answer(404, `{"errors":[],"data":null}`)}, asked: 2},
		"a 404 that is not JSON":              {answers: []exchange.Answer{good, answer(404, token)}, asked: 2},
		"nothing was wrapped":                 {answers: []exchange.Answer{good, answer(204, "")}, asked: 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &server{answers: c.answers, failure: errors.New("asked too often")}
			got, err := wrapping.Unwrap(t.Context(), s, token, minute)
			e, ok := errors.AsType[*providers.ProviderError](err)
			if !ok || e.Code != providers.WrapInvalid || e.Retryable || err.Error() != invalid || got.Body != nil {
				t.Errorf("the error is %v", err)
			}
			if len(s.asked) != c.asked {
				t.Errorf("%d requests, want %d", len(s.asked), c.asked)
			}
		})
	}
}

func TestTokenThatNoHeaderCanHoldIsNotSent(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", token + "\n", token + " ", token + "\r\nX-Vault-Namespace: x", "canäry"} {
		s := &server{}
		_, err := wrapping.Unwrap(t.Context(), s, text, secretID)
		e, ok := errors.AsType[*providers.ProviderError](err)
		if !ok || e.Code != providers.WrapInvalid || len(s.asked) != 0 {
			t.Errorf("%q: %v, %d requests", text, err, len(s.asked))
		}
	}
}

func TestUnwrapOfWhatIsGone(t *testing.T) {
	t.Parallel()
	const body = `{"data":{"data":null,"metadata":{"destroyed":true,"version":2}}}`
	s := &server{answers: []exchange.Answer{answer(200, known), answer(404, body)}}
	got, err := wrapping.Unwrap(t.Context(), s, token, secretID)
	if err != nil || got.Status != http.StatusNotFound || string(got.Body) != body {
		t.Errorf("the answer is %d, %v", got.Status, err)
	}
}

func TestUnwrapThatTheServerCantAnswerIsNotTheTokensFault(t *testing.T) {
	t.Parallel()
	broken := &providers.ProviderError{Code: providers.Unavailable, Retryable: true}
	for name, c := range map[string]struct {
		answers []exchange.Answer
		failure error
		want    error
	}{
		"sealed before the lookup":        {[]exchange.Answer{answer(503, "")}, nil, broken},
		"sealed before the unwrapping":    {[]exchange.Answer{answer(200, known), answer(503, "")}, nil, broken},
		"throttled":                       {[]exchange.Answer{answer(429, "")}, nil, &providers.ProviderError{Code: providers.Throttled, Retryable: true}},
		"no connection for the lookup":    {nil, broken, broken},
		"no connection for the unwrap":    {[]exchange.Answer{answer(200, known)}, broken, broken},
		"a context that ends":             {[]exchange.Answer{answer(200, known)}, context.Canceled, context.Canceled},
		"a context that ends at a lookup": {nil, context.DeadlineExceeded, context.DeadlineExceeded},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := wrapping.Unwrap(t.Context(), &server{answers: c.answers, failure: c.failure}, token, secretID)
			want, ok := errors.AsType[*providers.ProviderError](c.want)
			got, _ := errors.AsType[*providers.ProviderError](err)
			if ok && (got == nil || *got != *want) || !ok && !errors.Is(err, c.want) {
				t.Errorf("the error is %v and not %v", err, c.want)
			}
		})
	}
}

func TestToken(t *testing.T) {
	t.Parallel()
	const good = `{"wrap_info":{"token":"canary-91c2d4","ttl":60}}`
	if got, err := wrapping.Token([]byte(good), time.Minute); got != token || err != nil {
		t.Errorf("no token: %v", err)
	}
	for name, body := range map[string]string{
		"a plain answer":                 `{"data":{"a":"canary-91c2d4"},"wrap_info":null}`,
		"an answer of another kind":      `{"data":{"a":"canary-91c2d4"}}`,
		"what is not JSON":               "canary-91c2d4",
		"nothing":                        "",
		"no token":                       `{"wrap_info":{"ttl":60}}`,
		"an empty token":                 `{"wrap_info":{"token":"","ttl":60}}`,
		"a token with a line break":      `{"wrap_info":{"token":"canary-91c2d4\n","ttl":60}}`,
		"a token that is not ASCII":      `{"wrap_info":{"token":"canäry-91c2d4","ttl":60}}`,
		"a token that is a number":       `{"wrap_info":{"token":1,"ttl":60}}`,
		"a life that was not asked for":  `{"wrap_info":{"token":"canary-91c2d4","ttl":61}}`,
		"no life":                        `{"wrap_info":{"token":"canary-91c2d4"}}`,
		"two tokens":                     `{"wrap_info":{"token":"canary-91c2d4","token":"x","ttl":60}}`,
		"wrapping information as a text": `{"wrap_info":"{\"token\":\"canary-91c2d4\",\"ttl\":60}"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := wrapping.Token([]byte(body), time.Minute)
			e, ok := errors.AsType[*providers.ProviderError](err)
			if !ok || e.Code != providers.WrapInvalid || e.Retryable || got != "" || strings.Contains(err.Error(), "canary") {
				t.Errorf("the error is %v", err)
			}
		})
	}
}
