package kv2

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/secretsgen/secretsgen/runtime/providers"
)

// Read implements [providers.Provider] with one request.
func (p *provider) Read(ctx context.Context, at providers.Location) (providers.Document, error) {
	path, ok := dataPath(at)
	if !ok {
		return providers.Document{}, &providers.ProviderError{Code: providers.Misconfigured}
	}
	var query map[string][]string
	if at.Version > 0 {
		query = map[string][]string{"version": {strconv.Itoa(at.Version)}}
	}
	status, body, err := p.get(ctx, path, query)
	if err != nil && ctx.Err() != nil {
		return providers.Document{}, ctx.Err()
	}
	if refusal := refused(status); refusal != nil {
		return providers.Document{}, refusal
	}
	if err != nil {
		return providers.Document{}, failure(err)
	}
	return document(status, body, at.Version)
}

// dataPath is where the engine keeps a document. It refuses what the library or
// the server would resolve into another path; all else is escaped on the wire.
func dataPath(at providers.Location) (string, bool) {
	for _, part := range []string{at.Mount, at.Path} {
		for segment := range strings.SplitSeq(part, "/") {
			if segment == "" || segment == "." || segment == ".." {
				return "", false
			}
		}
	}
	return at.Mount + "/data/" + at.Path, true
}

// get returns the status and body of an answer. With an error the status is that
// of an answer whose body broke off, or 0. The error is not fit to be shown.
func (p *provider) get(ctx context.Context, path string, query map[string][]string) (status int, body []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	resp, err := p.client.Logical().ReadRawWithDataWithContext(ctx, path, query)
	if resp == nil {
		return 0, nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	// The library's error, if there is one, adds nothing: it leaves the body here
	// to be read again, and one that broke off for it breaks off once more.
	body, err = readBody(resp.Body, resp.ContentLength)
	return resp.StatusCode, body, err
}

// readBody reads all of r, which is capped, in one piece where the server says
// the length.
func readBody(r io.Reader, length int64) ([]byte, error) {
	var body bytes.Buffer
	body.Grow(int(min(max(length, 0), maxBody)) + bytes.MinRead)
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
