// Package check judges what a package declares, and completes the model with
// what follows from it: names, accessors, parsed references and keys.
//
// A [model.Package] comes in from the readers of YAML and of struct tags, and
// goes on to emit if nothing was found. [Check] knows neither form. It holds the
// rules that a single declaration can't show: that references are legal for the
// tenant, that types fit what they read, and that no two names are one in Go,
// where one of them may be generated or have a meaning to Go (DESIGN sections 2
// and 3).
//
// Emit trusts what passes. So a rule that keeps generated code compiling, or
// keeps hostile names out of it, belongs here and not in a reader; what emit
// newly generates at package level goes into identifiers.go. A test compares
// that list with emit's output.
//
// Findings name declarations. Of a reference they show what uri.Error does, and
// of nothing else any text that is not a valid name.
package check
