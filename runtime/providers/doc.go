// Package providers is the room of the stores: what a store is to the client,
// and what comes back from one.
//
// Plaintext enters the program here. A [Provider] reads the document at a
// [Location], a mount, a path and perhaps a version, and returns a [Document]:
// one scalar, or fields, each a [Value] of bytes and their [Kind], so that a
// binary file arrives as it was stored and a number keeps its digits. The client
// asks only after the enforcement point granted the read, picks the key with
// [Document.Pick] after that, and turns the value into a Secret. Values and
// documents redact themselves when printed; [Value.Bytes] is the only way out.
//
// The packages below are the stores of the project: kv2 for OpenBao and Vault,
// file, env, and yaml for development. Each exports one function, Provider,
// whose [Factory] is passed to runtime.New. A store of a third party does the
// same:
//
//	func Provider() providers.Factory {
//		return providers.Factory{
//			Package: "example.com/awssm",
//			Schemes: []string{"aws+sm"},
//			Open: func(ctx context.Context, in providers.Instance) (providers.Provider, error) {
//				// Check in.Settings, open no connection, read no secret.
//			},
//		}
//	}
//
// and passes the suite of package providertest. The page docs/write-a-provider.md
// leads through a complete one, which is package examples/pantry. What only some
// stores can do are interfaces of their own, found by type assertion:
// [MetadataReader] and [KeyReader] read about a document without its value,
// [Wrapper] has it travel wrapped, [Closer] gives something back.
//
// # Failure
//
// A read that fails returns one of the errors of this package and a zero
// document: [*SecretNotFoundError], [*SecretVersionDeletedError],
// [*SecretVersionDestroyedError], or a [*ProviderError] with a [Code] and
// whether trying again can help. Errors of libraries, of the network and of the
// file system are never wrapped and never quoted, since they carry addresses,
// paths and bodies. When the caller's context ends, its error is returned, and after
// Close [ErrClosed].
//
// # Bytes
//
// Providers change nothing: a trailing newline in a file, say, is part of the
// value. What a type makes of it is the decoder's to say (runtime/decode).
//
// # Concurrency
//
// A provider serves many goroutines at once. Values and documents are immutable;
// whoever is given bytes or a map of one must not change them.
package providers
