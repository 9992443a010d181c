// Command opa is the Open Policy Agent, the second policy decision point of the
// end-to-end tests. It is a module of its own, run as a process, so that nobody
// who imports secretsgen compiles it. scripts/opa.sh builds it.
package main

import (
	"os"

	"github.com/open-policy-agent/opa/cmd"
)

func main() {
	if cmd.RootCommand.Execute() != nil {
		os.Exit(1) // it has said why
	}
}
