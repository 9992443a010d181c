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
		Example: `  secretsgen fmt                           every package below the current folder
  secretsgen fmt ./config                  one package
  secretsgen fmt --check                   list the files that would change; exit 1 if there are any
  secretsgen fmt && secretsgen generate    what to run before a commit`,
		Annotations: exitStatus(
			"every reference is in its canonical form now; with --check, it was before",
			"with --check: a file would change; or a reference can't be rewritten as it is quoted",
			"a declaration is invalid, a file can't be read or written, or the command line is wrong",
		),
		Args:              cobra.ArbitraryArgs,
		ValidArgsFunction: completeFolders,
	}
	check := cmd.Flags().Bool("check", false, "write nothing; list the files that would change")
	format := addFormat(cmd)
	tags := addTags(cmd)
	cmd.RunE = func(cmd *cobra.Command, paths []string) error {
		var listed []string
		err := run(cmd, gen.Source{Patterns: paths, Tags: *tags}, format, func(ctx context.Context, project *gen.Project, diags *diag.List) error {
			if diags.Invalid() {
				return nil
			}
			rewrites := project.Rewrites(diags)
			if !*check {
				return gen.WriteRewrites(ctx, rewrites, diags)
			}
			for _, rewrite := range rewrites {
				listed = append(listed, rewrite.Path)
			}
			return nil
		})
		for _, path := range listed {
			if _, err := fmt.Fprintln(cmd.OutOrStdout(), path); err != nil {
				return err
			}
		}
		if err == nil && len(listed) > 0 {
			return &statusError{statusFindings}
		}
		return err
	}
	return cmd
}
