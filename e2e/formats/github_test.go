package formats

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
)

// A command is a workflow command as a runner reads it.
type command struct {
	name       string
	properties map[string]string
	data       string
}

// parseCommand reads a line by GitHub's rules:
//
//	::name key=value,key=value::data
//
// The properties end at the next "::". Their values have %25, %0D, %0A, %3A and
// %2C for percent, return, line feed, colon and comma, and data has the first
// three of them.
func parseCommand(line string) (command, error) {
	head, data, ok := strings.Cut(strings.TrimPrefix(line, "::"), "::")
	if !ok || !strings.HasPrefix(line, "::") {
		return command{}, fmt.Errorf("%q is not a command", line)
	}
	name, properties, _ := strings.Cut(head, " ")
	c := command{name: name, properties: map[string]string{}, data: unescape(data, "%0D", "\r", "%0A", "\n")}
	for property := range strings.SplitSeq(properties, ",") {
		key, value, ok := strings.Cut(property, "=")
		if _, twice := c.properties[key]; !ok || twice {
			return command{}, fmt.Errorf("%q has no value, or a second one", property)
		}
		c.properties[key] = unescape(value, "%0D", "\r", "%0A", "\n", "%3A", ":", "%2C", ",")
	}
	return c, nil
}

// unescape replaces one escape after the other, and that of the percent sign
// last.
func unescape(s string, pairs ...string) string {
	for i := 0; i < len(pairs); i += 2 {
		s = strings.ReplaceAll(s, pairs[i], pairs[i+1])
	}
	return strings.ReplaceAll(s, "%25", "%")
}

func TestGitHubReadsEachFindingAsAnAnnotation(t *testing.T) {
	t.Parallel()
	eachTree(t, func(t *testing.T, dir string, findings []finding) {
		var want []command
		for _, f := range findings {
			c := command{name: "error", properties: map[string]string{"file": shown(f.File), "title": f.Code}, data: shown(f.Message)}
			if f.Line > 0 {
				c.properties["line"] = strconv.Itoa(f.Line)
				c.properties["col"] = strconv.Itoa(f.characters(dir))
			}
			for _, r := range f.Related {
				at := r.File
				if r.Line > 0 {
					at = fmt.Sprintf("%s:%d:%d", r.File, r.Line, r.Column)
				}
				c.data += "\n" + shown(at) + ": " + shown(r.Message)
			}
			if f.Hint != "" {
				c.data += "\nhint: " + shown(f.Hint)
			}
			want = append(want, c)
		}
		var got []command
		for line := range strings.Lines(secretsgen(t, dir, "check", "--format", "github")) {
			c, err := parseCommand(strings.TrimSuffix(line, "\n"))
			if err != nil {
				t.Error(err)
			}
			got = append(got, c)
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(command{})); diff != "" {
			t.Errorf("annotations (-want +got):\n%s", diff)
		}
	})
}

// shown is a text with an escape of Go's in the place of what can't be seen.
func shown(s string) string {
	var b strings.Builder
	for _, r := range s {
		if unicode.IsPrint(r) {
			b.WriteRune(r)
		} else {
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		}
	}
	return b.String()
}
