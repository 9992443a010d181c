package authzen

import (
	"math/rand/v2"
	"net"
	"net/http"
	"time"
)

// New makes a client of the PDP that cfg names. It opens no connection and
// reads no token; it reads the certificates. The error is a [*settings.Error]
// with everything that is wrong, by the name of the environment variable.
func New(cfg Config) (*Client, error) {
	cfg, base, err := cfg.checked()
	if err != nil {
		return nil, err
	}
	return &Client{
		discovery:  newDiscovery(cfg, base),
		dialect:    cfg.Dialect,
		transport:  newTransport(cfg),
		credential: newCredential(cfg.Token, cfg.TokenFile),
		timeout:    cfg.Timeout,
		maxBody:    cfg.MaxBody,
		created:    time.Now(),
		jitter:     rand.Float64,
	}, nil
}

// newTransport makes a transport of the client's own: no proxy, which the
// environment could put in between, and no decompression, which could turn a
// small answer into a large one. It is used without an http.Client, so nothing
// here could follow a redirect or keep a cookie.
func newTransport(cfg Config) *http.Transport {
	return &http.Transport{
		DialContext:            (&net.Dialer{Timeout: cfg.Timeout}).DialContext,
		TLSClientConfig:        clientTLS(cfg.TLS),
		TLSHandshakeTimeout:    cfg.Timeout,
		ForceAttemptHTTP2:      true,
		DisableCompression:     true,
		MaxIdleConnsPerHost:    64,
		IdleConnTimeout:        90 * time.Second,
		MaxResponseHeaderBytes: 16 << 10,
	}
}

// Close ends the search for metadata and closes the idle connections. Questions
// can still be asked, at the endpoints that are known.
func (c *Client) Close() {
	c.discovery.close()
	if transport, ok := c.transport.(*http.Transport); ok {
		transport.CloseIdleConnections()
	}
}
