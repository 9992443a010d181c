package main

import (
	"context"
	"errors"
	"os"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/secretsgen/secretsgen/gen"
	"github.com/secretsgen/secretsgen/gen/diag"
)

func newExplain() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "explain [--in path]... REF...|-",
		Short: "Tell which declaration the resource_ref of an audit event belongs to",
		Long: `Explain looks for the declarations that a resource_ref stands for, with the
tenant's salt in SECRET_TENANT_SALT, and prints one JSON object a line for each:
the declarations with their accessor, reference and place, or a message. With
"-" the references are the lines of standard input, each a resource_ref or an
audit event as JSON. One that begins with "-" stands behind "--". It asks no server, and what it prints names paths: keep it
where the declarations may be read.`,
		Example: `  export SECRET_TENANT_SALT=$(cat salt)
  secretsgen explain OMdZPkN-ym3b0VCyvGIkkgHI
  secretsgen explain --in ./config --in ./jobs/... OMdZPkN-ym3b0VCyvGIkkgHI
  grep '"effect":"deny"' audit.jsonl | secretsgen explain - | jq -r '.declarations[].accessor'`,
		Annotations: exitStatus(
			"every resource_ref belongs to a declaration",
			"a resource_ref belongs to none of the declarations that were looked at",
			"a declaration or a resource_ref is invalid, or the salt or the command line is wrong",
		),
		Args: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) == 0:
				return &usageError{problem: `no resource_ref is given: name some, or "-" to read them from standard input`, command: cmd.CommandPath()}
			case len(args) > 1 && slices.Contains(args, "-"):
				return &usageError{problem: `"-" stands alone`, command: cmd.CommandPath()}
			}
			return nil
		},
	}
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok && isDashed(unknown) {
			return &usageError{problem: `a resource_ref that begins with "-" stands behind "--", as in secretsgen explain -- REF`, command: cmd.CommandPath()}
		}
		return flagError(cmd, err)
	})
	in := cmd.Flags().StringArray("in", nil, "a `path` to look for declarations at, as of generate; may be repeated")
	completeFlag(cmd, "in", completeFolders)
	format := addFormat(cmd)
	tags := addTags(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		salt, err := tenantSalt(os.Getenv, warnOn(cmd))
		if err != nil {
			return err
		}
		if salt.IsZero() {
			return errors.New("SECRET_TENANT_SALT is not set: give the salt of the tenant whose audit trail it is")
		}
		var known *explanations
		src := gen.Source{Patterns: *in, Tags: *tags}
		err = run(cmd, src, format, func(_ context.Context, project *gen.Project, diags *diag.List) error {
			if !diags.Invalid() {
				known = explain(project, salt)
			}
			return nil
		})
		if err != nil {
			return err
		}
		status, err := known.answer(args, cmd.InOrStdin(), cmd.OutOrStdout())
		if err == nil && status != statusFine {
			return &statusError{status}
		}
		return err
	}
	return cmd
}

// isDashed reports whether what was read as flags is a resource_ref that begins
// with a dash.
func isDashed(unknown *pflag.NotExistError) bool {
	short, long := unknown.GetSpecifiedShortnames(), unknown.GetSpecifiedName()
	return resourceRef.MatchString("-"+short) || resourceRef.MatchString("-h"+short) || resourceRef.MatchString("--"+long)
}
