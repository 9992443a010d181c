// Package login gets the client token that requests to a KV server carry, and
// keeps it good for as long as the provider is open.
//
// Credentials flow through, and no secret value does. It asks the server through
// package exchange and knows nothing of the engine.
package login
