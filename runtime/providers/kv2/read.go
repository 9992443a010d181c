package kv2

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/providers/kv2/internal/exchange"
)

// Read implements [providers.Provider] with one request.
func (p *provider) Read(ctx context.Context, at providers.Location) (providers.Document, error) {
	path, ok := dataPath(at)
	if !ok {
		return providers.Document{}, misconfigured()
	}
	answer, err := p.ask(ctx, exchange.Request{Method: http.MethodGet, Path: path, Query: pin(at), Repeatable: true})
	if err == nil {
		err = answer.Refusal()
	}
	if err != nil {
		return providers.Document{}, err
	}
	return document(answer.Status, answer.Body, at.Version)
}

// pin asks for the version of a location.
func pin(at providers.Location) url.Values {
	if at.Version == 0 {
		return nil
	}
	return url.Values{"version": {strconv.Itoa(at.Version)}}
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
