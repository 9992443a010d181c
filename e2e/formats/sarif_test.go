package formats

import (
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
)

func TestSARIFIsValid(t *testing.T) {
	t.Parallel()
	schema := sarifSchema(t)
	eachTree(t, func(t *testing.T, dir string, _ []finding) {
		log := secretsgen(t, dir, "check", "--format", "sarif")
		if err := schema.Validate(unmarshal(t, log)); err != nil {
			t.Errorf("%v in %s", err, log)
		}
	})
}

// TestSARIFIsValidWhereNothingWasFound looks at what closes earlier findings.
func TestSARIFIsValidWhereNothingWasFound(t *testing.T) {
	t.Parallel()
	dir := plant(t, map[string]string{
		"go.mod":         goMod,
		"a/secrets.yaml": "version: 1\ntenant: {id: dev, mounts: [secret]}\nsecrets: {a: {uri: \"file://secret/a\"}}\n",
	})
	if got := secretsgen(t, dir, "generate"); got != "" {
		t.Fatal(got)
	}
	log := secretsgen(t, dir, "check", "--format", "sarif")
	if err := sarifSchema(t).Validate(unmarshal(t, log)); err != nil {
		t.Errorf("%v in %s", err, log)
	}
	if !strings.Contains(log, `"results": []`) {
		t.Errorf("got %s, want an empty list of results", log)
	}
}

// TestTheSchemaRefusesWhatIsNotSARIF shows that the tests above can fail.
func TestTheSchemaRefusesWhatIsNotSARIF(t *testing.T) {
	t.Parallel()
	schema := sarifSchema(t)
	log := secretsgen(t, plant(t, trees(t)["places that are related"]), "check", "--format", "sarif")
	for name, edit := range map[string]struct{ old, new string }{
		"a line before the first": {`"startLine": 4`, `"startLine": 0`},
		"an unknown property":     {`"ruleId"`, `"ruleid"`},
		"a level that is none":    {`"level": "error"`, `"level": "fatal"`},
		"a URI that is none":      {`"uri": "%C3%A9/`, `"uri": "%zz/`},
		"another version":         {`"version": "2.1.0"`, `"version": "2.2.0"`},
		"no tool":                 {`"driver": {`, `"drivers": {`},
	} {
		changed := strings.ReplaceAll(log, edit.old, edit.new)
		if changed == log {
			t.Errorf("%s: the log has no %s: %s", name, edit.old, log)
		}
		if schema.Validate(unmarshal(t, changed)) == nil {
			t.Errorf("%s is valid", name)
		}
	}
}

// runOf is the one run of a log, as go-sarif reads it.
func runOf(t *testing.T, log string) *sarif.Run {
	t.Helper()
	report, err := sarif.FromString(log)
	if err != nil {
		t.Fatalf("%v in %s", err, log)
	}
	if len(report.Runs) != 1 {
		t.Fatalf("got %d runs, want 1", len(report.Runs))
	}
	return report.Runs[0]
}

// relativeURI has the characters of RFC 3986, section 3.3, alone.
var relativeURI = regexp.MustCompile(`^(?:[-A-Za-z0-9._~!$&'()*+,;=:@/]|%[0-9A-F]{2})+$`)

// placeOf is a location with its column in characters.
func placeOf(t *testing.T, l *sarif.Location) place {
	t.Helper()
	text := *l.PhysicalLocation.ArtifactLocation.URI
	uri, err := url.Parse(text)
	if err != nil || !relativeURI.MatchString(text) || uri.Host != "" || uri.Scheme != "" {
		t.Fatalf("%q is not a relative reference: %v", text, err)
	}
	p := place{File: strings.TrimPrefix(uri.Path, "./")}
	if region := l.PhysicalLocation.Region; region != nil {
		p.Line, p.Column = *region.StartLine, *region.StartColumn
	}
	return p
}

func TestSARIFSaysWhatJSONSays(t *testing.T) {
	t.Parallel()
	eachTree(t, func(t *testing.T, dir string, findings []finding) {
		run := runOf(t, secretsgen(t, dir, "check", "--format", "sarif"))
		if run.ColumnKind == nil || *run.ColumnKind != "unicodeCodePoints" {
			t.Error("the columns are not declared to be in code points")
		}
		inCharacters := func(p place) place { return place{p.File, p.Line, p.characters(dir)} }
		var want, got []finding
		for _, f := range findings {
			f.place = inCharacters(f.place)
			if f.Hint != "" {
				f.Message, f.Hint = f.Message+"\nhint: "+f.Hint, ""
			}
			for i := range f.Related {
				f.Related[i].place = inCharacters(f.Related[i].place)
			}
			want = append(want, f)
		}
		prints := map[string]bool{}
		for _, r := range run.Results {
			if rules := run.Tool.Driver.Rules; r.RuleIndex >= len(rules) || *rules[r.RuleIndex].ID != *r.RuleID {
				t.Errorf("%s has the index of another rule, %d", *r.RuleID, r.RuleIndex)
			}
			for _, fingerprint := range r.PartialFingerprints {
				prints[fingerprint] = true
			}
			f := finding{Code: *r.RuleID, Message: *r.Message.Text, place: placeOf(t, r.Locations[0])}
			for _, l := range r.RelatedLocations {
				f.Related = append(f.Related, related{placeOf(t, l), *l.Message.Text})
			}
			got = append(got, f)
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(finding{}, related{})); diff != "" {
			t.Errorf("findings (-json +sarif):\n%s", diff)
		}
		if len(prints) != len(findings) {
			t.Errorf("got %d fingerprints for %d findings", len(prints), len(findings))
		}
	})
}

func TestTheHelpOfEveryRuleIsOnThePage(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/diagnostics.md")
	if err != nil {
		t.Fatal(err)
	}
	eachTree(t, func(t *testing.T, dir string, _ []finding) {
		for _, rule := range runOf(t, secretsgen(t, dir, "check", "--format", "sarif")).Tool.Driver.Rules {
			help, err := url.Parse(*rule.HelpURI)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasSuffix(help.Path, "/docs/diagnostics.md") || help.Fragment != strings.ToLower(*rule.ID) {
				t.Errorf("%s: got %s", *rule.ID, help)
			}
			if !strings.Contains(string(page), "\n## "+*rule.ID+"\n") {
				t.Errorf("the page has no heading %s", *rule.ID)
			}
		}
	})
}
