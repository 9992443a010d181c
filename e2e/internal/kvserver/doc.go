// Package kvserver finds, starts and fills the KV servers of the end-to-end
// tests.
//
// [Shared] is the server that the environment asks for: a running OpenBao, a bao
// binary, or the Vault of e2e/vaultserver. Tests share it, each under mounts of
// its own. [Start] runs a Vault that belongs to one test, which may seal it, end
// it and start it again. Both are operated through an [Admin].
package kvserver
