// Package corpus makes files of declarations that grow to a given size: what
// services write, and what somebody writes who wants the generator slow, large
// or stuck. [YAML] has the shapes of a secrets.yaml, [Tags] those of a Go file.
//
//	for _, s := range corpus.YAML() {
//		data := s.Make(32 << 10) // that many bytes, or a little below
//		...
//	}
//
// A shape repeats one thing as often as it fits, so that its name tells what
// costs too much. A new rule wants a shape here: what breaks it in as few bytes as
// can be, but more than nine for a node of YAML, or the limit on nodes hides what
// the rule costs.
package corpus

import "strings"

// MaxBytes is the size of the largest file that is read (DESIGN section 3).
const MaxBytes = 8 << 20

// A Shape is a kind of file.
type Shape struct {
	Name string

	Outcome Outcome

	// Most is the largest size that there is memory for. 0: MaxBytes.
	Most int

	parts func(size int) parts
}

// Outcome is what becomes of a file.
type Outcome uint8

// The outcomes.
const (
	Accepted Outcome = iota // nothing is wrong with it
	Refused                 // something is, and all of it is looked at
	Limited                 // a limit stops it where it is large
)

// Make returns a file of size bytes, or a little below; 1,024 are the fewest. It
// is the same each time.
func (s Shape) Make(size int) []byte { return s.parts(size).fill(size) }

// parts are what a file is made of.
type parts struct {
	head string
	unit func(i int) string // the i-th part of the body
	tail string
}

// fill puts as many units between head and tail as a size has room for.
func (p parts) fill(size int) []byte {
	var b strings.Builder
	b.Grow(size)
	b.WriteString(p.head)
	for i := 0; ; i++ {
		unit := p.unit(i)
		if b.Len()+len(unit)+len(p.tail) > size {
			break
		}
		b.WriteString(unit)
	}
	b.WriteString(p.tail)
	return []byte(b.String())
}
