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
		Example: `  secretsgen check                         every package below the current folder
  secretsgen check ./config                one package
  secretsgen check --format github         annotations in a GitHub workflow
  secretsgen check --format json 2>&1 | jq -r .code
  secretsgen check --format sarif 2> secretsgen.sarif
  secretsgen check --tags integration      with the Go files that this build tag adds`,
		Annotations: exitStatus(
			"nothing is wrong",
			"a file is stale, missing or orphaned, or a reference is not in its canonical form",
			"a declaration is invalid, a file can't be read, or the command line is wrong",
		),
		Args:              cobra.ArbitraryArgs,
		ValidArgsFunction: completeFolders,
	}
	format := addFormat(cmd)
	tags := addTags(cmd)
	cmd.RunE = func(cmd *cobra.Command, paths []string) error {
		return run(cmd, gen.Source{Patterns: paths, Tags: *tags}, format, func(_ context.Context, project *gen.Project, diags *diag.List) error {
			findStale(project, diags)
			project.NotCanonical(diags)
			return nil
		})
	}
	return cmd
}
