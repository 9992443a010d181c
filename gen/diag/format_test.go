package diag_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/gen/diag"
)

// findings has one of each shape.
func findings() []diag.Diagnostic {
	return []diag.Diagnostic{
		{
			Pos:     diag.Pos{File: "config/secrets.yaml", Line: 2, Col: 4},
			Code:    diag.DuplicateName,
			Message: `"api" is declared twice`,
			Hint:    "rename one <of them>",
			Related: []diag.Related{{Pos: diag.Pos{File: "config/a b.secrets.yaml", Line: 1, Col: 1}, Message: "the first declaration"}},
		},
		{Pos: diag.Pos{File: "config/secrets_gen.go"}, Code: diag.Missing, Message: "is not there yet"},
		{Pos: diag.Pos{File: "gone.yaml", Line: 7, Col: 3}, Code: diag.UnknownKey, Message: "an unknown key"},
	}
}

// read has the second line of the first file begin with two characters of two
// bytes each.
func read(file string) ([]byte, error) {
	switch file {
	case "config/secrets.yaml":
		return []byte("version: 1\néé: x\n"), nil
	case "config/a b.secrets.yaml":
		return []byte("a: 1\n"), nil
	}
	return nil, fs.ErrNotExist
}

func write(t *testing.T, format diag.Format, list []diag.Diagnostic) string {
	t.Helper()
	var out bytes.Buffer
	if err := format.Write(&out, list, read); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestText(t *testing.T) {
	t.Parallel()
	want := `config/secrets.yaml:2:4: "api" is declared twice [DUPLICATE_NAME]
	config/a b.secrets.yaml:1:1: the first declaration
	hint: rename one <of them>
config/secrets_gen.go:1:1: is not there yet [MISSING]
gone.yaml:7:3: an unknown key [UNKNOWN_KEY]
`
	if diff := cmp.Diff(want, write(t, diag.Text, findings())); diff != "" {
		t.Errorf("text (-want +got):\n%s", diff)
	}
}

func TestColour(t *testing.T) {
	t.Parallel()
	const bold, dim, red, yellow, reset = "\x1b[1m", "\x1b[2m", "\x1b[31m", "\x1b[33m", "\x1b[0m"
	want := bold + `config/secrets.yaml:2:4:` + reset + ` "api" is declared twice ` + red + "[DUPLICATE_NAME]" + reset + "\n" +
		"\t" + dim + "config/a b.secrets.yaml:1:1: the first declaration" + reset + "\n" +
		"\t" + dim + "hint: rename one <of them>" + reset + "\n" +
		bold + "config/secrets_gen.go:1:1:" + reset + " is not there yet " + yellow + "[MISSING]" + reset + "\n" +
		bold + "gone.yaml:7:3:" + reset + " an unknown key " + red + "[UNKNOWN_KEY]" + reset + "\n"
	var got bytes.Buffer
	if err := diag.WriteText(&got, findings(), diag.Coloured); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Errorf("coloured text (-want +got):\n%s", diff)
	}
	plain := regexp.MustCompile(`\x1b\[\d*m`).ReplaceAllString(got.String(), "")
	if diff := cmp.Diff(write(t, diag.Text, findings()), plain); diff != "" {
		t.Errorf("it says something else in colour (-plain +coloured):\n%s", diff)
	}
}

func TestTextKeepsToItsLines(t *testing.T) {
	t.Parallel()
	got := write(t, diag.Text, []diag.Diagnostic{{
		Pos:     diag.Pos{File: "a\nb.yaml", Line: 1, Col: 1},
		Code:    diag.Syntax,
		Message: "é \x1b[2J \u202e \xff \"quoted\" \\",
		Hint:    "one\ntwo",
	}})
	want := `a\nb.yaml:1:1: é \x1b[2J \u202e \xff "quoted" \ [SYNTAX]` + "\n\thint: one\\ntwo\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("text (-want +got):\n%s", diff)
	}
}

