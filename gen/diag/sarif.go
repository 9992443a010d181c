package diag

import (
	"io"
	"net/url"
	"path"
	"slices"
	"strings"
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
		ID                   Code         `json:"id"`
		Name                 string       `json:"name,omitzero"`
		ShortDescription     sarifText    `json:"shortDescription,omitzero"`
		FullDescription      sarifText    `json:"fullDescription,omitzero"`
		Help                 sarifText    `json:"help,omitzero"`
		HelpURI              string       `json:"helpUri,omitzero"`
		DefaultConfiguration sarifSetting `json:"defaultConfiguration"`
	}
	sarifText struct {
		Text     string `json:"text"`
		Markdown string `json:"markdown,omitzero"`
	}
	sarifSetting struct {
		Level string `json:"level"`
	}
	sarifResult struct {
		RuleID              Code              `json:"ruleId"`
		RuleIndex           int               `json:"ruleIndex"`
		Level               string            `json:"level"`
		Message             sarifMessage      `json:"message"`
		Locations           []sarifLocation   `json:"locations"`
		RelatedLocations    []sarifLocation   `json:"relatedLocations,omitempty"`
		PartialFingerprints map[string]string `json:"partialFingerprints"`
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

// sarifLevel is that of every finding: each of them fails the run.
const sarifLevel = "error"

// writeSARIF writes a log, also one without results: a scan that found nothing
// closes what an earlier one found.
func writeSARIF(w io.Writer, findings []Diagnostic, columns *columns) error {
	rules := rules(findings)
	run := sarifRun{
		Tool: sarifTool{Driver: sarifDriver{
			Name:           "secretsgen",
			InformationURI: "https://github.com/secretsgen/secretsgen",
			Rules:          rules,
		}},
		ColumnKind: "unicodeCodePoints",
		Results:    []sarifResult{},
	}
	prints := fingerprints{}
	for _, d := range findings {
		result := sarifResult{
			RuleID:              d.Code,
			RuleIndex:           slices.IndexFunc(rules, func(r sarifRule) bool { return r.ID == d.Code }),
			Level:               sarifLevel,
			Message:             sarifMessage{Text: d.Message},
			Locations:           []sarifLocation{{PhysicalLocation: physical(d.Pos, columns)}},
			PartialFingerprints: map[string]string{fingerprintKey: prints.of(d)},
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
	return encodeJSON(w, "  ", sarifLog{
		Schema:  "https://json.schemastore.org/sarif-2.1.0.json",
		Version: "2.1.0",
		Runs:    []sarifRun{run},
	})
}

// rules are what the catalogue says of the codes of findings, sorted by code.
func rules(findings []Diagnostic) []sarifRule {
	codes := []Code{}
	for _, d := range findings {
		codes = append(codes, d.Code)
	}
	slices.Sort(codes)
	rules := []sarifRule{}
	for _, code := range slices.Compact(codes) {
		rules = append(rules, rule(code))
	}
	return rules
}

func rule(code Code) sarifRule {
	r := sarifRule{ID: code, DefaultConfiguration: sarifSetting{sarifLevel}}
	if e, ok := code.Entry(); ok {
		r.Name = pascal(code)
		r.ShortDescription = sarifText{Text: e.Title + "."}
		r.FullDescription = described(e.Cause)
		r.Help = described(e.Fix)
		r.HelpURI = e.URL()
	}
	return r
}

// described is a text of the catalogue in both of SARIF's spellings.
func described(markdown string) sarifText {
	return sarifText{Text: strings.ReplaceAll(markdown, "`", ""), Markdown: markdown}
}

// pascal spells a code as SARIF spells the names of rules: UnknownKey.
func pascal(code Code) string {
	words := strings.Split(string(code), "_")
	for i, word := range words {
		words[i] = word[:1] + strings.ToLower(word[1:])
	}
	return strings.Join(words, "")
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
