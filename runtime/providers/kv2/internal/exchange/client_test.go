package exchange

import (
	"net/http"
	"net/url"
	"testing"
)

// A proxy that the environment names is never used for loopback, where the other
// tests are: the transport is asked itself.
func TestNoProxyIsTakenFromTheEnvironment(t *testing.T) {
	t.Parallel()
	if newTransport(Config{}).Proxy != nil {
		t.Error("the transport takes a proxy from the environment")
	}
	proxy := &url.URL{Scheme: "http", Host: "proxy.test:3128"}
	for _, target := range []string{"https://vault.test", "http://127.0.0.1:8200"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, target, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := newTransport(Config{Proxy: proxy}).Proxy(req); err != nil || got != proxy {
			t.Errorf("%s goes by %v, %v", target, got, err)
		}
	}
}
