package model

import (
	"errors"

	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/runtime/uri"
)

// Reference is a URI as written.
type Reference struct {
	Text string
	Pos  diag.Pos // of the first byte of Text
	// Exact says that byte i of Text stands at column Pos.Col+i, so that a
	// fault can be pointed at (no escapes, one line).
	Exact bool
}

// At is the place of a byte of the text, or of the reference as a whole where
// the text is escaped.
func (r Reference) At(offset int) diag.Pos {
	pos := r.Pos
	if r.Exact {
		pos.Col += offset
	}
	return pos
}

// Report adds what the parser of references found wrong with r under scope, a
// finding for each of its codes. An error that is no [uri.Error] adds nothing.
func (r Reference) Report(err error, scope uri.Scope, diags *diag.List) {
	refused, _ := errors.AsType[*uri.Error](err)
	if refused == nil {
		return
	}
	for _, f := range refused.Faults {
		d := diag.Diagnostic{Pos: r.At(f.Offset), Code: diag.Code(f.Code), Message: f.Reason}
		if f.Code == uri.UnsupportedEngine {
			if meant := meantScheme(f.Token, scope.Schemes); meant != "" {
				d.Hint = "did you mean " + meant + "?"
			}
		}
		diags.Add(d)
	}
}
