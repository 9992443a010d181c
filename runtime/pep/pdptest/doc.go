// Package pdptest is a PDP for tests and demonstrations.
//
// [Start] serves the OpenID AuthZEN Authorization API 1.0 on a loopback port,
// by a table of rules, and can be broken and repaired; it stands where a real
// PDP would:
//
//	server, err := pdptest.Start(pdptest.Rule{Subject: "payments", Resource: "openbao+kv2://secret/myapp/*", Permit: true})
//	defer server.Close()
//	// SECRETS_PDP_URL is server.URL()
//
// [Static] and [Func] are PDPs in memory, for unit tests that need no wire.
//
// The server passes the rules of the Basic Core, Batch Core and Discovery levels
// of the AuthZEN certification scenario. It is a fixture: it asks for no credential and
// must not decide over real secrets. It records what it was asked, without the
// token's id and without any header.
package pdptest
