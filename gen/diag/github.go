package diag

import (
	"fmt"
	"io"
	"strings"
)

// writeGitHub writes the workflow command "error" for each finding, with the
// hint and the other places in its text: an annotation has one place. Lines are
// broken here alone, because whatever else would break one is shown as an escape,
// as in text; a command can't be forged in a name.
func writeGitHub(w io.Writer, findings []Diagnostic, columns *columns) error {
	property := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	data := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	var b strings.Builder
	for _, d := range findings {
		fmt.Fprintf(&b, "::error file=%s", property.Replace(printable(d.Pos.File)))
		if d.Pos.Line > 0 {
			fmt.Fprintf(&b, ",line=%d", d.Pos.Line)
		}
		if column := columns.of(d.Pos); column > 0 {
			fmt.Fprintf(&b, ",col=%d", column)
		}
		fmt.Fprintf(&b, ",title=%s::%s\n", property.Replace(string(d.Code)), data.Replace(paragraph(d)))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// paragraph is everything that a finding says, on lines of its own.
func paragraph(d Diagnostic) string {
	lines := []string{d.Message}
	for _, r := range d.Related {
		lines = append(lines, fmt.Sprintf("%s: %s", r.Pos, r.Message))
	}
	if d.Hint != "" {
		lines = append(lines, "hint: "+d.Hint)
	}
	for i, line := range lines {
		lines[i] = printable(line)
	}
	return strings.Join(lines, "\n")
}
