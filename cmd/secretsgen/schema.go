package main

import (
	"github.com/spf13/cobra"

	"github.com/secretsgen/secretsgen/gen/schema"
)

func newSchema() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of secrets.yaml, for editors",
		Long: `Schema prints the JSON Schema (2020-12) of secrets.yaml: every key with its
description, the values that it takes, and examples. An editor that knows it
completes and checks while a file is written. What only the whole of a package
shows, such as names that collide, is for "secretsgen check".`,
		Example: `  secretsgen schema > secrets.schema.json

  and as the first line of a secrets.yaml beside it, for editors that use
  yaml-language-server:
  # yaml-language-server: $schema=secrets.schema.json`,
		Annotations: exitStatus("it was printed", "", "the command line is wrong"),
		Args:        noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := cmd.OutOrStdout().Write(schema.JSON())
			return err
		},
	}
}
