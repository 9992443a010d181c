// Package kv runs the kv2 provider, alone and below a whole client, against a
// real server: what each state of a secret comes back as, every way to log in,
// and what happens when the server is sealed, full, started again, slow, cut off
// or lied about. Everything about the engine runs under both schemes.
//
// The server is the one of package e2e, and package kvserver tells how it is
// found. Tests that stop, seal or certify a server start a Vault of their own,
// whatever the shared one is.
package kv
