package emit

import "fmt"

// Error is a fault of the generator itself: a model that check should have
// refused, or output that [Verify] does not allow. No declaration that passed
// check leads to one. It quotes neither the model nor the output.
type Error struct {
	Line    int    // of the output; 0 where no line is to blame
	Problem string // lower case, no final stop
}

func (e *Error) Error() string {
	where := ""
	if e.Line > 0 {
		where = fmt.Sprintf(" (line %d of the output)", e.Line)
	}
	return "secretsgen: internal error: " + e.Problem + where + "; nothing was written, please report it"
}

func fault(line int, problem string) error { return &Error{Line: line, Problem: problem} }
