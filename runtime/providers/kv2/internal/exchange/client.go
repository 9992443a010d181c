package exchange

import (
	"cmp"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/hashicorp/vault/api"

	"github.com/secretsgen/secretsgen/runtime/settings"
)

// newTransport makes the connections to one server and to the nodes that it may
// redirect to. Without a proxy of its own none is used: one that the environment
// names is not one that the operator gave this server.
func newTransport(cfg Config) *http.Transport {
	t := &http.Transport{
		DialContext:            (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
		TLSClientConfig:        cfg.TLS,
		TLSHandshakeTimeout:    10 * time.Second,
		ForceAttemptHTTP2:      true,
		HTTP2:                  &http.HTTP2Config{SendPingTimeout: 15 * time.Second, PingTimeout: 5 * time.Second},
		DisableCompression:     true, // the cap would count compressed bytes
		MaxResponseHeaderBytes: 64 << 10,
		MaxIdleConnsPerHost:    cfg.inFlight(),
		IdleConnTimeout:        90 * time.Second,
	}
	if cfg.Proxy != nil {
		t.Proxy = http.ProxyURL(cfg.Proxy)
	}
	return t
}

// connections are an [http.Transport], or what a test has in its place.
type connections interface {
	http.RoundTripper
	CloseIdleConnections()
}

// guarded stands between the library and the network. It does not promote
// CloseIdleConnections, which the library would call after each answer of 5xx.
type guarded struct {
	connections connections
	fresh       http.RoundTripper // for requests that are Fresh
	maxBody     int64
}

// fresh is the mark of such a request in its context, as the library knows no other
// way to the network.
type fresh struct{}

// single makes connections for one request each.
func single(over connections) http.RoundTripper {
	t, ok := over.(*http.Transport)
	if !ok {
		return over
	}
	t = t.Clone()
	t.DisableKeepAlives = true
	return t
}

// setAside holds the Location of an answer. No server can send a header of this
// name, and neither net/http nor the library, which would carry the token to any
// https host, follows it.
const setAside = "Location (set aside)"

// RoundTrip caps the answer and sets its Location aside.
func (g guarded) RoundTrip(req *http.Request) (*http.Response, error) {
	over := http.RoundTripper(g.connections)
	if req.Context().Value(fresh{}) != nil {
		over = g.fresh
	}
	resp, err := over.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if location, ok := resp.Header["Location"]; ok {
		delete(resp.Header, "Location")
		resp.Header[setAside] = location
	}
	resp.Body = http.MaxBytesReader(nil, resp.Body, g.maxBody)
	return resp, nil
}

// newClient sets everything that the library would otherwise take from the
// process environment. It returns a [*settings.Error] where the library refuses
// to start because of that environment, whose values it parses before it drops
// them.
func newClient(cfg Config, over connections) (*api.Client, error) {
	client, err := api.NewClient(&api.Config{
		Address:          cfg.Address,
		HttpClient:       &http.Client{Transport: guarded{over, single(over), int64(cmp.Or(cfg.MaxBody, MaxBody))}},
		MinRetryWait:     time.Second, // not used, but zero would mean the environment's
		MaxRetryWait:     time.Second,
		DisableRedirects: true, // the library would miss the Location that guarded sets aside
	})
	if err != nil {
		return nil, settings.NewError(foreignProblems())
	}
	headers := http.Header{api.RequestHeaderName: {"true"}}
	if cfg.Namespace != "" {
		headers.Set(api.NamespaceHeaderName, cfg.Namespace)
	}
	client.SetHeaders(headers)
	client.SetWrappingLookupFunc(func(string, string) string { return "" })
	return client, nil
}

// foreignProblems names the library's own variables that are set. The library
// parses all of them, opens the files that some name, and has no effect here;
// but a malformed one keeps it from starting, and its error, which quotes
// values, does not say which. Those that are settings here too were checked
// under the prefix of this server only: it may be another's that is malformed.
func foreignProblems() []settings.Problem {
	parsed := []string{
		api.EnvVaultCACert, api.EnvVaultCACertBytes, api.EnvVaultCAPath, api.EnvVaultClientCert, api.EnvVaultClientKey,
		api.EnvVaultClientTimeout, api.EnvVaultDisableRedirects, api.EnvVaultHeaders, api.EnvHTTPProxy, api.EnvVaultMaxRetries,
		api.EnvVaultProxyAddr, api.EnvRateLimit, api.EnvVaultSkipVerify, api.EnvVaultSRVLookup,
	}
	var set []string
	for _, name := range parsed {
		if os.Getenv(name) != "" {
			set = append(set, name)
		}
	}
	return []settings.Problem{{
		Name:   strings.Join(set, ", "),
		Detail: "the Vault library can't start because one of these is malformed: mend it, or unset what secretsgen does not use",
	}}
}
