// Secretsgen checks declarations of secrets and generates typed accessors for
// them.
//
//	secretsgen init [folder]
//	secretsgen generate [--check] [paths]
//	secretsgen check [paths]
//	secretsgen fmt [--check] [paths]
//	secretsgen uri [--mounts a,b] [URI...|-]
//	secretsgen explain [--in path]... REF...|-
//	secretsgen version
//	secretsgen completion bash|zsh|fish|powershell
//
// docs/command.md is the reference. A verb is a file of this folder, and reads
// its flags, calls package gen, and reports; what is judged or written is
// decided there. No verb reads a secret value, talks to a server, or links the
// client that could (DESIGN section 4): runtime/uri is all of the runtime that
// may be imported here.
package main

import (
	"context"
	"os"
)

func main() {
	os.Exit(Main(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
