package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
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
		nearest: nearest(args[0], verbs),
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
		if flag := nearest(unknown.GetSpecifiedName(), flags); flag != "" {
			e.nearest = "--" + flag
		}
	}
	return e
}

// usageError is a command line that can't be carried out.
type usageError struct {
	problem string
	nearest string // what was probably meant; may be empty
	command string // whose help has more
}

func (e *usageError) Error() string {
	if e.nearest != "" {
		return fmt.Sprintf("%s; did you mean %q?", e.problem, e.nearest)
	}
	return fmt.Sprintf("%s; see %q", e.problem, e.command+" --help")
}

// nearest returns the word that was probably meant: one that typed is the
// beginning of, or that two or fewer changes of a byte lead to. It returns ""
// if there is none.
func nearest(typed string, words []string) string {
	best, least := "", 3
	for _, word := range words {
		d := distance(typed, word)
		if typed != "" && strings.HasPrefix(word, typed) {
			d = 0
		}
		if d < least {
			best, least = word, d
		}
	}
	return best
}

// distance is the number of bytes to insert, delete or exchange to make b of a
// (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
