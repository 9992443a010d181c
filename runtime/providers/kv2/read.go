package kv2

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/providers/kv2/internal/exchange"
)

// Read implements [providers.Provider] with one request.
func (p *provider) Read(ctx context.Context, at providers.Location) (providers.Document, error) {
	answer, err := p.get(ctx, "data", at, pin(at))
	if err != nil {
		return providers.Document{}, err
	}
	return document(answer.Status, answer.Body, at.Version)
}

// ReadMetadata implements [providers.MetadataReader] by the engine's metadata
// path, which a policy may allow where it does not allow the value.
func (p *provider) ReadMetadata(ctx context.Context, at providers.Location) (providers.Metadata, error) {
	answer, err := p.get(ctx, "metadata", at, nil)
	if err != nil {
		return providers.Metadata{}, err
	}
	return history(answer.Status, answer.Body, at.Version, answer.Time())
}

// ReadKeys implements [providers.KeyReader] by the engine's subkeys path, which
// answers with the keys alone: Vault 1.10 and OpenBao have it.
func (p *provider) ReadKeys(ctx context.Context, at providers.Location) ([]string, providers.Metadata, error) {
	query := url.Values{"depth": {"1"}} // of what is nested, nothing is asked for
	if at.Version > 0 {
		query.Set("version", strconv.Itoa(at.Version))
	}
	answer, err := p.get(ctx, "subkeys", at, query)
	if err != nil {
		return nil, providers.Metadata{}, err
	}
	return subkeys(answer.Status, answer.Body, at.Version)
}

// get asks for a view of a document: the answer's body decides.
func (p *provider) get(ctx context.Context, view string, at providers.Location, query url.Values) (exchange.Answer, error) {
	path, ok := p.mounts.path(view, at)
	if !ok {
		return exchange.Answer{}, misconfigured()
	}
	answer, err := p.ask(ctx, exchange.Request{Method: http.MethodGet, Path: path, Query: query, Repeatable: true})
	if err == nil {
		err = answer.Refusal()
	}
	return answer, err
}

// pin asks for the version of a location.
func pin(at providers.Location) url.Values {
	if at.Version == 0 {
		return nil
	}
	return url.Values{"version": {strconv.Itoa(at.Version)}}
}
