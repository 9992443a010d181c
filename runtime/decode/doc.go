// Package decode turns what a provider returned into the declared Go type.
//
// Plaintext flows through here, on its way from a provider to a Secret. A
// decoder gets a document: one value, already picked by key, or all fields of a
// document that was declared as a struct. What does not fit becomes an
// [*Error], which names the secret, the field and the rule, and never the
// value, and wraps nothing, since errors of parsers quote their input (DESIGN
// sections 3 and 7).
//
// Stores differ in what they know of types: a KV store keeps numbers apart from
// text, a file and an environment variable keep bytes. Decoders accept a value
// in the store's own type or as its text. Where a store keeps bare bytes, one
// trailing newline is dropped before anything is read as text, because editors
// and "echo" put it there; raw bytes are handed out exactly as stored.
package decode
