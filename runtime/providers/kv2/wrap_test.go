package kv2

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/providers"
)

const (
	lookup = "/v1/sys/wrapping/lookup"
	unwrap = "/v1/sys/wrapping/unwrap"
)

// readWrapped reads the latest version of app, or what at says, wrapped for a minute.
func readWrapped(ctx context.Context, p providers.Provider, at providers.Location) (providers.Document, error) {
	return p.(providers.Wrapper).ReadWrapped(ctx, at, time.Minute)
}

// transcript is a server that answers as the real one did in a folder of
// testdata/wrapped: under the status and for the request that a file is named for.
func transcript(t *testing.T, folder string) http.HandlerFunc {
	t.Helper()
	return func(w http.ResponseWriter, r *http.Request) {
		kind := "read"
		if name, ok := strings.CutPrefix(r.URL.Path, "/v1/sys/wrapping/"); ok {
			kind = name
		}
		files, err := filepath.Glob(filepath.Join("testdata/wrapped", folder, "*_"+kind+".json"))
		if err != nil || len(files) != 1 {
			t.Errorf("the real server was not asked for %s in %s", kind, folder)
			w.WriteHeader(http.StatusTeapot)
			return
		}
		body, err := os.ReadFile(files[0])
		if err != nil {
			t.Error(err)
		}
		status, err := strconv.Atoi(filepath.Base(files[0])[:3])
		if err != nil {
			t.Error(err)
		}
		w.WriteHeader(status)
		_, _ = w.Write(body)
	}
}

// Every folder of testdata/wrapped is what Vault 1.14.1 answered to a wrapped
// read and to what follows it; no folder may be without its case.
func TestWrappedAnswersOfARealServer(t *testing.T) {
	t.Parallel()
	type read struct {
		at   providers.Location
		want string
	}
	cases := map[string]read{
		"value":            {at("app", 0), "value"},
		"pinned":           {at("app", 1), "value"},
		"deleted":          {at("gone", 0), "deleted 1"},
		"destroyed":        {at("app", 2), "destroyed 2"},
		"missing":          {at("nothing", 0), "not found"},
		"missing_version":  {at("app", 9), "not found"},
		"version_1_engine": {providers.Location{Mount: "one", Path: "app"}, "misconfigured"},
		"used":             {at("app", 0), "wrap_invalid"},
		"another_path":     {at("app", 0), "wrap_invalid"},
		"longer_life":      {at("app", 0), "wrap_invalid"},
	}
	folders, err := filepath.Glob("testdata/wrapped/*")
	if err != nil || len(folders) != len(cases) {
		t.Fatalf("%d folders, %d cases: %v", len(folders), len(cases), err)
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc, err := readWrapped(t.Context(), openAt(t, serve(t, transcript(t, name))), c.at)
			if got := outcome(err); got != c.want {
				t.Errorf("the outcome is %s and not %s", got, c.want)
			}
			if err != nil && strings.Contains(err.Error(), canary) {
				t.Error("the error shows the canary")
			}
			if _, fields := doc.Fields(); fields != (err == nil) {
				t.Error("a document comes exactly if there is no error")
			}
		})
	}
}

// A pin that the wrapped answer does not keep, by the answers to another one.
func TestWrappedAnswerOfAnotherVersionIsRefused(t *testing.T) {
	t.Parallel()
	_, err := readWrapped(t.Context(), openAt(t, serve(t, transcript(t, "pinned"))), at("app", 3))
	if got := outcome(err); got != "malformed" {
		t.Errorf("the outcome is %s", got)
	}
}

func TestWrappedReadIsThreeRequests(t *testing.T) {
	t.Parallel()
	type request struct{ Method, URI, Token, Namespace, WrapTTL, Body string }
	var (
		mu  sync.Mutex
		got []request
	)
	answer := transcript(t, "pinned")
	address := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		got = append(got, request{r.Method, r.RequestURI, r.Header.Get("X-Vault-Token"), r.Header.Get("X-Vault-Namespace"), r.Header.Get("X-Vault-Wrap-TTL"), string(body)})
		mu.Unlock()
		answer(w, r)
	})
	if _, err := readWrapped(t.Context(), openAt(t, address, "VAULT_NAMESPACE", "team-a"), at("app", 1)); err != nil {
		t.Fatal(err)
	}
	want := []request{
		{http.MethodGet, "/v1/secret/data/app?version=1", canary, "team-a", "1m0s", ""},
		{http.MethodPost, lookup, canary + "-wrapping", "team-a", "", ""},
		{http.MethodPost, unwrap, canary + "-wrapping", "team-a", "", ""},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

// A plain answer to a wrapped read, and a life that no wrapping has.
func TestValueThatWouldTravelUnwrappedIsRefused(t *testing.T) {
	t.Parallel()
	address := serve(t, engine{"app": {{data: `{"a":"` + canary + `"}`}}}.ServeHTTP)
	doc, err := readWrapped(t.Context(), openAt(t, address), at("app", 0))
	if _, fields := doc.Fields(); outcome(err) != "wrap_invalid" || fields {
		t.Errorf("a plain answer: %s", outcome(err))
	}
	untouched := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("the server was asked") })
	for _, ttl := range []time.Duration{0, -time.Second} {
		_, err := openAt(t, untouched).(providers.Wrapper).ReadWrapped(t.Context(), at("app", 0), ttl)
		if got := outcome(err); got != "wrap_invalid" {
			t.Errorf("for %v: %s", ttl, got)
		}
	}
	_, err = readWrapped(t.Context(), openAt(t, untouched), at("a/../b", 0))
	if got := outcome(err); got != "misconfigured" {
		t.Errorf("a path that resolves elsewhere: %s", got)
	}
}

