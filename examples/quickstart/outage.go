package main

import (
	"context"
	"fmt"

	"github.com/secretsgen/secretsgen/examples/quickstart/config"
	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/pep/pdptest"
	"github.com/secretsgen/secretsgen/runtime/providers/yaml"
)

// reads is how often the outage scene tries for a grant of its own, which is
// enough for the breaker to open.
const reads = 6

// outageScene asks an AuthZEN PDP on loopback, which grants three uses, and
// then breaks it.
func outageScene(ctx context.Context, cfg runtime.Config) error {
	scene("A PDP outage: what is left of a live grant is honored, nothing else is")
	server, err := pdptest.Start(pdptest.Rule{Permit: true, Obligations: pep.Obligations{MaxUses: 3}})
	if err != nil {
		return err
	}
	defer server.Close()
	cfg.PDP = runtime.PDPConfig{URL: server.URL()}
	secrets, err := config.Open(ctx, cfg, yaml.Provider())
	if err != nil {
		return err
	}
	defer secrets.Close(ctx)

	bob := caller.NewContext(ctx, caller.Caller{Subject: "bob", Type: caller.User})
	try := func(what string) {
		if token, err := secrets.API.Token(bob); err != nil {
			fmt.Printf("%s  %v\n", what, err)
		} else {
			fmt.Printf("%s  %v, version %d\n", what, token, token.Version())
		}
	}
	try("PDP up, a grant of 3: ")
	server.Break(pdptest.ServerError)
	try("PDP down, use 2 of 3: ")
	try("PDP down, use 3 of 3: ")
	for range reads {
		try("PDP down, a new grant:")
	}
	return nil
}
