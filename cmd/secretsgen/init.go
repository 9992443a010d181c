package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/secretsgen/secretsgen/gen"
	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/runtime/uri"
)

func newInit() *cobra.Command {
	var start gen.Start
	cmd := &cobra.Command{
		Use:   "init [--tenant t] [--mounts a,b] [folder]",
		Short: "Write a first secrets.yaml, and the line that generates from it",
		Long: `Init writes a commented secrets.yaml, which generates as it is and is there to be
edited, and beside it generate.go with the go:generate line, unless a Go file of
the folder has such a line already. It asks nothing, makes the folder if need be,
and writes over nothing: where secrets are declared already, it does nothing. Then
it prints what it wrote and how to go on.`,
		Example: `  secretsgen init ./config                        a package of its own: the usual
  secretsgen init                                 in the package of the current folder
  secretsgen init --tenant acme ./config          for the tenant that the service works for
  secretsgen init --mounts secret,kv ./config     and with the mounts that it may read`,
		Annotations: exitStatus(
			"the files are there now",
			"",
			"something is in the way, a file can't be written, or the command line is wrong",
		),
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return noArguments(cmd, args[1:])
			}
			return nil
		},
		ValidArgsFunction: completeFolder,
	}
	flags := cmd.Flags()
	flags.StringVar(&start.Tenant, "tenant", "dev", "the `name` of the tenant")
	flags.StringSliceVar(&start.Mounts, "mounts", []string{"secret"}, "the `mounts` that the tenant may use, separated by commas")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := checkStart(start); err != nil {
			return err
		}
		start.Folder = "."
		if len(args) > 0 {
			start.Folder = args[0]
		}
		return begin(cmd, start)
	}
	return cmd
}

// checkStart judges what is to stand in the file.
func checkStart(start gen.Start) error {
	if strings.TrimSpace(start.Tenant) == "" || !utf8.ValidString(start.Tenant) ||
		strings.ContainsFunc(start.Tenant, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return fmt.Errorf("--tenant: %q is not the name of a tenant", start.Tenant)
	}
	if len(start.Mounts) == 0 {
		return errors.New("--mounts: name at least one, or nothing could be read")
	}
	for _, mount := range start.Mounts {
		u, err := uri.Parse("env://"+mount+"/NAME", uri.Scope{AnyMount: true})
		if err != nil || u.Mount() != mount {
			return fmt.Errorf("--mounts: %q is not the name of a mount: use A-Z a-z 0-9 . _ - only", mount)
		}
	}
	return nil
}

// begin writes the files, and tells.
func begin(cmd *cobra.Command, start gen.Start) error {
	ctx, stop := interruptible(cmd)
	defer stop()
	var diags diag.List
	started, err := gen.Begin(ctx, start, &diags)
	if err != nil {
		return interrupted(ctx, err)
	}
	stderr := cmd.ErrOrStderr()
	if err := write(stderr, diag.Text, terminalOf(stderr, os.Getenv), diags.Sorted()); err != nil {
		return err
	}
	if !diags.Empty() {
		return &statusError{statusInvalid}
	}
	var b strings.Builder
	for _, path := range started.Paths {
		fmt.Fprintln(&b, "wrote", path)
	}
	fmt.Fprintf(&b, `
Next:
  go get -tool github.com/secretsgen/secretsgen/cmd/secretsgen
  go generate %s && go mod tidy
`, started.Folder)
	_, err = io.WriteString(cmd.OutOrStdout(), b.String())
	return err
}
