// Package env reads environment variables.
//
//	client, err := runtime.New(ctx, cfg, env.Provider())
//
// env://secret/API_TOKEN is the variable API_TOKEN as it is now. The mount
// plays no part in finding it; it is what the tenant is checked against. The
// value is the variable's bytes as they are, and one that is set to nothing is
// there and empty. With a key, the value is read as a JSON object, as for any
// scalar. There are no settings and no versions.
package env

import (
	"context"
	"os"

	"github.com/secretsgen/secretsgen/runtime/providers"
)

// Provider returns the factory of the environment, an extension for runtime.New.
// Its Open never fails.
func Provider() providers.Factory {
	return providers.Factory{
		Package: "github.com/secretsgen/secretsgen/runtime/providers/env",
		Schemes: []string{"env"},
		Open: func(context.Context, providers.Instance) (providers.Provider, error) {
			return provider{lookup: os.LookupEnv}, nil
		},
	}
}

// provider reads with lookup, which any goroutine may call.
type provider struct {
	lookup func(name string) (value string, ok bool)
}

// Read implements [providers.Provider].
func (p provider) Read(ctx context.Context, at providers.Location) (providers.Document, error) {
	if err := ctx.Err(); err != nil {
		return providers.Document{}, err
	}
	value, ok := p.lookup(at.Path)
	if !ok || at.Version > 0 {
		return providers.Document{}, &providers.SecretNotFoundError{}
	}
	return providers.Scalar(providers.NewValue(providers.Binary, []byte(value)), providers.Metadata{}), nil
}
