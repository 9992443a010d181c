package exchange

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"path"

	"github.com/secretsgen/secretsgen/runtime/providers"
)

// send is one HTTP request to the server at base, and its answer. Errors of the
// library and of the network end here: they hold URLs, headers and bodies.
func (s *Server) send(ctx context.Context, base *url.URL, req Request) (Answer, error) {
	answer, err := s.transfer(ctx, base, req)
	if err != nil && (answer.Status == 0 || answer.Refusal() == nil) {
		return Answer{Unsent: unsent(err)}, failure(err)
	}
	return answer, nil // a body that broke off adds nothing to a status that decides
}

// transfer returns, with an error, the status of an answer whose body broke off,
// or 0. The error is not fit to be shown.
func (s *Server) transfer(ctx context.Context, base *url.URL, req Request) (Answer, error) {
	r := s.client.NewRequest(req.Method, "/v1/"+req.Path)
	if base != s.base {
		r.URL, r.Host = below(base, req), base.Host
	}
	r.ClientToken = req.Token
	r.BodyBytes = req.Body
	if req.Query != nil {
		r.Params = req.Query
	}
	if req.WrapTTL > 0 {
		r.WrapTTL = req.WrapTTL.String()
	}
	if req.Fresh {
		ctx = context.WithValue(ctx, fresh{}, true)
	}
	resp, err := s.client.RawRequestWithContext(ctx, r) //nolint:staticcheck // the typed calls can't carry a token of their own
	if resp == nil {
		return Answer{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	// The library's error, if there is one, adds nothing: it leaves the body here
	// to be read again, and one that broke off for it breaks off once more.
	body, err := readBody(resp.Body, resp.ContentLength)
	if err != nil {
		body = nil
	}
	return Answer{
		Status:     resp.StatusCode,
		Body:       body,
		date:       resp.Header.Get("Date"),
		location:   first(resp.Header[setAside]),
		retryAfter: resp.Header.Get("Retry-After"),
	}, err
}

// below is where a request goes on the server at base.
func below(base *url.URL, req Request) *url.URL {
	return &url.URL{Scheme: base.Scheme, Host: base.Host, Path: path.Join("/", base.Path, "v1", req.Path), RawQuery: req.Query.Encode()}
}

func first(values []string) string {
	if len(values) != 1 {
		return ""
	}
	return values[0]
}

// believed is the most that a Content-Length is taken at its word for, in bytes.
const believed = 64 << 10

// readBody reads all of r, which is capped and ends where the server says. A body
// of usual size comes in one piece; for a larger one nothing is set aside before
// it is there.
func readBody(r io.Reader, length int64) ([]byte, error) {
	if 0 <= length && length <= believed {
		body := make([]byte, length)
		_, err := io.ReadFull(r, body)
		return body, err
	}
	var body bytes.Buffer
	_, err := body.ReadFrom(r)
	return body.Bytes(), err
}

// unsent reports whether there was no connection to send anything by.
func unsent(err error) bool {
	e, ok := errors.AsType[*net.OpError](err)
	return ok && e.Op == "dial"
}

// failure is what an exchange without a complete answer means.
func failure(err error) error {
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return &providers.ProviderError{Code: providers.Malformed}
	}
	if _, untrusted := errors.AsType[*tls.CertificateVerificationError](err); untrusted || errors.Is(err, http.ErrSchemeMismatch) {
		return &providers.ProviderError{Code: providers.Misconfigured}
	}
	return unavailable()
}
