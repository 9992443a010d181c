// Package audit reads the audit trail of a client back from Kafka with kcat, a
// consumer on another implementation of the protocol. The brokers are those of
// kfake, in this process: they speak the protocol and check sequence numbers, and
// replicate nothing.
//
// E2E_KCAT_BIN names a kcat binary; without it the one in PATH is used. One that
// can't be had fails the tests.
package audit
