package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/secretsgen/secretsgen/gen/nearest"
)

// verbsOnly refuses what stands where a verb belongs.
func verbsOnly(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var verbs []string
	for _, verb := range root.Commands() {
		verbs = append(verbs, verb.Name())
	}
	return &usageError{
		problem: fmt.Sprintf("unknown verb %q", args[0]),
		meant:   nearest.Word(args[0], verbs),
		command: root.CommandPath(),
	}
}

// noArguments refuses every argument.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return &usageError{problem: fmt.Sprintf("unexpected argument %q", args[0]), command: cmd.CommandPath()}
}

// flagError says what is wrong with a flag. Before a verb there are none, so
// there a wrong verb is the likelier mistake.
func flagError(cmd *cobra.Command, err error) error {
	if args := cmd.Flags().Args(); !cmd.HasParent() && len(args) > 0 {
		return verbsOnly(cmd, args)
	}
	e := &usageError{problem: err.Error(), command: cmd.CommandPath()}
	if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok {
		var flags []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { flags = append(flags, f.Name) })
		if flag := nearest.Word(unknown.GetSpecifiedName(), flags); flag != "" {
			e.meant = "--" + flag
		}
	}
	if invalid, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		if value, ok := invalid.GetFlag().Value.(interface{ known() []string }); ok {
			e.meant = nearest.Word(invalid.GetValue(), value.known())
		}
	}
	return e
}

// usageError is a command line that can't be carried out.
type usageError struct {
	problem string
	meant   string // the nearest known word; may be empty
	command string // whose help has more
}

func (e *usageError) Error() string {
	if e.meant != "" {
		return fmt.Sprintf("%s; did you mean %q?", e.problem, e.meant)
	}
	return fmt.Sprintf("%s; see %q", e.problem, e.command+" --help")
}
