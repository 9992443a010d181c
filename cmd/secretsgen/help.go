package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// exitStatusKey is the annotation that holds what a verb's exit statuses mean.
const exitStatusKey = "exit status"

// exitStatus says in a verb's help what each of its statuses means, from 0 up;
// one that the verb never has is empty.
func exitStatus(meanings ...string) map[string]string {
	var b strings.Builder
	for status, meaning := range meanings {
		if meaning != "" {
			fmt.Fprintf(&b, "  %d  %s\n", status, meaning)
		}
	}
	return map[string]string{exitStatusKey: b.String()}
}

// printHelp prints what a verb does, and then how it is called, mostly by
// examples: they are read first and copied.
func printHelp(cmd *cobra.Command, _ []string) {
	var b strings.Builder
	section := func(title, text string) {
		if text = strings.TrimRight(text, "\n"); text != "" {
			fmt.Fprintf(&b, "\n%s:\n%s\n", title, text)
		}
	}
	fmt.Fprintln(&b, cmd.Long)
	usage := "  " + cmd.UseLine()
	if cmd.HasAvailableSubCommands() {
		usage = "  " + cmd.CommandPath() + " verb [flags] [arguments]"
	}
	section("Usage", usage)
	section("Examples", cmd.Example)
	section("Verbs", verbs(cmd))
	section("Flags", cmd.LocalFlags().FlagUsages())
	section("Exit status", cmd.Annotations[exitStatusKey])
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "\n\"%s help VERB\" has the examples, flags and exit status of a verb.\n", cmd.CommandPath())
	}
	_, _ = io.WriteString(cmd.OutOrStdout(), b.String()) // who asks for help and closes the pipe has read enough
}

// verbs lists the verbs of the command, help included.
func verbs(cmd *cobra.Command) string {
	var b strings.Builder
	for _, verb := range cmd.Commands() {
		if verb.IsAvailableCommand() || verb.Name() == "help" {
			fmt.Fprintf(&b, "  %-*s  %s\n", cmd.NamePadding(), verb.Name(), verb.Short)
		}
	}
	return b.String()
}

func newHelp() *cobra.Command {
	return &cobra.Command{
		DisableFlagsInUseLine: true,

		Use:               "help [verb]",
		Short:             "Help about a verb",
		Long:              "Help shows what a verb does and how it is called, as --help behind the verb does.",
		Example:           "  secretsgen help\n  secretsgen help generate",
		Annotations:       exitStatus("it was printed", "", "there is no such verb"),
		Args:              cobra.ArbitraryArgs,
		ValidArgsFunction: completeVerb,
		RunE: func(cmd *cobra.Command, args []string) error {
			about, rest, err := cmd.Root().Find(args)
			if err == nil && len(rest) > 0 {
				err = verbsOnly(cmd.Root(), rest)
			}
			if err != nil {
				return err
			}
			about.InitDefaultHelpFlag()
			return about.Help()
		},
	}
}