// TestNoFormatCommandsATerminal looks for everything that one acts on or hides:
// escapes, the C1 controls that open one in a byte, returns, overrides of the
// direction of text, marks without width, bytes that are not UTF-8.
func TestNoFormatCommandsATerminal(t *testing.T) {
	t.Parallel()
	const hostile = "é\x1b]0;x\a\u009b2J\x7f\r\v\u202e\u200b\u2028\ufeff\U000e0041\xff\n\t"
	list := []diag.Diagnostic{{
		Pos:     diag.Pos{File: hostile + "a.yaml", Line: 1, Col: 1},
		Code:    diag.Syntax,
		Message: hostile,
		Hint:    hostile,
		Related: []diag.Related{{Pos: diag.Pos{File: hostile + "b.yaml"}, Message: hostile}},
	}}
	for _, format := range diag.Formats() {
		got := write(t, format, list)
		if !utf8.ValidString(got) {
			t.Errorf("%s: it is not UTF-8: %q", format, got)
		}
		for line := range strings.Lines(got) {
			text := strings.TrimPrefix(strings.TrimSuffix(line, "\n"), "\t")
			if i := strings.IndexFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }); i >= 0 {
				t.Errorf("%s: got %q at byte %d of %q", format, text[i:min(i+4, len(text))], i, text)
			}
		}
	}
	for format, lines := range map[diag.Format]int{diag.Text: 3, diag.JSON: 1, diag.GitHub: 1} {
		if got := strings.Count(write(t, format, list), "\n"); got != lines {
			t.Errorf("%s: got %d lines, want %d", format, got, lines)
		}
	}
}

func TestJSONEscapesLoseNothing(t *testing.T) {
	t.Parallel()
	const name = "\u009b \u202e \x7f \U000e0041 é \\u0041 \n"
	var got struct{ File, Message string }
	text := write(t, diag.JSON, []diag.Diagnostic{{Pos: diag.Pos{File: name}, Code: diag.Syntax, Message: name}})
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	if got.File != name || got.Message != name {
		t.Errorf("got %+q and %+q, want %+q", got.File, got.Message, name)
	}
}

func TestJSON(t *testing.T) {
	t.Parallel()
	want := `{"file":"config/secrets.yaml","line":2,"column":4,"code":"DUPLICATE_NAME","message":"\"api\" is declared twice","hint":"rename one <of them>","related":[{"file":"config/a b.secrets.yaml","line":1,"column":1,"message":"the first declaration"}]}
{"file":"config/secrets_gen.go","code":"MISSING","message":"is not there yet"}
{"file":"gone.yaml","line":7,"column":3,"code":"UNKNOWN_KEY","message":"an unknown key"}
`
	if diff := cmp.Diff(want, write(t, diag.JSON, findings())); diff != "" {
		t.Errorf("JSON (-want +got):\n%s", diff)
	}
}

func TestGitHub(t *testing.T) {
	t.Parallel()
	list := append(findings(), diag.Diagnostic{
		Pos:     diag.Pos{File: "a,b:c%.yaml", Line: 1, Col: 1},
		Code:    diag.Syntax,
		Message: "50%: a, b\r\n::error::forged",
	})
	want := `::error file=config/secrets.yaml,line=2,col=3,title=DUPLICATE_NAME::"api" is declared twice%0Aconfig/a b.secrets.yaml:1:1: the first declaration%0Ahint: rename one <of them>
::error file=config/secrets_gen.go,title=MISSING::is not there yet
::error file=gone.yaml,line=7,title=UNKNOWN_KEY::an unknown key
::error file=a%2Cb%3Ac%25.yaml,line=1,title=SYNTAX::50%25: a, b\r\n::error::forged
`
	if diff := cmp.Diff(want, write(t, diag.GitHub, list)); diff != "" {
		t.Errorf("GitHub (-want +got):\n%s", diff)
	}
}

