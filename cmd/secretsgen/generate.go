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
		Example: `  secretsgen generate                      every package below the current folder
  secretsgen generate ./config             one package
  secretsgen generate ./config ./jobs/...  one, and all below another folder
  secretsgen generate --check              write nothing; exit 1 if a file is stale
  secretsgen generate --tags integration   with the Go files that this build tag adds

  In a Go file beside the declarations, for "go generate ./...":

  //go:generate go tool secretsgen generate .`,
		Annotations: exitStatus(
			"every file is up to date now; with --check, it was before",
			"with --check: a file is stale, missing or orphaned",
			"a declaration is invalid, a file can't be read or written, or the command line is wrong",
		),
		Args:              cobra.ArbitraryArgs,
		ValidArgsFunction: completeFolders,
	}
	check := cmd.Flags().Bool("check", false, "write nothing; tell what is stale, missing or orphaned")
	format := addFormat(cmd)
	tags := addTags(cmd)
	cmd.RunE = func(cmd *cobra.Command, paths []string) error {
		return run(cmd, gen.Source{Patterns: paths, Tags: *tags}, format, func(ctx context.Context, project *gen.Project, diags *diag.List) error {
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
