// Package rewrite puts references into canonical form where they stand, in YAML
// and in struct tags alike (DESIGN section 4, the verb fmt).
//
// The readers know the place of each reference: model.Reference has its text and
// its first byte. [References] sorts those of a package by file, and [Apply]
// exchanges the bytes of the references and no others, so comments, order,
// quoting and line ends stay as their author left them:
//
//	for file, refs := range rewrite.References(p) {
//		formatted := rewrite.Apply(file, src[file], refs, scope, diags)
//	}
//
// Applying it to its own output changes nothing.
//
// This room neither reads nor writes files, and does not parse YAML or Go. What
// it can't see to be safe from the bytes alone it leaves to the author, with a
// diagnostic. Keep it that way: a formatter that guesses corrupts.
package rewrite
