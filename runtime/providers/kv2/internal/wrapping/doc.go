// Package wrapping opens what a KV server has wrapped: an answer that it keeps
// for whoever has a token of one use.
//
// Wrapping tokens and plaintext flow through. Before the one use the server is
// asked what the token stands for, since a token that somebody put in the place
// of another opens just as well: nothing is unwrapped that comes from another path
// than was asked, or may lie around for longer.
//
// The token is sent as the client token and never in a body: a server that gets
// it twice takes that for two uses and gives nothing back. The unwrapping goes
// out once. Its caller's context cuts it short like any other request.
package wrapping
