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
//
// # Present, absent, null, empty
//
// These are four different things. A decoder takes a value with content and
// refuses the others, unless one of [Default], [DefaultText], [Optional],
// [Nullable], [OptionalOrNull], [AllowEmpty] and [MapAllowEmpty] is there to take
// them. The client and [Field] offer a document or key that is not there as
// [providers.Absent]; if the decoder refuses it, the error that told of it stays.
//
// # Rules
//
// Texts of scalar types are read, and the rules of [Check] judged, by package
// constraint, as the generator does with bounds and defaults. A default is judged
// there, and not again here. Wrap from the inside out: what allows empty values
// goes around a decoder of this package, then its checks, then what takes null or
// absent ones.
//
//	decode.Optional(decode.Check(decode.AllowEmpty(decode.String), constraint.MaxLength[string](64)))
//
// # Types of the user's
//
// [Text] and [JSONInto] run code that is not ours on plaintext. Its errors and
// panics are replaced by a fixed text.
package decode
