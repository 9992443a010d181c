package diag

import (
	"cmp"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// WriteText writes findings as [Text] does, in a style: one line for each
// finding, and indented below it the other places and the hint. A finding about
// a file as a whole stands at its first byte, so that editors can follow every
// line. The error is that of w.
func WriteText(w io.Writer, findings []Diagnostic, style Style) error {
	var b strings.Builder
	for _, d := range findings {
		fmt.Fprintf(&b, "%s %s %s\n", style.place(place(d.Pos)+":"), printable(d.Message), style.code(d.Code))
		for _, r := range d.Related {
			fmt.Fprintf(&b, "\t%s\n", style.aside(place(r.Pos)+": "+printable(r.Message)))
		}
		if d.Hint != "" {
			fmt.Fprintf(&b, "\t%s\n", style.aside("hint: "+printable(d.Hint)))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func place(p Pos) string {
	return fmt.Sprintf("%s:%d:%d", printable(p.File), cmp.Or(p.Line, 1), cmp.Or(p.Col, 1))
}

// printable escapes what would break a line or command a terminal: names of
// files and declarations are anybody's words.
func printable(s string) string {
	var b strings.Builder
	for s != "" {
		r, size := utf8.DecodeRuneInString(s)
		char := s[:size]
		if !unicode.IsPrint(r) || r == utf8.RuneError {
			quoted := strconv.Quote(char)
			char = quoted[1 : len(quoted)-1]
		}
		b.WriteString(char)
		s = s[size:]
	}
	return b.String()
}
