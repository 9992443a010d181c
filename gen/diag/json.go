package diag

import (
	"encoding/json"
	"io"
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
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	for _, d := range findings {
		finding := jsonFinding{jsonPlace: jsonPlaceOf(d.Pos), Code: d.Code, Message: d.Message, Hint: d.Hint}
		for _, r := range d.Related {
			finding.Related = append(finding.Related, jsonRelated{jsonPlaceOf(r.Pos), r.Message})
		}
		if err := encoder.Encode(finding); err != nil {
			return err
		}
	}
	return nil
}

func jsonPlaceOf(p Pos) jsonPlace { return jsonPlace{File: p.File, Line: p.Line, Column: p.Col} }