func TestSARIF(t *testing.T) {
	t.Parallel()
	want := map[string]any{
		"$schema": "https://json.schemastore.org/sarif-2.1.0.json",
		"version": "2.1.0",
		"runs": []any{map[string]any{
			"columnKind": "unicodeCodePoints",
			"tool": map[string]any{"driver": map[string]any{
				"name":           "secretsgen",
				"informationUri": "https://github.com/secretsgen/secretsgen",
				"rules":          []any{rule(t, diag.DuplicateName, "DuplicateName"), rule(t, diag.Missing, "Missing"), rule(t, diag.UnknownKey, "UnknownKey")},
			}},
			"results": []any{
				map[string]any{
					"ruleId":              "DUPLICATE_NAME",
					"ruleIndex":           0.0,
					"level":               "error",
					"partialFingerprints": map[string]any{"finding/v1": "cabf014d28525df4ed88bc869598d8b1"},
					"message":             map[string]any{"text": "\"api\" is declared twice\nhint: rename one <of them>"},
					"locations": []any{map[string]any{"physicalLocation": map[string]any{
						"artifactLocation": map[string]any{"uri": "config/secrets.yaml"},
						"region":           map[string]any{"startLine": 2.0, "startColumn": 3.0},
					}}},
					"relatedLocations": []any{map[string]any{
						"id":      1.0,
						"message": map[string]any{"text": "the first declaration"},
						"physicalLocation": map[string]any{
							"artifactLocation": map[string]any{"uri": "config/a%20b.secrets.yaml"},
							"region":           map[string]any{"startLine": 1.0, "startColumn": 1.0},
						},
					}},
				},
				map[string]any{
					"ruleId":              "MISSING",
					"ruleIndex":           1.0,
					"level":               "error",
					"partialFingerprints": map[string]any{"finding/v1": "9640b075e80f7ef8530314970cd14d59"},
					"message":             map[string]any{"text": "is not there yet"},
					"locations": []any{map[string]any{"physicalLocation": map[string]any{
						"artifactLocation": map[string]any{"uri": "config/secrets_gen.go"},
					}}},
				},
				map[string]any{
					"ruleId":              "UNKNOWN_KEY",
					"ruleIndex":           2.0,
					"level":               "error",
					"partialFingerprints": map[string]any{"finding/v1": "b13cf7b352673bc346998e1572168ee1"},
					"message":             map[string]any{"text": "an unknown key"},
					"locations": []any{map[string]any{"physicalLocation": map[string]any{
						"artifactLocation": map[string]any{"uri": "gone.yaml"},
						"region":           map[string]any{"startLine": 7.0},
					}}},
				},
			},
		}},
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(write(t, diag.SARIF, findings())), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("SARIF (-want +got):\n%s", diff)
	}
}

// rule is how a log describes a code.
func rule(t *testing.T, code diag.Code, name string) map[string]any {
	t.Helper()
	e, ok := code.Entry()
	if !ok {
		t.Fatalf("%s is not in the catalogue", code)
	}
	described := func(markdown string) map[string]any {
		return map[string]any{"text": strings.ReplaceAll(markdown, "`", ""), "markdown": markdown}
	}
	return map[string]any{
		"id":                   string(code),
		"name":                 name,
		"shortDescription":     map[string]any{"text": e.Title + "."},
		"fullDescription":      described(e.Cause),
		"help":                 described(e.Fix),
		"helpUri":              e.URL(),
		"defaultConfiguration": map[string]any{"level": "error"},
	}
}

func TestSARIFKeepsTheFingerprintOfAFindingThatMoves(t *testing.T) {
	t.Parallel()
	prints := func(lines ...int) []string {
		var list []diag.Diagnostic
		for _, line := range lines {
			list = append(list, diag.Diagnostic{Pos: diag.Pos{File: "a", Line: line, Col: 1}, Code: diag.Syntax, Message: "m"})
		}
		list = append(list, diag.Diagnostic{Pos: diag.Pos{File: "b", Line: 1, Col: 1}, Code: diag.Syntax, Message: "m"})
		var log struct {
			Runs []struct {
				Results []struct{ PartialFingerprints map[string]string }
			}
		}
		if err := json.Unmarshal([]byte(write(t, diag.SARIF, list)), &log); err != nil {
			t.Fatal(err)
		}
		var prints []string
		for _, result := range log.Runs[0].Results {
			prints = append(prints, result.PartialFingerprints["finding/v1"])
		}
		return prints
	}
	first, moved := prints(1, 2), prints(7, 9)
	if diff := cmp.Diff(first, moved); diff != "" {
		t.Errorf("fingerprints (-before +after lines were added):\n%s", diff)
	}
	slices.Sort(first)
	if len(slices.Compact(first)) != 3 {
		t.Errorf("got %v, want one for each finding", moved)
	}
}

