package diag

import (
	"fmt"
	"io"
)

// Format is a way to write findings down.
type Format string

// The formats of DESIGN section 4.
const (
	Text   Format = "text"   // file:line:col: message [CODE], for people and editors
	JSON   Format = "json"   // one object a line, for programs
	SARIF  Format = "sarif"  // one SARIF 2.1.0 log, for code scanning
	GitHub Format = "github" // workflow commands, for annotations on GitHub
)

// Formats returns every format, in the order in which help shows them.
func Formats() []Format { return []Format{Text, JSON, SARIF, GitHub} }

// Write writes findings, which are best [List.Sorted], to w. Columns are in
// bytes for Text and JSON. SARIF and GitHub count characters, for which read
// gives the contents of a file by the name that findings have for it; a column
// that can't be converted is left out. The error is that of w, or says that the
// format is not known.
func (f Format) Write(w io.Writer, findings []Diagnostic, read func(file string) ([]byte, error)) error {
	switch f {
	case Text:
		return WriteText(w, findings, Plain)
	case JSON:
		return writeJSON(w, findings)
	case SARIF:
		return writeSARIF(w, findings, newColumns(read))
	case GitHub:
		return writeGitHub(w, findings, newColumns(read))
	}
	return fmt.Errorf("%q is not a format", string(f))
}
