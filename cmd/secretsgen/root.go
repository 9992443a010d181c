package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

// The exit statuses of DESIGN section 4.
const (
	statusFine     = 0
	statusFindings = 1 // stale, missing, orphaned, not canonical
	statusInvalid  = 2 // invalid input, or wrong usage
)

// statusError ends a verb that has said what is wrong.
type statusError struct{ status int }

func (e *statusError) Error() string { return fmt.Sprintf("exit status %d", e.status) }

// Main runs the command with the arguments that follow its name and returns its
// exit status. Diagnostics and errors go to stderr, and what was asked for to
// stdout.
func Main(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(append([]string{}, args...)) // nil would mean those of the process
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return statusFine
	}
	if e, ok := errors.AsType[*statusError](err); ok {
		return e.status
	}
	_, _ = fmt.Fprintln(stderr, "secretsgen:", err)
	return statusInvalid
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "secretsgen",
		Short: "Typed accessors for declared secrets",
		Long: `Secretsgen checks declarations of secrets, in secrets.yaml or in struct tags,
and generates typed accessors for them. It never reads a secret value.`,
		Example: `  secretsgen init ./config         begin: a commented secrets.yaml and the line that generates
  secretsgen generate              write secrets_gen.go wherever secrets are declared
  secretsgen check                 find everything that is wrong or stale, for CI
  secretsgen fmt                   put references into their canonical form
  secretsgen uri 'file://mount/a'  show the canonical form of a reference`,
		Annotations:       exitStatus("fine", "a file is stale, or a reference is not in its canonical form", "invalid input or usage"),
		Args:              verbsOnly,
		RunE:              func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true}, // there is one of our own
	}
	root.CompletionOptions.SetDefaultShellCompDirective(cobra.ShellCompDirectiveNoFileComp)
	root.SetHelpFunc(printHelp)
	root.SetFlagErrorFunc(flagError)
	root.SetHelpCommand(newHelp())
	root.AddCommand(newGenerate(), newCheck(), newFmt(), newURI(), newExplain(), newInit(), newSchema(), newVersion(), newCompletion())
	for _, verb := range root.Commands() {
		verb.DisableFlagsInUseLine = true // those that matter are in it
	}
	return root
}
