package kv2

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/secretsgen/secretsgen/runtime/observe"
	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/providers/kv2/internal/exchange"
	"github.com/secretsgen/secretsgen/runtime/providers/kv2/internal/login"
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
	if s.exchange.TLS.InsecureSkipVerify {
		in.Logger.Warn("KV server's TLS certificate is not verified", slog.String("provider", in.Name))
	}
	server, err := exchange.New(s.exchange)
	if err != nil {
		return nil, err
	}
	return &provider{server: server, session: s.session(in, server), mounts: s.mounts, begin: in.Begin}, nil
}

// provider reads from one server. Its parts are safe for concurrent use.
type provider struct {
	server  *exchange.Server
	session *login.Session
	mounts  mounts
	begin   func(context.Context, observe.Operation) (context.Context, func(error))
}

// ask sends a request under the session's token, of which there is none after Close.
// One that is refused with 403 goes out once more if there is another token by then:
// the first may have expired or been revoked.
func (p *provider) ask(ctx context.Context, req exchange.Request) (exchange.Answer, error) {
	token, err := p.session.Token(ctx)
	if err != nil {
		return exchange.Answer{}, err
	}
	req.Token = token
	answer, err := p.server.Do(ctx, req)
	if err != nil || answer.Status != http.StatusForbidden {
		return answer, err
	}
	token, ok, err := p.session.Replace(ctx, token)
	if err != nil || !ok {
		return answer, err
	}
	req.Token = token
	return p.server.Do(ctx, req)
}

// Close implements [providers.Closer].
func (p *provider) Close(ctx context.Context) error {
	err := p.session.Close(ctx)
	p.server.Close()
	return err
}
