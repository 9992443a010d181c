// Package yamltree reads YAML into a small tree with byte positions. It is the
// one wrapper of the YAML library in this module: secrets.yaml, the development
// store and the mounts file all come through [Parse].
//
// What goes in is hostile: it may be a megabyte of brackets, and it may hold a
// secret in the wrong place. So the bytes are looked at three times. First they
// must be text: UTF-8 without control characters, where every editor agrees on
// what a line is. Then a linear pass finds where scalars and collections start,
// holds the limits and refuses what could make a small file large (anchors,
// aliases) or mean something else than it seems to (tags, directives, further
// documents). Only then does the library build its tree, which is converted,
// and checked for merge keys, keys that come twice and, exactly, the limits.
// Each step costs time and memory linear in the input.
//
// What comes out, problems included, never quotes the input: a caller may log a
// [Problem], and a misplaced secret must not get there with it.
//
// The limits and the list of what is refused are those of DESIGN section 3.
// Everything here is free of state; goroutines may parse side by side, and may
// share a tree as long as nobody changes it.
package yamltree

// MaxBytes is the size of the largest input that [Parse] reads, in bytes. Who
// reads a file for it may stop one byte behind.
const MaxBytes = 8 << 20

const (
	// maxDepth is how many collections may stand in each other.
	maxDepth = 32
	// maxNodes is how many scalars and collections an input may have.
	maxNodes = 1_000_000
)

// Kind is the shape of a node.
type Kind uint8

// The kinds. The zero Kind is none of them.
const (
	Mapping Kind = iota + 1
	Sequence
	Scalar
)

// ScalarType is what a scalar stands for by the rules of YAML 1.2's core schema,
// as the library applies them: it also reads 0b101, 1_000 and 0777 as integers.
// A scalar that is quoted or a block is a String, and so is a timestamp.
type ScalarType uint8

// The types of scalars. The zero ScalarType is none of them.
const (
	String ScalarType = iota + 1
	Int
	Float
	Bool
	Null
)

// A Node is a scalar or a collection.
type Node struct {
	Kind Kind
	Type ScalarType // of a Scalar

	// Value is a scalar's text, unquoted. That of a Null is as written: "", "~"
	// or "null".
	Value string

	// Line and Col are the place of the node's first byte, the opening quote
	// included; both count from 1, Col in bytes. A block mapping starts at its
	// first key.
	Line, Col int

	// ValueCol is the column of the first byte of a scalar's text, behind an
	// opening quote. Exact says that the text stands there as Value has it, on one
	// line and without escapes, so that its byte i is in column ValueCol+i.
	ValueCol int
	Exact    bool

	Pairs []Pair  // of a Mapping, in the order of the input
	Items []*Node // of a Sequence
}

// A Pair is an entry of a mapping. Its key is always a Scalar.
type Pair struct {
	Key, Value *Node
}
