// Command quickstart is a service in small: it opens its secrets, uses one on
// behalf of a caller and one of its own, and never prints either. The scenes
// beside it show refusals, pins, an outage and the audit trail.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/secretsgen/secretsgen/examples/quickstart/config"
	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/providers/yaml"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "quickstart:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	cfg, err := runtime.ConfigFromEnv()
	if err != nil {
		return err
	}
	trail, err := auditTo(&cfg)
	if err != nil {
		return err
	}
	defer trail.print()

	// yaml.Provider stands in for OpenBao, because dev.env says so.
	secrets, err := config.Open(ctx, cfg, yaml.Provider())
	if err != nil {
		return err
	}
	defer secrets.Close(ctx) // on the way out of an error; twice is harmless

	// A request comes in: middleware puts its verified caller into the context.
	alice := caller.NewContext(ctx, caller.Caller{Subject: "alice", Type: caller.User})
	token, err := secrets.API.Token(alice)
	if err != nil {
		return err
	}
	scene("A typed value, used and not printed")
	fmt.Printf("token prints as  %v\n", token)
	fmt.Printf("payments API:    %s\n", callPayments(alice, token.Reveal()))

	if err := scenes(ctx, alice, secrets); err != nil {
		return err
	}
	if err := secrets.Close(ctx); err != nil { // flushes the audit trail
		return err
	}
	return outageScene(ctx, cfg)
}
