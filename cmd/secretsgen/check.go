package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/secretsgen/secretsgen/gen"
	"github.com/secretsgen/secretsgen/gen/diag"
)

func newCheck() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check [paths]",
		Short: "Find everything that is wrong or stale",
		Long: `Check finds everything that is wrong with the declarations, references that
are not in their canonical form, and generated files that are stale, missing or
orphaned. It writes nothing.`,
		Example: `  secretsgen check                          every package below the current folder
  secretsgen check --format github ./...    annotations in a GitHub workflow
  secretsgen check --format sarif 2> secretsgen.sarif`,
		Args: cobra.ArbitraryArgs,
	}
	format := addFormat(cmd)
	cmd.RunE = func(cmd *cobra.Command, paths []string) error {
		return run(cmd, paths, format, func(_ context.Context, project *gen.Project, diags *diag.List) error {
			findStale(project, diags)
			project.NotCanonical(diags)
			return nil
		})
	}
	return cmd
}