// A read may be asked for again before there is a token of one use.
func TestWrappedReadIsRepeatedUntilItIsWrapped(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/v1/secret/data/app", lookup} {
		var requests atomic.Int32
		answer := transcript(t, "value")
		address := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == path && requests.Add(1) == 1 {
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			answer(w, r)
		})
		if _, err := readWrapped(t.Context(), openAt(t, address), at("app", 0)); err != nil || requests.Load() != 2 {
			t.Errorf("%s: %v after %d requests", path, err, requests.Load())
		}
	}
}

// What the token says of its life is only what was answered; the server says again
// what it was made for.
func TestALifeThatIsLongerThanItWasSaidIsRefused(t *testing.T) {
	t.Parallel()
	for ttl, want := range map[string]string{"60": "value", "60.5": "wrap_invalid", "3600": "wrap_invalid"} {
		address := instead(t, "value", lookup, func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`{"data":{"creation_path":"secret/data/app","creation_ttl":` + ttl + `}}`))
		})
		if _, err := readWrapped(t.Context(), openAt(t, address), at("app", 0)); outcome(err) != want {
			t.Errorf("%s: the outcome is %s", ttl, outcome(err))
		}
	}
}

// A life below a second, or with a part of one, travels as it is.
func TestALifeNeedNotBeWholeSeconds(t *testing.T) {
	t.Parallel()
	v := &wrapper{server: engine{"app": {{data: `{"a":"b"}`}}}}
	for ttl, want := range map[time.Duration]string{500 * time.Millisecond: "500ms", 1500 * time.Millisecond: "1.5s", time.Hour: "1h0m0s"} {
		got := make(chan string, 1)
		address := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if header := r.Header.Get("X-Vault-Wrap-TTL"); header != "" {
				got <- header
			}
			v.ServeHTTP(w, r)
		})
		if _, err := openAt(t, address).(providers.Wrapper).ReadWrapped(t.Context(), at("app", 0), ttl); err != nil {
			t.Errorf("%v: %v", ttl, err)
		}
		if header := <-got; header != want {
			t.Errorf("%v is asked for as %s", ttl, header)
		}
	}
}

// instead answers one request, by its path, in place of a transcript.
func instead(t *testing.T, folder, path string, handler http.HandlerFunc) string {
	t.Helper()
	answer := transcript(t, folder)
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == path {
			handler(w, r)
			return
		}
		answer(w, r)
	})
}

func TestUnwrapIsNotRepeated(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(w http.ResponseWriter){
		"the server is sealed":          func(w http.ResponseWriter) { w.WriteHeader(http.StatusServiceUnavailable) },
		"the server is a standby":       func(w http.ResponseWriter) { w.WriteHeader(473) },
		"the server asks to come later": func(w http.ResponseWriter) { w.WriteHeader(http.StatusTooManyRequests) },
		"the connection is cut":         func(http.ResponseWriter) { panic(http.ErrAbortHandler) },
		"the answer breaks off": func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "1000")
			_, _ = w.Write([]byte(`{"data":`))
		},
		"the token is used, and a 400": refuse,
		"the server redirects to itself": func(w http.ResponseWriter) {
			w.Header().Set("Location", unwrap)
			w.WriteHeader(http.StatusTemporaryRedirect)
		},
		"the answer is no JSON": func(w http.ResponseWriter) { _, _ = w.Write([]byte("<html>")) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			arrived := make(chan string, 10)
			address := instead(t, "value", unwrap, func(w http.ResponseWriter, r *http.Request) {
				arrived <- r.RemoteAddr
				end(w)
			})
			_, err := readWrapped(t.Context(), openAt(t, address), at("app", 0))
			if err == nil || strings.Contains(err.Error(), canary) {
				t.Errorf("the error is %v", err)
			}
			if len(arrived) != 1 {
				t.Errorf("it went out %d times", len(arrived))
			}
		})
	}
}

func TestWrappedReadEndsWithItsContext(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/v1/secret/data/app", lookup, unwrap} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancelCause(t.Context())
			address := instead(t, "value", path, func(_ http.ResponseWriter, r *http.Request) {
				cancel(errors.New("a cause of the caller's own"))
				<-r.Context().Done()
			})
			_, err := readWrapped(ctx, openAt(t, address), at("app", 0))
			if !errors.Is(err, context.Canceled) || errors.Unwrap(err) != nil {
				t.Errorf("the error is %v", err)
			}
		})
	}
}

func TestWrappedReadThatTheServerCantAnswerNow(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/v1/secret/data/app", lookup, unwrap} {
		for status, want := range map[int]string{503: "unavailable, retryable", 412: "unavailable, retryable", 429: "throttled, retryable"} {
			address := instead(t, "value", path, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
			_, err := readWrapped(t.Context(), openAt(t, address), at("app", 0))
			if got := outcome(err); got != want {
				t.Errorf("%s with %d: the outcome is %s and not %s", path, status, got, want)
			}
		}
	}
	_, err := readWrapped(t.Context(), openAt(t, serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
	})), at("app", 0))
	if got := outcome(err); got != "denied" {
		t.Errorf("a read that is refused: %s", got)
	}
}
