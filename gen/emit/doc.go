// Package emit turns the declarations of a package into the Go file that holds
// its accessors.
//
// A [model.Package] that check has passed comes in, the bytes of its
// secrets_gen.go go out: the same bytes for the same model, without a path, a
// time or a version of the tool. Nothing is read or written here. The file is
// thin. It holds names, types and references, and calls the runtime for
// everything else, so that enforcement stands once, in reviewed code.
//
// Names, descriptions and references come from files that somebody else may
// have written, and this package turns them into code: the generator is a
// security boundary (DESIGN section 3). Hence three rules for changes here.
// Identifiers are those that check derived, strings are quoted, and every
// comment passes through [comment]. Code is built from jennifer's values and
// never from text. Whatever the emitter learns to write, [Verify] must be
// taught to expect, because [File] returns nothing that Verify has not allowed.
//
// The shape of the file is in testdata/golden, and was written there by hand
// before the emitter could write it.
package emit
