// Package service is the smallest service that reads a secret, for taking the
// size of programs: it calls what generated code calls, so that the linker keeps
// what it would keep of a real one. Nobody runs it.
package service

import (
	"context"
	"os"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/decode"
)

// Main reads the one secret that ref names, and ends the process: with status 1
// if it can't be read.
func Main(provider runtime.Extension, ref string) {
	if err := read(context.Background(), provider, ref); err != nil {
		os.Exit(1)
	}
}

func read(ctx context.Context, provider runtime.Extension, ref string) error {
	const accessor = "api.token"
	declarations := []runtime.Declaration{{Accessor: accessor, URI: ref}}
	cfg, err := runtime.ConfigFromEnv()
	if err != nil {
		return err
	}
	client, err := runtime.New(ctx, cfg, runtime.Declared(declarations), provider)
	if err != nil {
		return err
	}
	set := runtime.NewSet(client, declarations)
	token := runtime.Bind(set, accessor, decode.String)
	if err := set.Err(); err != nil {
		return err
	}
	if err := set.Preflight(ctx); err != nil {
		return err
	}
	loaded, err := set.Load(ctx)
	if err != nil {
		return err
	}
	_ = runtime.Take(loaded, token).Reveal()
	secret, err := token.Read(ctx)
	if err != nil {
		return err
	}
	_ = secret.Reveal()
	return set.Close(ctx)
}
