package authzen_test

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/pep/authzen"
	"github.com/secretsgen/secretsgen/runtime/settings"
)

func TestNewAcceptsABaseURL(t *testing.T) {
	t.Parallel()
	for _, base := range []string{
		"https://pdp.example", "https://pdp.example/", "https://pdp.example:8443/stores/01/", "HTTPS://pdp.example",
		"http://localhost:8080", "http://LOCALHOST", "http://127.0.0.1:1", "http://127.8.8.8", "http://[::1]:1",
	} {
		if _, err := authzen.New(authzen.Config{BaseURL: base}); err != nil {
			t.Errorf("New(%s): %v", base, err)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	const (
		base   = "https://pdp.example"
		remedy = ": write it like https://pdp.example, with a path if the PDP has one"
		plain  = "is plain http off loopback, where anybody between could forge a decision: use https"
		noURL  = "is not a URL" + remedy
		extras = "has a query or a fragment" + remedy
		path   = "has a path with escapes, dots or empty segments" + remedy
	)
	address := func(text, detail string) (authzen.Config, []settings.Problem) {
		return authzen.Config{BaseURL: text}, []settings.Problem{{Name: "SECRETS_PDP_URL", Detail: detail}}
	}
	type test struct {
		cfg  authzen.Config
		want []settings.Problem
	}
	tests := map[string]test{
		"two credentials": {authzen.Config{BaseURL: base, Token: canaryToken, TokenFile: "canary"}, []settings.Problem{
			{Name: "SECRETS_PDP_TOKEN_FILE", Detail: "is a second credential beside SECRETS_PDP_TOKEN: keep one"},
		}},
		"a token with a line break": {authzen.Config{BaseURL: base, Token: canaryToken + "\r\nX: y"}, []settings.Problem{
			{Name: "SECRETS_PDP_TOKEN", Detail: "is not a bearer token: it has characters that a header can't carry"},
		}},
		"a token file that is missing": {authzen.Config{BaseURL: base, TokenFile: "canary"}, []settings.Problem{
			{Name: "SECRETS_PDP_TOKEN_FILE", Detail: "is not a regular file that can be found: name the file that holds the token"},
		}},
		"a certificate that is not looked at": {authzen.Config{BaseURL: base, TLS: &tls.Config{InsecureSkipVerify: true}}, []settings.Problem{
			{Name: "SECRETS_PDP_URL", Detail: "would be asked without verifying its certificate: that is refused unless ENVIRONMENT is dev or test"},
		}},
		"everything at once": {authzen.Config{Token: "canary canary", Timeout: -time.Second}, []settings.Problem{
			{Name: "SECRETS_PDP_TIMEOUT", Detail: "is negative: give it a duration such as 250ms"},
			{Name: "SECRETS_PDP_TOKEN", Detail: "is not a bearer token: it has characters that a header can't carry"},
			{Name: "SECRETS_PDP_URL", Detail: "is not set: name the base URL of an AuthZEN PDP"},
		}},
	}
	for text, detail := range map[string]string{
		"http://pdp.example/canary": plain, "http://10.0.0.1": plain, "http://localhost.canary.example": plain, "http://127.0.0.1.canary.example": plain, "http://0.0.0.0": plain,
		"canary": noURL, "https://": noURL, "https:canary": noURL, "https://:443": noURL, "https://canary\x7f": noURL, "https://[canary": noURL,
		"ftp://canary.example": "is not an https URL" + remedy, "unix:///canary": noURL, "//canary.example": "is not an https URL" + remedy,
		"https://canary:canary@pdp.example": "holds a user: give the credential as SECRETS_PDP_TOKEN or SECRETS_PDP_TOKEN_FILE",
		"https://pdp.example?canary":        extras, "https://pdp.example/?": extras, "https://pdp.example/#canary": extras, "https://pdp.example/#": extras,
		"https://pdp.example/canary/../x": path, "https://pdp.example/./canary": path, "https://pdp.example/canary//x": path, "https://pdp.example/%2e%2e/canary": path, "https://pdp.example/canary%2fx": path,
	} {
		cfg, want := address(text, detail)
		tests[fmt.Sprintf("the address %q", text)] = test{cfg, want}
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := authzen.New(test.cfg)
			e, ok := errors.AsType[*settings.Error](err)
			if !ok || c != nil {
				t.Fatalf("New = %v, %v; want a *settings.Error", c, err)
			}
			if diff := cmp.Diff(test.want, e.Problems); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			wantNoCanary(t, err)
		})
	}
}

func TestPrintingShowsNoSetting(t *testing.T) {
	t.Parallel()
	cfg := authzen.Config{BaseURL: "https://canary.example", Token: canaryToken}
	c := client(t, cfg)
	for name, value := range map[string]any{"Config": cfg, "*Config": &cfg, "Client": c, "nested": struct{ C *authzen.Client }{c}} {
		var out strings.Builder
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&out, verb+" ", value)
		}
		if s, ok := value.(fmt.Stringer); ok {
			out.WriteString(s.String())
		}
		if s, ok := value.(fmt.GoStringer); ok {
			out.WriteString(s.GoString())
		}
		slog.New(slog.NewTextHandler(&out, nil)).Info("text", "value", value)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("json", "value", value)
		encoded, err := json.Marshal(value)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		out.Write(encoded)
		if text := out.String(); strings.Contains(text, "canary") || strings.Contains(text, fmt.Sprintf("%x", "canary")) {
			t.Errorf("%s shows a setting: %s", name, text)
		}
	}
}
