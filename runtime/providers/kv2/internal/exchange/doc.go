// Package exchange is one question to one KV server and its complete answer.
//
// Tokens and plaintext flow through. Everything that is true of every request,
// whatever it asks for, is here and nowhere else: connections, TLS, proxy,
// redirects, caps, deadlines, repetitions, the breaker and the bound on requests
// in flight. What an answer means is for the packages that ask: kv2 for reads
// and wrapping, login for logins.
//
// Requests go through hashicorp/vault/api, whose own reading of the environment
// decides nothing here.
package exchange
