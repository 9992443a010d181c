package pantry

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/settings"
)

// What docs/write-a-provider.md shows is what is compiled and tested here.
func TestThePageShowsThisProvider(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/write-a-provider.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"pantry.go", "conformance_test.go"} {
		file, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(page, []byte("\n```go\n"+string(file)+"```\n")) {
			t.Errorf("the page does not have %s as it is", name)
		}
		if lines := bytes.Count(file, []byte("\n")); lines >= 120 {
			t.Errorf("%s has %d lines, and the page promises fewer than 120", name, lines)
		}
	}
}

func TestOpenNamesEverySettingAndConnectsToNothing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		url, token, timeout string
		want                string
	}{
		"all is set":             {"https://pantry.example.com/store", canary, "5s", ""},
		"nothing is set":         {"", "", "", "PANTRY_TOKEN PANTRY_URL"},
		"http in production":     {"http://pantry.example.com", canary, "", "PANTRY_URL"},
		"what is no address":     {canary, canary, "", "PANTRY_URL"},
		"a timeout that is none": {"https://pantry.example.com", canary, canary, "PANTRY_TIMEOUT"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Provider().Open(t.Context(), providers.Instance{Settings: settings.FromMap(map[string]string{
				"PANTRY_URL": c.url, "PANTRY_TOKEN": c.token, "PANTRY_TIMEOUT": c.timeout,
			})})
			var got []string
			if e, ok := errors.AsType[*settings.Error](err); ok {
				for _, p := range e.Problems {
					got = append(got, p.Name)
				}
			}
			if strings.Join(got, " ") != c.want || (err != nil) != (c.want != "") {
				t.Errorf("the error is %v", err)
			}
			if err != nil && strings.Contains(err.Error(), canary) {
				t.Error("the error shows a value")
			}
		})
	}
}

func TestOutcomes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status int
		body   string
		want   providers.ProviderError
	}{
		"try later":            {429, canary, providers.ProviderError{Code: providers.Throttled, Retryable: true}},
		"broken":               {502, canary, providers.ProviderError{Code: providers.Unavailable, Retryable: true}},
		"a redirect":           {307, canary, providers.ProviderError{Code: providers.Malformed}},
		"no token of theirs":   {401, canary, providers.ProviderError{Code: providers.Denied}},
		"what is not JSON":     {200, canary, providers.ProviderError{Code: providers.Malformed}},
		"a key twice":          {200, `{"a":"` + canary + `","a":"x"}`, providers.ProviderError{Code: providers.Malformed}},
		"more than the limit":  {200, `{"a":"` + strings.Repeat("x", maxBody) + `"}`, providers.ProviderError{Code: providers.Malformed}},
		"an answer cut in two": {-1, "", providers.ProviderError{Code: providers.Unavailable, Retryable: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if c.status < 0 {
					panic(http.ErrAbortHandler)
				}
				w.Header().Set("Location", "/"+canary)
				w.WriteHeader(c.status)
				_, _ = w.Write([]byte(c.body))
			}))
			t.Cleanup(server.Close)
			p, err := Provider().Open(t.Context(), providers.Instance{Development: true, Settings: settings.FromMap(map[string]string{
				"PANTRY_URL": server.URL, "PANTRY_TOKEN": canary,
			})})
			if err != nil {
				t.Fatal(err)
			}
			_, err = p.Read(t.Context(), providers.Location{Mount: "m", Path: "a"})
			got, ok := errors.AsType[*providers.ProviderError](err)
			if !ok || *got != c.want || strings.Contains(err.Error(), canary) || errors.Unwrap(err) != nil {
				t.Errorf("the error is %v", err)
			}
		})
	}
}

// allows is a PDP that permits everything.
type allows struct{}

func (allows) Decide(context.Context, pep.Request) (pep.Decision, error) {
	return pep.Decision{Permit: true}, nil
}

func TestClientReadsFromIt(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(`{"password":"` + canary + r.URL.Path + `"}`))
	}))
	t.Cleanup(server.Close)
	for name, value := range map[string]string{
		"ENVIRONMENT": "test", "TENANT_ID": "t", "TENANT_ALLOWED_MOUNTS": "secret", "SECRETS_SUBJECT": "test", "SECRETS_AUDIT": "none",
		"SECRET_TENANT_SALT": strings.Repeat("canary salt ", 4), "PANTRY_URL": server.URL + "/store", "PANTRY_TOKEN": canary,
	} {
		t.Setenv(name, value)
	}
	cfg, err := runtime.ConfigFromEnv()
	if err != nil {
		t.Fatal(err)
	}
	client, err := runtime.New(t.Context(), cfg, Provider(), pep.Extension{PDP: allows{}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := client.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	ref, err := client.Parse("pantry://secret/app/db#password")
	if err != nil {
		t.Fatal(err)
	}
	secret, err := runtime.Resolve[string](t.Context(), client, ref)
	if err != nil || secret.Reveal() != canary+"/store/secret/app/db" {
		t.Errorf("the value is %s, %v", secret, err)
	}
}
