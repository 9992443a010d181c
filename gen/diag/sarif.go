package diag

import (
	"encoding/json"
	"io"
	"net/url"
	"path"
	"slices"
)

// The parts of SARIF 2.1.0 that findings need (OASIS sarif-v2.1.0-os, sections
// 3.13 to 3.30).
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool       sarifTool     `json:"tool"`
		ColumnKind string        `json:"columnKind"`
		Results    []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name           string      `json:"name"`
		InformationURI string      `json:"informationUri"`
		Rules          []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID Code `json:"id"`
	}
	sarifResult struct {
		RuleID           Code            `json:"ruleId"`
		Level            string          `json:"level"`
		Message          sarifMessage    `json:"message"`
		Locations        []sarifLocation `json:"locations"`
		RelatedLocations []sarifLocation `json:"relatedLocations,omitempty"`
	}
	sarifMessage struct {
		Text string `json:"text"`
	}
	sarifLocation struct {
		ID               int           `json:"id,omitzero"`
		PhysicalLocation sarifPhysical `json:"physicalLocation"`
		Message          *sarifMessage `json:"message,omitempty"`
	}
	sarifPhysical struct {
		ArtifactLocation sarifArtifact `json:"artifactLocation"`
		Region           *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn,omitzero"`
	}
)

// writeSARIF writes a log, also one without results: a scan that found nothing
// closes what an earlier one found.
func writeSARIF(w io.Writer, findings []Diagnostic, columns *columns) error {
	run := sarifRun{
		Tool: sarifTool{Driver: sarifDriver{
			Name:           "secretsgen",
			InformationURI: "https://github.com/secretsgen/secretsgen",
			Rules:          rules(findings),
		}},
		ColumnKind: "unicodeCodePoints",
		Results:    []sarifResult{},
	}
	for _, d := range findings {
		result := sarifResult{
			RuleID:    d.Code,
			Level:     "error",
			Message:   sarifMessage{Text: d.Message},
			Locations: []sarifLocation{{PhysicalLocation: physical(d.Pos, columns)}},
		}
		if d.Hint != "" {
			result.Message.Text += "\nhint: " + d.Hint
		}
		for i, r := range d.Related {
			result.RelatedLocations = append(result.RelatedLocations, sarifLocation{
				ID:               i + 1,
				PhysicalLocation: physical(r.Pos, columns),
				Message:          &sarifMessage{Text: r.Message},
			})
		}
		run.Results = append(run.Results, result)
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(sarifLog{
		Schema:  "https://json.schemastore.org/sarif-2.1.0.json",
		Version: "2.1.0",
		Runs:    []sarifRun{run},
	})
}

// rules are the codes of findings, sorted.
func rules(findings []Diagnostic) []sarifRule {
	codes := []Code{}
	for _, d := range findings {
		codes = append(codes, d.Code)
	}
	slices.Sort(codes)
	rules := []sarifRule{}
	for _, code := range slices.Compact(codes) {
		rules = append(rules, sarifRule{code})
	}
	return rules
}

func physical(p Pos, columns *columns) sarifPhysical {
	location := url.URL{Path: p.File}
	if path.IsAbs(p.File) {
		location.Scheme = "file"
	}
	at := sarifPhysical{ArtifactLocation: sarifArtifact{location.String()}}
	if p.Line > 0 {
		at.Region = &sarifRegion{StartLine: p.Line, StartColumn: columns.of(p)}
	}
	return at
}
