// Package pdp runs the whole client, from runtime.New to a value, against policy
// decision points that nobody here wrote: a Cerbos server and the Open Policy
// Agent, over the network of this machine, with the policies of docs/pdp.md.
//
// The tests start both; E2E_CERBOS_BIN and E2E_OPA_BIN name the programs, which
// scripts/cerbos.sh and scripts/opa.sh bring. A program that is missing fails the
// tests; nothing here is ever skipped.
package pdp
