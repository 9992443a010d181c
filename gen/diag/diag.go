// Package diag holds the diagnostics of the generator: what is wrong, where,
// under which stable code, and what to do.
//
// Readers and checks add to a [List] and go on; one place sorts, dedupes and
// formats (DESIGN section 4). A diagnostic may quote a declared name or the
// offending token of a URI, never a line of the file: a misplaced secret value
// must not reach a build log.
package diag

import (
	"cmp"
	"fmt"
	"slices"
)

// Pos is a place in a source file. Line and Col count from 1; Col is in bytes.
// A zero Line means the file as a whole.
type Pos struct {
	File string // slash-separated, relative to the working directory where possible
	Line int
	Col  int
}

// String is file:line:col, or file alone.
func (p Pos) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
}

// Compare orders by file, line and column.
func (p Pos) Compare(q Pos) int {
	return cmp.Or(cmp.Compare(p.File, q.File), cmp.Compare(p.Line, q.Line), cmp.Compare(p.Col, q.Col))
}

// Diagnostic is one finding.
type Diagnostic struct {
	Pos     Pos
	Code    Code
	Message string    // one line, lower case, no final stop
	Hint    string    // what to do; may be empty
	Related []Related // other places of the same finding, for instance the first of two equal names
}

// Related is a further place that a finding is about.
type Related struct {
	Pos     Pos
	Message string
}

// List collects diagnostics. The zero List is empty.
type List struct{ all []Diagnostic }

// Add reports a finding.
func (l *List) Add(d Diagnostic) { l.all = append(l.all, d) }

// Addf reports a finding without a hint.
func (l *List) Addf(pos Pos, code Code, format string, args ...any) {
	l.Add(Diagnostic{Pos: pos, Code: code, Message: fmt.Sprintf(format, args...)})
}

// Empty says whether nothing was found.
func (l *List) Empty() bool { return len(l.all) == 0 }

// Invalid reports whether a finding is about what was put in, as
// [Code.Invalid] says.
func (l *List) Invalid() bool {
	return slices.ContainsFunc(l.all, func(d Diagnostic) bool { return d.Code.Invalid() })
}

// Sorted returns the findings by position, code and message, without
// duplicates.
func (l *List) Sorted() []Diagnostic {
	sorted := slices.Clone(l.all)
	slices.SortStableFunc(sorted, func(a, b Diagnostic) int {
		return cmp.Or(a.Pos.Compare(b.Pos), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Message, b.Message))
	})
	return slices.CompactFunc(sorted, func(a, b Diagnostic) bool {
		return a.Pos == b.Pos && a.Code == b.Code && a.Message == b.Message
	})
}
