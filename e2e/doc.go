// Package e2e runs the declarations of examples/quickstart against a real
// Vault-compatible server over the network of this machine. The packages below it
// do the same for one room each: kv for the kv2 provider, pdp for policy decision
// points, audit for the trail's way over Kafka, formats for what the command writes.
//
// The server is a Vault core that the tests start, one a test binary, from the
// program of e2e/vaultserver; E2E_VAULTSERVER_BIN names a binary built before.
// To run against a real OpenBao instead, set E2E_OPENBAO_BIN to a bao binary,
// which is started with "server -dev", or E2E_OPENBAO_ADDR and
// E2E_OPENBAO_TOKEN to a server whose token may mount engines.
//
// A server that can't be had fails the tests; nothing here is ever skipped.
package e2e
