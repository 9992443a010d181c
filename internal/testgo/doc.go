// Package testgo judges generated code in tests, as somebody would who has the
// declarations and a compiler and does not trust the generator:
//
//	err := testgo.Judge(p, testgo.Package{Accessors: file, Fake: fake})
//
// The output is Go as gofmt has it, it type-checks against the packages of this
// module, it declares what the model declares and nothing else, it imports what
// generated code may import and nothing else, and its comments mean nothing to
// any tool (DESIGN section 3, "The generator is a security boundary"). Nothing of
// package emit is used here, its Verify least of all: what both get wrong would
// be wrong unseen.
//
// Packages that declarations name and that are not there are made up, with the
// types and the function that are named. Types of the declaring package are made
// up as well where its source is not given.
package testgo
