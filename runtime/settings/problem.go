package settings

import (
	"fmt"
	"slices"
	"strings"
)

// Problem is one setting that is missing or malformed.
type Problem struct {
	Name   string // the variable, for instance VAULT_TIMEOUT
	Detail string // what is wrong and what to do; never the value
}

// String is the problem as one line.
func (p Problem) String() string { return p.Name + ": " + p.Detail }

// Error is every problem of one pass over the settings. The runtime calls it
// ConfigError. It carries names and remedies and never a value.
type Error struct {
	Problems []Problem // sorted by name, no duplicates, never empty
}

// NewError returns an error that holds the given problems, sorted and without
// duplicates, or nil if there are none.
func NewError(problems []Problem) error {
	if len(problems) == 0 {
		return nil
	}
	sorted := slices.Clone(problems)
	slices.SortFunc(sorted, func(a, b Problem) int {
		if c := strings.Compare(a.Name, b.Name); c != 0 {
			return c
		}
		return strings.Compare(a.Detail, b.Detail)
	})
	return &Error{Problems: slices.Compact(sorted)}
}

// Error lists every problem, one a line.
func (e *Error) Error() string {
	var b strings.Builder
	if len(e.Problems) == 1 {
		return "secretsgen: configuration: " + e.Problems[0].String()
	}
	fmt.Fprintf(&b, "secretsgen: configuration: %d problems", len(e.Problems))
	for _, p := range e.Problems {
		b.WriteString("\n  ")
		b.WriteString(p.String())
	}
	return b.String()
}
