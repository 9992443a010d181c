package diag

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// jsonPlace is a position. Line and column are left out for a file as a whole.
type jsonPlace struct {
	File   string `json:"file"`
	Line   int    `json:"line,omitzero"`
	Column int    `json:"column,omitzero"`
}

type jsonFinding struct {
	jsonPlace

	Code    Code          `json:"code"`
	Message string        `json:"message"`
	Hint    string        `json:"hint,omitzero"`
	Related []jsonRelated `json:"related,omitempty"`
}

type jsonRelated struct {
	jsonPlace

	Message string `json:"message"`
}

// writeJSON writes one object a line, so that a reader needs no end to begin.
func writeJSON(w io.Writer, findings []Diagnostic) error {
	for _, d := range findings {
		finding := jsonFinding{jsonPlace: jsonPlaceOf(d.Pos), Code: d.Code, Message: d.Message, Hint: d.Hint}
		for _, r := range d.Related {
			finding.Related = append(finding.Related, jsonRelated{jsonPlaceOf(r.Pos), r.Message})
		}
		if err := encodeJSON(w, "", finding); err != nil {
			return err
		}
	}
	return nil
}

// encodeJSON writes a value and a line feed. Whatever a terminal may take for a
// command is escaped, beyond what JSON itself asks for.
func encodeJSON(w io.Writer, indent string, value any) error {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", indent)
	if err := encoder.Encode(value); err != nil {
		return err
	}
	escaped := make([]byte, 0, text.Len())
	for _, r := range text.String() {
		if r == '\n' || unicode.IsPrint(r) {
			escaped = utf8.AppendRune(escaped, r)
			continue
		}
		for _, unit := range utf16.AppendRune(nil, r) {
			escaped = fmt.Appendf(escaped, `\u%04x`, unit)
		}
	}
	_, err := w.Write(escaped)
	return err
}

func jsonPlaceOf(p Pos) jsonPlace { return jsonPlace{File: p.File, Line: p.Line, Column: p.Col} }
