// Package pantry reads secrets from a Pantry, which serves JSON objects by HTTP:
// pantry://mount/path#key is the member key of GET PANTRY_URL/mount/path.
//
//	PANTRY_URL      address of the server; https, or http in development
//	PANTRY_TOKEN    the token to show it
//	PANTRY_TIMEOUT  of one request, 10 s by default
package pantry

import (
	"context"
	"crypto/tls"
	"io"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/settings"
)

// maxBody bounds an answer, in bytes.
const maxBody = 1 << 20

// Provider returns the factory of the store, an extension for runtime.New.
func Provider() providers.Factory {
	return providers.Factory{
		Package: "github.com/secretsgen/secretsgen/examples/pantry",
		Schemes: []string{"pantry"},
		Open:    open,
	}
}

// open checks every setting. It opens no connection and reads no secret.
func open(_ context.Context, in providers.Instance) (providers.Provider, error) {
	r := settings.NewReader(in.Settings)
	base, err := url.Parse(r.String("PANTRY_URL", ""))
	if err != nil || base.Host == "" || base.Scheme != "https" && (base.Scheme != "http" || !in.Development) {
		r.Report("PANTRY_URL", "is not the https address of a Pantry: write it as in https://pantry.example.com")
	}
	token, ok := r.Lookup("PANTRY_TOKEN")
	if !ok {
		r.Report("PANTRY_TOKEN", "is not set: give the token that the Pantry knows this service by")
	}
	timeout := r.Duration("PANTRY_TIMEOUT", 10*time.Second, time.Millisecond, time.Minute)
	if err := r.Err(); err != nil {
		return nil, err
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}, DisableCompression: true}
	return &store{base: base, token: token, transport: transport, timeout: timeout}, nil
}

// store is safe for concurrent use.
type store struct {
	base      *url.URL
	token     string
	transport *http.Transport // follows no redirect, which would carry the token away
	timeout   time.Duration
	closed    atomic.Bool
}

// Read implements [providers.Provider].
func (s *store) Read(ctx context.Context, at providers.Location) (providers.Document, error) {
	if s.closed.Load() {
		return providers.Document{}, providers.ErrClosed
	}
	if at.Version > 0 { // a Pantry has no versions
		return providers.Document{}, &providers.SecretNotFoundError{}
	}
	status, body, err := s.get(ctx, at)
	switch {
	case ctx.Err() != nil: // the caller's, and not the timeout of get
		return providers.Document{}, ctx.Err()
	case err != nil: // it names the address: it is neither returned nor wrapped
		return providers.Document{}, &providers.ProviderError{Code: providers.Unavailable, Retryable: true}
	case status == http.StatusNotFound:
		return providers.Document{}, &providers.SecretNotFoundError{}
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return providers.Document{}, &providers.ProviderError{Code: providers.Denied}
	case status == http.StatusTooManyRequests:
		return providers.Document{}, &providers.ProviderError{Code: providers.Throttled, Retryable: true}
	case status >= http.StatusInternalServerError:
		return providers.Document{}, &providers.ProviderError{Code: providers.Unavailable, Retryable: true}
	case status != http.StatusOK, len(body) > maxBody:
		return providers.Document{}, &providers.ProviderError{Code: providers.Malformed}
	}
	fields, err := providers.ParseObject(body) // strict, and its error quotes nothing
	if err != nil {
		return providers.Document{}, err
	}
	return providers.Fields(fields, providers.Metadata{}), nil
}

// get returns a whole answer. Its error is not fit to be shown.
func (s *store) get(ctx context.Context, at providers.Location) (status int, body []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base.JoinPath(at.Mount, at.Path).String(), http.NoBody)
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Authorization", "Bearer "+s.token)
	resp, err := s.transport.RoundTrip(req)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err = io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	return resp.StatusCode, body, err
}

// Close implements [providers.Closer].
func (s *store) Close(context.Context) error {
	s.closed.Store(true)
	s.transport.CloseIdleConnections()
	return nil
}
