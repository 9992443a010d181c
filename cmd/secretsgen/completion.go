package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/secretsgen/secretsgen/gen/diag"
)

// shells are those that there is a script for.
var shells = []cobra.Completion{"bash", "zsh", "fish", "powershell"}

func newCompletion() *cobra.Command {
	return &cobra.Command{
		Use:   "completion bash|zsh|fish|powershell",
		Short: "Print a script that completes command lines in a shell",
		Long: `Completion prints the script that has a shell complete verbs, flags, formats and
folders. It writes no file. What is completed is the command "secretsgen", which
the script calls for it: it must be found in PATH under that name.`,
		Example: `  In this shell, where the package bash-completion is installed:

  source <(secretsgen completion bash)

  For every new shell, by a file that is written once:

  secretsgen completion bash > ~/.local/share/bash-completion/completions/secretsgen
  secretsgen completion zsh > "${fpath[1]}/_secretsgen"
  secretsgen completion fish > ~/.config/fish/completions/secretsgen.fish
  secretsgen completion powershell >> $PROFILE

  For zsh, ~/.zshrc must have "autoload -U compinit; compinit".`,
		Annotations: exitStatus("the script was printed", "", "the command line is wrong"),
		ValidArgs:   shells,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return &usageError{problem: "no shell is named", command: cmd.CommandPath()}
			}
			if !slices.Contains(shells, args[0]) {
				return &usageError{
					problem: fmt.Sprintf("there is no script for the shell %q, but for %s", args[0], strings.Join(shells, ", ")),
					command: cmd.CommandPath(),
				}
			}
			return noArguments(cmd, args[1:])
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			root, out := cmd.Root(), cmd.OutOrStdout()
			switch args[0] {
			case "zsh":
				return root.GenZshCompletion(out)
			case "fish":
				return root.GenFishCompletion(out, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(out)
			}
			return root.GenBashCompletionV2(out, true)
		},
	}
}

// completeFlag completes the value of a flag.
func completeFlag(cmd *cobra.Command, flag string, complete cobra.CompletionFunc) {
	_ = cmd.RegisterFlagCompletionFunc(flag, complete) // fails for a flag that is not there
}

// completeFolders completes paths.
func completeFolders(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveFilterDirs
}

// completeFolder completes one path.
func completeFolder(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return nil, cobra.ShellCompDirectiveFilterDirs
}

// completeFormat completes the value of --format.
func completeFormat(_ *cobra.Command, _ []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var formats []cobra.Completion
	for _, format := range diag.Formats() {
		if strings.HasPrefix(string(format), begun) {
			formats = append(formats, string(format))
		}
	}
	return formats, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
}

// completeVerb completes the argument of help.
func completeVerb(cmd *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var verbs []cobra.Completion
	for _, verb := range cmd.Root().Commands() {
		if len(args) == 0 && verb.IsAvailableCommand() && strings.HasPrefix(verb.Name(), begun) {
			verbs = append(verbs, cobra.CompletionWithDesc(verb.Name(), verb.Short))
		}
	}
	return verbs, cobra.ShellCompDirectiveNoFileComp
}
