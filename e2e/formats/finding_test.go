package formats

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// A place is one of a finding, its column in bytes. A finding about a file as a
// whole has no line.
type place struct {
	File   string
	Line   int
	Column int
}

// A finding is a line of --format json.
type finding struct {
	place

	Code    string
	Message string
	Hint    string
	Related []related
}

type related struct {
	place

	Message string
}

// findingsOf runs check in a folder and reads its JSON, strictly.
func findingsOf(t *testing.T, dir string) []finding {
	t.Helper()
	text := secretsgen(t, dir, "check", "--format", "json")
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.DisallowUnknownFields()
	var findings []finding
	for {
		var f finding
		err := decoder.Decode(&f)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		findings = append(findings, f)
	}
	if lines := strings.Count(text, "\n"); lines != len(findings) {
		t.Errorf("got %d lines for %d findings", lines, len(findings))
	}
	return findings
}

// characters is a column in Unicode code points, or 0 where the file does not
// have that place.
func (p place) characters(dir string) int {
	content, err := os.ReadFile(filepath.Join(dir, p.File))
	if err != nil || p.Line == 0 {
		return 0
	}
	lines := bytes.Split(content, []byte("\n"))
	if p.Line > len(lines) || p.Column > len(lines[p.Line-1])+1 {
		return 0
	}
	return utf8.RuneCount(lines[p.Line-1][:p.Column-1]) + 1
}

func TestEveryPlaceIsInItsFile(t *testing.T) {
	t.Parallel()
	eachTree(t, func(t *testing.T, dir string, findings []finding) {
		for _, f := range findings {
			places := []place{f.place}
			for _, r := range f.Related {
				places = append(places, r.place)
			}
			for _, p := range places {
				if p.Line > 0 && p.characters(dir) == 0 {
					t.Errorf("%s: %+v is not there", f.Code, p)
				}
			}
		}
	})
}

var textLine = regexp.MustCompile(`^\S.*:[1-9][0-9]*:[1-9][0-9]*: .* \[([A-Z_]+)\]$`)

func TestTextHasALineForEachFindingAndOthersBelowIt(t *testing.T) {
	t.Parallel()
	eachTree(t, func(t *testing.T, dir string, findings []finding) {
		var want, got []string
		for _, f := range findings {
			want = append(want, f.Code)
			for range f.Related {
				want = append(want, "related")
			}
			if f.Hint != "" {
				want = append(want, "hint")
			}
		}
		for line := range strings.Lines(secretsgen(t, dir, "check")) {
			line = strings.TrimSuffix(line, "\n")
			m := textLine.FindStringSubmatch(line)
			switch {
			case m != nil:
				got = append(got, m[1])
			case strings.HasPrefix(line, "\thint: "):
				got = append(got, "hint")
			case strings.HasPrefix(line, "\t"):
				got = append(got, "related")
			default:
				got = append(got, "something else: "+line)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("lines (-want +got):\n%s", diff)
		}
	})
}
