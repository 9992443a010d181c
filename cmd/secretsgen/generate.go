package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/secretsgen/secretsgen/gen"
	"github.com/secretsgen/secretsgen/gen/diag"
)

func newGenerate() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "generate [--check] [paths]",
		Short: "Write secrets_gen.go wherever secrets are declared",
		Long: `Generate writes secrets_gen.go beside the declarations of every package that
the paths name, or below the current folder. Nothing is written if any of the
declarations is invalid, and a file that would not change is left alone.`,
		Example: `  secretsgen generate                   every package below the current folder
  secretsgen generate ./config          one package
  secretsgen generate --check ./...     write nothing; exit 1 if a file is stale
  //go:generate go tool secretsgen generate .`,
		Args: cobra.ArbitraryArgs,
	}
	check := cmd.Flags().Bool("check", false, "write nothing; tell what is stale, missing or orphaned")
	format := addFormat(cmd)
	cmd.RunE = func(cmd *cobra.Command, paths []string) error {
		return run(cmd, paths, format, func(ctx context.Context, project *gen.Project, diags *diag.List) error {
			if *check {
				findStale(project, diags)
				return nil
			}
			if diags.Invalid() {
				return nil
			}
			return gen.Write(ctx, project.Outputs(diags), diags)
		})
	}
	return cmd
}

// findStale reports every generated file that is not what it should be, unless
// the declarations don't say what that is.
func findStale(project *gen.Project, diags *diag.List) {
	if diags.Invalid() {
		return
	}
	for _, output := range project.Outputs(diags) {
		if finding, differs := output.Finding(); differs {
			diags.Add(finding)
		}
	}
}
