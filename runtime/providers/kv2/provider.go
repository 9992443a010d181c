package kv2

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/hashicorp/vault/api"

	"github.com/secretsgen/secretsgen/runtime/providers"
)

// Provider returns the factory of the versioned KV engine, an extension for
// runtime.New. Its Open returns a [*settings.Error] with every missing or
// malformed setting.
func Provider() providers.Factory {
	return providers.Factory{
		Package: "github.com/secretsgen/secretsgen/runtime/providers/kv2",
		Schemes: []string{"openbao+kv2", "hashicorp+kv2"},
		Open:    open,
	}
}

func open(_ context.Context, in providers.Instance) (providers.Provider, error) {
	s, err := readServer(in)
	if err != nil {
		return nil, err
	}
	if s.plain {
		in.Logger.Warn("KV server is reached over plain http off this host: tokens and values travel readable", slog.String("provider", in.Name))
	}
	if s.tls.InsecureSkipVerify {
		in.Logger.Warn("KV server's TLS certificate is not verified", slog.String("provider", in.Name))
	}
	connections := newTransport(s.tls)
	client, err := newClient(s, connections)
	if err != nil {
		return nil, err
	}
	return &provider{client: client, connections: connections, timeout: s.timeout}, nil
}

// provider reads from one server. All of its state is the library's and safe
// for concurrent use.
type provider struct {
	client      *api.Client
	connections *http.Transport
	timeout     time.Duration
}

// Close implements [providers.Closer]: it closes connections that are idle.
func (p *provider) Close(context.Context) error {
	p.connections.CloseIdleConnections()
	return nil
}
