// Package gotypes looks at the Go types that declarations name: that they are
// there, that generated code may import them, and how a value becomes one.
//
//	err := gotypes.Resolve(ctx, gotypes.Config{Dir: dir}, packages, &diags)
//
// It stands between the readers and gen/check. What it finds out goes to
// model.GoType.Reads; what is wrong goes to the list of findings, at the place
// of the type's name.
//
// # What it looks at
//
// A type of the declaring package is looked up in the package's syntax first,
// and a method that stands there decides: nothing is checked and no command is
// run. Where methods may be promoted, or a name is an alias, the package's types
// are checked, with as many of its imports as the type depends on. Errors in the
// package are no matter, because the code around a declaration calls what is yet
// to be generated. For the same reason secrets_gen.go is never opened.
//
// For types of other packages the go command is asked, once for each module that
// declares, in that module's folder, so that go.work, replacements, vendoring and
// build tags count. It gives export data. There is no overlay, since one would
// have every dependency checked from source. A tree whose declarations name no
// such type never starts the go command.
//
// A package that does not compile is checked from source as far as that goes,
// for it may call what this very run is to generate. A type that can be found
// there with its methods is taken; of one that can't, nothing is known.
//
// # A struct that reads itself
//
// A struct of the author's with UnmarshalText or UnmarshalJSON is a Named, not a
// Document: its own decoding is never lost to that of its fields.
//
// # Hostile input
//
// A declaration is somebody's text. Its import path reaches the go command only
// if it is a plain one: no flag, pattern, file or version. What the go command
// says is not passed on: it quotes source, and addresses of module proxies.
package gotypes
