// Package constraint holds the rules of values and the readers of their texts.
//
// The generator judges bounds and defaults with it when it builds, package
// decode judges stored values with it at run time: a default that builds is one
// that decodes. It is a leaf, and imports nothing of this project.
//
//	constraint.Min(1).Broken(0)        // "is below its minimum, 1"
//	constraint.ParseInt("0x10")        // 0, "is not an integer"
//
// Plaintext flows through here. A rule is told as the end of a sentence about
// the value, and never shows the value or its length; it may show the bound that
// was declared, which stands in the source.
//
// # Units
//
// Bounds are in the unit of their type: numbers as they are, durations as
// durations. Lengths of text count Unicode code points, those of bytes count
// bytes after any encoding was undone, those of maps count entries.
//
// Everything here is safe for concurrent use.
package constraint
