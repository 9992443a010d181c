package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Show the version of the command, and of the Go that built it",
		Long: `Version prints the version of the module that the command was built from,
"(devel)" where the build does not know it, and that of Go.`,
		Example:     "  secretsgen version\n  go tool secretsgen version    the one that go.mod names",
		Annotations: exitStatus("it was printed", "", "the command line is wrong"),
		Args:        noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			info, ok := debug.ReadBuildInfo()
			if !ok {
				// Only a build without modules has none.
				info = &debug.BuildInfo{GoVersion: runtime.Version()}
			}
			_, err := fmt.Fprintln(cmd.OutOrStdout(), versionLine(info))
			return err
		},
	}
}

// versionLine is what the build says of itself. One that does not know its
// module's version is one of development.
func versionLine(info *debug.BuildInfo) string {
	version := info.Main.Version
	if version == "" {
		version = "(devel)"
	}
	return fmt.Sprintf("secretsgen %s %s", version, info.GoVersion)
}
