package exchange

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const origin = "https://vault.example.com:8200"

// hosts are where a rogue server may want a token to go.
var hosts = map[string]string{
	"the same host":         origin,
	"a subdomain":           "https://node.vault.example.com:8200",
	"the domain above":      "https://example.com:8200",
	"another host":          "https://vault.example.org:8200",
	"a host of a like name": "https://vault.example.com.example.org:8200",
	"another port":          "https://vault.example.com:8201",
	"the port of https":     "https://vault.example.com",
	"http":                  "http://vault.example.com:8300",
	"http on another host":  "http://vault.example.org",
	"a host by its address": "https://127.0.0.1:8200",
}

func TestNoTokenReachesAHostThatIsNotListed(t *testing.T) {
	t.Parallel()
	for name, target := range hosts {
		for _, status := range []int{301, 302, 303, 307, 308} {
			for list, nodes := range map[string][]string{"none listed": nil, "another one listed": {"https://listed.example.com:8200"}} {
				t.Run(strconv.Itoa(status)+" to "+name+", "+list, func(t *testing.T) {
					t.Parallel()
					w := newWorld(t)
					w.redirects(origin, status, target+"$PATH")
					if got := reading(w.open(t, origin, nodes...).Do(t.Context(), read)); got != "misconfigured" {
						t.Errorf("the outcome is %s", got)
					}
					if len(w.visits) != 1 || len(w.visitsOf(origin)) != 0 {
						t.Errorf("visits: %v", w.visits)
					}
				})
			}
		}
	}
}

// reading is the outcome of an answer whose status alone decides.
func reading(answer Answer, err error) string {
	if err == nil {
		err = answer.Refusal()
	}
	return outcome(answer, err)
}

func TestARedirectToAListedNodeIsFollowedOnce(t *testing.T) {
	t.Parallel()
	req := Request{Method: http.MethodGet, Path: "secret/data/a b/ü%2e", Query: url.Values{"version": {"3"}}, Token: canary, Repeatable: true}
	const onWire = "/v1/secret/data/a%20b/%C3%BC%252e?version=3"
	for name, target := range hosts {
		for status, follows := range map[int]bool{301: true, 302: true, 303: false, 307: true, 308: true} {
			t.Run(strconv.Itoa(status)+" to "+name, func(t *testing.T) {
				t.Parallel()
				from := origin
				if strings.HasPrefix(target, "http:") {
					from = "http://vault.example.com:9000" // https is never left
				}
				w := newWorld(t)
				w.redirects(from, status, target+"$PATH")
				got := reading(w.open(t, from, "https://first.example.com:8200", target).Do(t.Context(), req))
				want, visits := "misconfigured", []visit(nil)
				if follows && target != from {
					want, visits = "200", []visit{{http.MethodGet, target + onWire, canary, "team", ""}}
				}
				if got != want {
					t.Errorf("the outcome is %s", got)
				}
				if diff := cmp.Diff(visits, w.visitsOf(from)); diff != "" {
					t.Errorf("visits elsewhere (-want +got):\n%s", diff)
				}
			})
		}
	}
}

