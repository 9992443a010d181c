package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/secretsgen/secretsgen/gen"
	"github.com/secretsgen/secretsgen/gen/diag"
)

func newFmt() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "fmt [--check] [paths]",
		Short: "Put references into their canonical form",
		Long: `Fmt puts every reference into its canonical form where it stands, in YAML and
in struct tags, and leaves every other byte as it is. Nothing is written if any
of the declarations is invalid. The struct of a tagged declaration is part of
its generated file: generate again after fmt.`,
		Example: `  secretsgen fmt                 every package below the current folder
  secretsgen fmt --check ./...   list the files that would change; exit 1 if there are any`,
		Args: cobra.ArbitraryArgs,
	}
	check := cmd.Flags().Bool("check", false, "write nothing; list the files that would change")
	format := addFormat(cmd)
	cmd.RunE = func(cmd *cobra.Command, paths []string) error {
		var listed bool
		err := run(cmd, paths, format, func(ctx context.Context, project *gen.Project, diags *diag.List) error {
			if diags.Invalid() {
				return nil
			}
			rewrites := project.Rewrites(diags)
			if !*check {
				return gen.WriteRewrites(ctx, rewrites, diags)
			}
			for _, rewrite := range rewrites {
				listed = true
				if _, err := fmt.Fprintln(cmd.OutOrStdout(), rewrite.Path); err != nil {
					return err
				}
			}
			return nil
		})
		if err == nil && listed {
			return &statusError{statusFindings}
		}
		return err
	}
	return cmd
}
