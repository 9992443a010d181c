package kv2

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
)

// rogue is a server that no token may ever reach.
func rogue(t *testing.T, start func(http.Handler) *httptest.Server) (address string, visits *atomic.Int32) {
	t.Helper()
	visits = new(atomic.Int32)
	server := start(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		visits.Add(1)
		_, _ = w.Write([]byte(envelope(`{"a":"b"}`, `"version":1`)))
	}))
	t.Cleanup(server.Close)
	return server.URL, visits
}

func TestRedirectsAreNotFollowedWithoutAList(t *testing.T) {
	t.Parallel()
	plain, plainVisits := rogue(t, httptest.NewServer)
	secure, secureVisits := rogue(t, httptest.NewTLSServer)
	targets := map[string]func(self string) string{
		"the same host":        func(string) string { return "/v1/secret/data/other" },
		"the same host by URL": func(self string) string { return self + "/v1/secret/data/other" },
		"a subdomain":          func(string) string { return strings.Replace(plain, "127.0.0.1", "kv.localhost", 1) },
		"another host":         func(string) string { return strings.Replace(plain, "127.0.0.1", "localhost", 1) },
		"another port":         func(string) string { return plain },
		"https":                func(string) string { return secure },
		"another scheme":       func(string) string { return "file:///etc/hostname" },
		"what is no URL":       func(string) string { return "http://" + canary + "/%zz" },
	}
	for _, status := range []int{301, 302, 303, 307, 308} {
		for name, target := range targets {
			t.Run(strconv.Itoa(status)+" to "+name, func(t *testing.T) {
				t.Parallel()
				var requests atomic.Int32
				self := serve(t, func(w http.ResponseWriter, r *http.Request) {
					requests.Add(1)
					w.Header()["Location"] = []string{target("http://" + r.Host)}
					w.WriteHeader(status)
				})
				_, err := openAt(t, self).Read(t.Context(), at("app", 0))
				if got := outcome(err); got != "misconfigured" {
					t.Errorf("the outcome is %s", got)
				}
				if strings.Contains(err.Error(), canary) {
					t.Error("the error shows the Location")
				}
				if n := requests.Load(); n != 1 {
					t.Errorf("%d requests", n)
				}
			})
		}
	}
	t.Cleanup(func() {
		if plainVisits.Load()+secureVisits.Load() != 0 {
			t.Error("a redirect was followed to the rogue server")
		}
	})
}

func TestAStandbysRedirectToAListedNodeIsFollowed(t *testing.T) {
	t.Parallel()
	active := httptest.NewServer(engine{"app": {{data: `{"a":"b"}`}}})
	t.Cleanup(active.Close)
	var asked atomic.Int32
	standby := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		http.Redirect(w, r, active.URL+r.RequestURI, http.StatusTemporaryRedirect)
	})
	if _, err := openAt(t, standby, "VAULT_REDIRECT_ADDRS", "http://127.0.0.1:1,"+active.URL+"/").Read(t.Context(), at("app", 1)); err != nil {
		t.Error(err)
	}
	if _, err := openAt(t, standby).Read(t.Context(), at("app", 1)); outcome(err) != "misconfigured" {
		t.Errorf("a node that is not listed: %v", err)
	}
	if asked.Load() != 2 {
		t.Errorf("the standby was asked %d times", asked.Load())
	}
}
