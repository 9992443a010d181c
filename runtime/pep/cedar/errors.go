package cedar

import (
	"fmt"
	"strings"
)

// Error says what is wrong with a policy file, all of it at once. It holds the
// base name of the file, positions, names of policies and annotations, and
// nothing else of the content. It matches io/fs's errors where the file could
// not be read.
type Error struct {
	File     string    // base name
	Problems []Problem // in the order of the file, never empty

	cause error
}

// Problem is one thing that is wrong.
type Problem struct {
	Line, Column int    // 1-based, the column in bytes; 0 if it is about the file as a whole
	Message      string // what is wrong and what to do
}

// Error lists every problem, one a line, each with file, line and column.
func (e *Error) Error() string {
	lines := make([]string, 0, len(e.Problems)+1)
	if len(e.Problems) > 1 {
		lines = append(lines, fmt.Sprintf("%s: %d problems", e.File, len(e.Problems)))
	}
	for _, p := range e.Problems {
		if p.Line == 0 {
			lines = append(lines, e.File+": "+p.Message)
			continue
		}
		lines = append(lines, fmt.Sprintf("%s:%d:%d: %s", e.File, p.Line, p.Column, p.Message))
	}
	return strings.Join(lines, "\n  ")
}

// Unwrap returns why the operating system could not read the file, if that is
// what happened.
func (e *Error) Unwrap() error { return e.cause }
