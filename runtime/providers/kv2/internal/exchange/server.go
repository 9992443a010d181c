package exchange

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/hashicorp/vault/api"

	"github.com/secretsgen/secretsgen/runtime/providers"
)

// Config is how a server is reached, checked.
type Config struct {
	Address   string // base URL
	Namespace string // sent with every request; empty: none
	Timeout   time.Duration
	TLS       *tls.Config
}

// Server is one server. It is safe for concurrent use and opens no connection
// before the first request. Make it with [New] and Close it.
type Server struct {
	client      *api.Client
	connections *http.Transport
	timeout     time.Duration
}

// New makes a server, or returns a [*settings.Error].
func New(cfg Config) (*Server, error) {
	connections := newTransport(cfg.TLS)
	client, err := newClient(cfg, connections)
	if err != nil {
		return nil, err
	}
	return &Server{client: client, connections: connections, timeout: cfg.Timeout}, nil
}

// Close closes connections that are idle.
func (s *Server) Close() { s.connections.CloseIdleConnections() }

// Do sends a request and returns the complete answer, whatever its status. The
// error is ctx.Err() where ctx has ended, and a [*providers.ProviderError]
// otherwise; it holds nothing of request, answer or address.
func (s *Server) Do(ctx context.Context, req Request) (Answer, error) {
	answer, err := s.send(ctx, req)
	switch {
	case err == nil:
		return answer, nil
	case ctx.Err() != nil:
		return Answer{}, ctx.Err()
	case answer.Status != 0 && answer.Refusal() != nil: // a body that broke off adds nothing
		return Answer{Status: answer.Status}, nil
	}
	return Answer{}, failure(err)
}

// send returns, with an error, the status of an answer whose body broke off, or
// 0. The error is not fit to be shown.
func (s *Server) send(ctx context.Context, req Request) (Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	r := s.client.NewRequest(req.Method, "/v1/"+req.Path)
	r.ClientToken = req.Token
	r.BodyBytes = req.Body
	if req.Query != nil {
		r.Params = req.Query
	}
	if req.WrapTTL > 0 {
		r.WrapTTL = req.WrapTTL.String()
	}
	resp, err := s.client.RawRequestWithContext(ctx, r) //nolint:staticcheck // the typed calls can't carry a token of their own
	if resp == nil {
		return Answer{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	// The library's error, if there is one, adds nothing: it leaves the body here
	// to be read again, and one that broke off for it breaks off once more.
	body, err := readBody(resp.Body, resp.ContentLength)
	return Answer{Status: resp.StatusCode, Body: body}, err
}

// readBody reads all of r, which is capped, in one piece where the server says
// the length.
func readBody(r io.Reader, length int64) ([]byte, error) {
	var body bytes.Buffer
	body.Grow(int(min(max(length, 0), MaxBody)) + bytes.MinRead)
	_, err := body.ReadFrom(r)
	return body.Bytes(), err
}

// failure is what an exchange without a complete answer means.
func failure(err error) error {
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return &providers.ProviderError{Code: providers.Malformed}
	}
	if _, untrusted := errors.AsType[*tls.CertificateVerificationError](err); untrusted || errors.Is(err, http.ErrSchemeMismatch) {
		return &providers.ProviderError{Code: providers.Misconfigured}
	}
	return &providers.ProviderError{Code: providers.Unavailable, Retryable: true}
}
