// Package gofiles tells of the Go files of a package what the rooms of the
// generator need alike: which of them are built, under which tags, and what they
// declare.
//
// It reads files and runs nothing. What asks the go command stays in readtags and
// gotypes.
package gofiles