func TestSARIFHasARuleForACodeThatIsNotInTheCatalogue(t *testing.T) {
	t.Parallel()
	got := write(t, diag.SARIF, []diag.Diagnostic{{Pos: diag.Pos{File: "a"}, Code: "NEW"}})
	var log struct {
		Runs []struct {
			Tool struct {
				Driver struct{ Rules []map[string]any }
			}
		}
	}
	if err := json.Unmarshal([]byte(got), &log); err != nil {
		t.Fatal(err)
	}
	want := []map[string]any{{"id": "NEW", "defaultConfiguration": map[string]any{"level": "error"}}}
	if diff := cmp.Diff(want, log.Runs[0].Tool.Driver.Rules); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
	}
}

func TestSARIFNamesFilesAsReferences(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]string{
		"a:b.yaml":    "./a:b.yaml",
		"/src/a.yaml": "file:///src/a.yaml",
		"../a#b.yaml": "../a%23b.yaml",
	} {
		got := write(t, diag.SARIF, []diag.Diagnostic{{Pos: diag.Pos{File: file}, Code: diag.Syntax}})
		if !strings.Contains(got, `"uri": "`+want+`"`) {
			t.Errorf("%s: got %s, want the URI %s", file, got, want)
		}
	}
}

func TestColumnsThatAreNotInTheirFileAreLeftOut(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		line, col int
		want      string
	}{
		"the end of a line is in it":     {1, 11, "line=1,col=11,title"},
		"the line is shorter":            {1, 12, "line=1,title"},
		"the finding is about no column": {1, 0, "line=1,title"},
		"the file has fewer lines":       {4, 1, "line=4,title"},
	} {
		got := write(t, diag.GitHub, []diag.Diagnostic{{Pos: diag.Pos{File: "config/secrets.yaml", Line: tt.line, Col: tt.col}, Code: diag.Syntax}})
		if !strings.Contains(got, tt.want) {
			t.Errorf("%s: got %s, want %s", name, got, tt.want)
		}
	}
}

func TestNoFindings(t *testing.T) {
	t.Parallel()
	for _, format := range []diag.Format{diag.Text, diag.JSON, diag.GitHub} {
		if got := write(t, format, nil); got != "" {
			t.Errorf("%s: got %q, want nothing", format, got)
		}
	}
	var log struct {
		Runs []struct {
			Results []any
			Tool    struct{ Driver struct{ Rules []any } }
		}
	}
	if err := json.Unmarshal([]byte(write(t, diag.SARIF, nil)), &log); err != nil {
		t.Fatal(err)
	}
	if len(log.Runs) != 1 || log.Runs[0].Results == nil || log.Runs[0].Tool.Driver.Rules == nil {
		t.Errorf("sarif: got %+v, want one run with an empty list of results and of rules", log)
	}
}

func TestEveryFormatIsWritten(t *testing.T) {
	t.Parallel()
	if len(diag.Formats()) != 4 {
		t.Errorf("got %v, want the four formats of DESIGN section 4", diag.Formats())
	}
	for _, format := range diag.Formats() {
		if write(t, format, findings()) == "" {
			t.Errorf("%s: got nothing", format)
		}
		if err := format.Write(failing{}, findings(), read); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("%s: got error %v, want that of the writer", format, err)
		}
	}
	if err := diag.Format("xml").Write(io.Discard, nil, read); err == nil {
		t.Error("an unknown format: got no error")
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }
