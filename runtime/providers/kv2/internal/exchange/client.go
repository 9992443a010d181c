package exchange

import (
	"crypto/tls"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/hashicorp/vault/api"

	"github.com/secretsgen/secretsgen/runtime/settings"
)

// MaxBody bounds an answer, in bytes.
const MaxBody = 1 << 20

// newTransport makes the connections to one server. Proxy stays nil: a proxy
// that the environment names is not one that the operator gave this server.
func newTransport(config *tls.Config) *http.Transport {
	return &http.Transport{
		DialContext:            (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
		TLSClientConfig:        config,
		TLSHandshakeTimeout:    10 * time.Second,
		ForceAttemptHTTP2:      true,
		DisableCompression:     true, // the cap would count compressed bytes
		MaxResponseHeaderBytes: 64 << 10,
		MaxIdleConnsPerHost:    64,
		IdleConnTimeout:        90 * time.Second,
	}
}

// guarded stands between the library and the network.
type guarded struct{ connections *http.Transport }

// RoundTrip caps the answer and drops its Location. A redirect without one is
// followed by neither net/http nor the library, which would carry the token to
// any https host.
func (g guarded) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := g.connections.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	resp.Header.Del("Location")
	resp.Body = http.MaxBytesReader(nil, resp.Body, MaxBody)
	return resp, nil
}

// newClient sets everything that the library would otherwise take from the
// process environment. It returns a [*settings.Error] where the library refuses
// to start because of that environment, whose values it parses before it drops
// them.
func newClient(s Config, connections *http.Transport) (*api.Client, error) {
	client, err := api.NewClient(&api.Config{
		Address:          s.Address,
		HttpClient:       &http.Client{Transport: guarded{connections}},
		MinRetryWait:     time.Second, // not used, but zero would mean the environment's
		MaxRetryWait:     time.Second,
		DisableRedirects: true, // the library would miss the Location that guarded drops
	})
	if err != nil {
		return nil, settings.NewError(foreignProblems())
	}
	headers := http.Header{api.RequestHeaderName: {"true"}}
	if s.Namespace != "" {
		headers.Set(api.NamespaceHeaderName, s.Namespace)
	}
	client.SetHeaders(headers)
	client.SetWrappingLookupFunc(func(string, string) string { return "" })
	return client, nil
}

// foreignProblems names the library's own variables that are set. None of them
// has an effect here, but a malformed one keeps the library from starting, and
// its error, which quotes values, does not say which.
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
		Detail: "the Vault library can't start because one of these is malformed: unset what secretsgen does not use",
	}}
}
