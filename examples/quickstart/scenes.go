package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/secretsgen/secretsgen/examples/quickstart/config"
	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/caller"
)

func scene(title string) { fmt.Printf("\n— %s\n", title) }

// scenes runs what the quickstart shows beside its main job.
func scenes(ctx, alice context.Context, secrets *config.Secrets) error {
	if err := structScene(ctx, secrets); err != nil {
		return err
	}
	deniedScene(ctx, secrets)
	return pinScene(alice, secrets)
}

// structScene reads a whole document into a struct, for the process itself.
func structScene(ctx context.Context, secrets *config.Secrets) error {
	scene("A document as a struct, read for the process itself")
	db, err := secrets.DB(ctx)
	if err != nil {
		return err
	}
	login := db.Reveal()
	fmt.Printf("the struct prints as  %v\n", login)
	fmt.Printf("a field is a value:   %s on port %d\n", login.Username, login.Port)
	return nil
}

// deniedScene reads on behalf of somebody whom no policy permits.
func deniedScene(ctx context.Context, secrets *config.Secrets) {
	scene("A denied caller, and the typed error")
	mallory := caller.NewContext(ctx, caller.Caller{Subject: "mallory", Type: caller.User})
	_, err := secrets.API.Token(mallory)
	fmt.Println(err)
	_, typed := errors.AsType[*runtime.AuthzDeniedError](err)
	fmt.Printf("is ErrDenied: %v, is *AuthzDeniedError: %v\n", errors.Is(err, runtime.ErrDenied), typed)
}

// pinScene reads the latest version and a pinned one of the same secret.
func pinScene(alice context.Context, secrets *config.Secrets) error {
	scene("A pinned version")
	latest, err := secrets.API.Token(alice)
	if err != nil {
		return err
	}
	pinned, err := secrets.API.PinnedToken(alice)
	if err != nil {
		return err
	}
	fmt.Printf("latest is version %d, pinned is version %d, same value: %v\n", latest.Version(), pinned.Version(), latest.Equal(pinned))
	return nil
}