// Of a listed node, only what a standby would send is followed.
func TestALocationThatIsNotAStandbysIsNotFollowed(t *testing.T) {
	t.Parallel()
	const node = "https://node.example.com:8200"
	for name, c := range map[string]struct {
		locations []string
		follows   bool
	}{
		"the same path":                   {[]string{node + "$PATH"}, true},
		"no scheme":                       {[]string{"//node.example.com:8200$PATH"}, false},
		"the host in upper case":          {[]string{"https://NODE.example.com:8200$PATH"}, true},
		"no host":                         {[]string{"$PATH"}, false},
		"no Location":                     {nil, false},
		"two Locations":                   {[]string{node + "$PATH", node + "$PATH"}, false},
		"another path":                    {[]string{node + "/v1/secret/data/other?version=3"}, false},
		"a path that resolves to it":      {[]string{node + "/v1/secret/../secret/data/app?version=3"}, false},
		"a path below another":            {[]string{node + "/vault$PATH"}, false},
		"another query":                   {[]string{node + "/v1/secret/data/app?version=2"}, false},
		"no query":                        {[]string{node + "/v1/secret/data/app"}, false},
		"a query more":                    {[]string{node + "$PATH&a=b"}, false},
		"a user":                          {[]string{"https://user:pw@node.example.com:8200$PATH"}, false},
		"the node as a user":              {[]string{"https://node.example.com:8200@other.example.com$PATH"}, false},
		"a fragment":                      {[]string{node + "$PATH#" + canary}, false},
		"http":                            {[]string{"http://node.example.com:8200$PATH"}, false},
		"another scheme":                  {[]string{"file://node.example.com:8200$PATH"}, false},
		"no slashes behind the scheme":    {[]string{"https:node.example.com:8200$PATH"}, false},
		"backslashes":                     {[]string{"https:\\\\node.example.com:8200$PATH"}, false},
		"what is no URL":                  {[]string{"https://" + canary + "/%zz"}, false},
		"a node that is listed elsewhere": {[]string{"https://node.example.com:8201$PATH"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.redirects(origin, http.StatusTemporaryRedirect, c.locations...)
			req := read
			req.Query = url.Values{"version": {"3"}}
			want, visits := "misconfigured", 0
			if c.follows {
				want, visits = "200", 1
			}
			if got := reading(w.open(t, origin, node).Do(t.Context(), req)); got != want || len(w.visitsOf(origin)) != visits {
				t.Errorf("the outcome is %s, visits elsewhere %v", got, w.visitsOf(origin))
			}
		})
	}
}

func TestANodeBelowAPathAndOnTheUsualPort(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.redirects(origin, http.StatusTemporaryRedirect, "https://node.example.com/vault$PATH")
	got := reading(w.open(t, origin, "https://node.example.com:443/vault").Do(t.Context(), read))
	want := []visit{{http.MethodGet, "https://node.example.com:443/vault/v1/secret/data/app", canary, "team", ""}}
	if diff := cmp.Diff(want, w.visitsOf(origin)); diff != "" || got != "200" {
		t.Errorf("%s, visits elsewhere (-want +got):\n%s", got, diff)
	}
}

// A login that a standby sends on was not begun by it; what 301 makes of a post is
// not said.
func TestARequestThatIsNotRepeatableFollowsWhatKeepsItsMethod(t *testing.T) {
	t.Parallel()
	const node = "https://node.example.com:8200"
	for status, follows := range map[int]bool{301: false, 302: false, 303: false, 307: true, 308: true} {
		w := newWorld(t)
		w.redirects(origin, status, node+"$PATH")
		req := Request{Method: http.MethodPost, Path: "auth/approle/login", Body: []byte(`{"role_id":"` + canary + `"}`)}
		got := reading(w.open(t, origin, node).Do(t.Context(), req))
		var want []visit
		if follows {
			want = []visit{{http.MethodPost, node + "/v1/auth/approle/login", "", "team", `{"role_id":"` + canary + `"}`}}
		}
		if diff := cmp.Diff(want, w.visitsOf(origin)); diff != "" || (got == "200") != follows {
			t.Errorf("%d: %s, visits elsewhere (-want +got):\n%s", status, got, diff)
		}
	}
}

func TestASecondRedirectIsNotFollowed(t *testing.T) {
	t.Parallel()
	const first, second = "https://one.example.com:8200", "https://two.example.com:8200"
	w := newWorld(t)
	w.redirects(origin, http.StatusTemporaryRedirect, first+"$PATH")
	w.redirects(first, http.StatusTemporaryRedirect, second+"$PATH")
	got := reading(w.open(t, origin, first, second).Do(t.Context(), read))
	if got != "misconfigured" || len(w.visitsOf(origin)) != 1 {
		t.Errorf("the outcome is %s, visits elsewhere %v", got, w.visitsOf(origin))
	}
}

func TestANodeOfHTTPIsNoneOfAServerOfHTTPS(t *testing.T) {
	t.Parallel()
	if _, err := New(Config{Address: origin, Redirects: []string{"http://vault.example.com:8300"}}); err == nil {
		t.Error("it is taken")
	}
}
