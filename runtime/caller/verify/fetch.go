package verify

import (
	"context"
	"crypto/tls"
	"io"
	"mime"
	"net"
	"net/http"
	"time"

	"github.com/secretsgen/secretsgen/runtime/internal/freshness"
)

// maxKeySetBody is the size of a JWK Set, in bytes.
const maxKeySetBody = 128 << 10

// How long a set may be used before it is fetched again, whatever its
// Cache-Control says.
const (
	minAge     = time.Minute
	maxAge     = 24 * time.Hour
	defaultAge = 15 * time.Minute
)

// fetcher gets a JWK Set. Errors of net/http end in it, since they quote the URL.
type fetcher struct {
	url    string
	client *http.Client
}

func newFetcher(cfg *Config) fetcher {
	var client http.Client
	if cfg.HTTP != nil {
		client = *cfg.HTTP
	} else {
		client.Transport = newTransport(cfg.KeysTimeout)
	}
	// A redirect could lead off https, or to a server that nobody named.
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return fetcher{cfg.JWKSURL, &client}
}

// newTransport makes a transport of the verifier's own: no proxy, which the
// environment could put in between, and no decompression, which could turn a
// small answer into a large one.
func newTransport(timeout time.Duration) *http.Transport {
	return &http.Transport{
		DialContext:            (&net.Dialer{Timeout: timeout}).DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    timeout,
		ForceAttemptHTTP2:      true,
		DisableCompression:     true,
		DisableKeepAlives:      true, // one request in minutes
		MaxResponseHeaderBytes: 16 << 10,
	}
}

// fetch returns the set and how long it is fresh.
func (f fetcher) fetch(ctx context.Context) (set keySet, age time.Duration, ok bool) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, f.url, http.NoBody)
	if err != nil {
		return nil, 0, false
	}
	req.Header.Set("Accept", "application/jwk-set+json, application/json")
	req.Header.Set("User-Agent", "secretsgen")
	resp, err := f.client.Do(req)
	if err != nil {
		return nil, 0, false
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK || !isKeySetType(resp.Header.Get("Content-Type")) {
		return nil, 0, false
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxKeySetBody+1))
	if err != nil || len(body) > maxKeySetBody {
		return nil, 0, false
	}
	set, ok = parseKeySet(body)
	return set, freshness.Limits{Least: minAge, Default: defaultAge, Most: maxAge}.Of(resp.Header), ok
}

func isKeySetType(contentType string) bool {
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && (media == "application/json" || media == "application/jwk-set+json")
}
