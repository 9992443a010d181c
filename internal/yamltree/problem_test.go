package yamltree_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/internal/yamltree"
)

const canary = "canary-4711"

// describe shortens problems for comparison.
func describe(problems []yamltree.Problem) []string {
	kinds := map[yamltree.ProblemKind]string{
		yamltree.Syntax: "syntax", yamltree.Limit: "limit",
		yamltree.Unsupported: "unsupported", yamltree.DuplicateKey: "duplicate",
	}
	lines := []string{}
	for _, p := range problems {
		line := fmt.Sprintf("%d:%d %s: %s", p.Line, p.Col, kinds[p.Kind], p.Message)
		if p.RelatedLine > 0 {
			line += fmt.Sprintf(" (%d:%d)", p.RelatedLine, p.RelatedCol)
		}
		lines = append(lines, line)
	}
	return lines
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	const (
		duplicate = "duplicate: this key is in the mapping already: remove one"
		anchor    = "unsupported: anchors are not supported: write the value out where it is used"
		alias     = "unsupported: aliases are not supported: write the value out"
		tag       = "unsupported: tags are not supported: remove it, the type follows from the value"
		directive = "unsupported: directives are not supported: remove the line"
		second    = "unsupported: a second document is not supported: put it into a file of its own"
		merge     = "unsupported: merge keys are not supported: write the entries out"
		keyKind   = "unsupported: a key must be a scalar, not a list or mapping: quote it if it is meant as text"
		notUTF8   = "unsupported: this byte is not UTF-8: save the file as UTF-8"
		control   = "unsupported: a control character is not allowed: write it as an escape in double quotes"
		separator = `unsupported: a line may end in \n or \r\n only: write another line separator as an escape in double quotes`

		tab         = "syntax: a tab is not allowed in indentation: use spaces"
		indentation = "syntax: the indentation fits no level above: align it with its neighbors"
		pair        = `syntax: ": " is not allowed here: align the key with its neighbors, or put the text in quotes`
		list        = "syntax: a list can't start here: put its items on lines of their own, or the text in quotes"
		colon       = `syntax: a key is expected here: write ": " behind it, or indent the text to continue the value above`
		quote       = "syntax: this quote is never closed: close it"
		bracket     = "syntax: this bracket is never closed: close it"
		closing     = "syntax: this bracket does not close the one that was opened last: remove it, or put the text in quotes"
		escape      = `syntax: this escape is not known: write \\ for a backslash, or use single quotes`
		start       = "syntax: a value can't start with this character: put it in quotes"
		notYAML     = "syntax: this is not YAML: check indentation, quotes and brackets here and below"
	)
	tests := map[string]struct {
		input string
		want  []string
	}{
		"an anchor":                   {"a: &x " + canary, []string{"1:4 " + anchor}},
		"an anchor and its alias":     {"a: &x b\nc: *x\n", []string{"1:4 " + anchor, "2:4 " + alias}},
		"an alias without an anchor":  {"a: *" + canary, []string{"1:4 " + alias}},
		"an alias as a key":           {"*x : b", []string{"1:1 " + alias}},
		"an alias in a flow mapping":  {"{a: *x}", []string{"1:5 " + alias}},
		"a standard tag":              {"a: !!str 1", []string{"1:4 " + tag}},
		"a custom tag":                {"a: !" + canary + " 1", []string{"1:4 " + tag}},
		"a tag behind wide letters":   {"äö: !x 1", []string{"1:7 " + tag}},
		"an empty tag":                {"a: ! 1", []string{"1:4 " + tag}},
		"a tag on a mapping":          {"a: !x\n  b: c\n", []string{"1:4 " + tag}},
		"a version directive":         {"%YAML 1.2\n---\na: b\n", []string{"1:1 " + directive}},
		"a tag directive":             {"%TAG ! tag:x,2000:\n---\na: b\n", []string{"1:1 " + directive}},
		"a second document":           {"a: b\n---\nc: " + canary, []string{"2:1 " + second}},
		"a third document":            {"a: b\n---\n---\n", []string{"2:1 " + second, "3:1 " + second}},
		"a document behind a scalar":  {"a\n---\nb\n", []string{"2:1 " + second}},
		"an end behind a scalar":      {"a\n...\nb\n", []string{"3:1 " + second}},
		"aliases in a list":           {"[*a,*b]", []string{"1:2 " + alias, "1:5 " + alias}},
		"a tag behind an anchor":      {"a: &x !y z", []string{"1:4 " + anchor, "1:7 " + tag}},
		"two empty documents":         {"---\n---\n", []string{"2:1 " + second}},
		"a document behind an end":    {"a: b\n...\nc: d\n", []string{"3:1 " + second}},
		"a merge key":                 {"a:\n  <<: {b: c}\n", []string{"2:3 " + merge}},
		"a list as a key":             {"? [a]\n: b\n", []string{"1:3 " + keyKind}},
		"a mapping as a key":          {"{a: b}: c\n", []string{"1:1 " + keyKind}},
		"an unquoted template":        {"a: {{x}}\n", []string{"1:5 " + keyKind}},
		"a key that comes twice":      {"a: 1\nb: 2\na: " + canary, []string{"3:1 " + duplicate + " (1:1)"}},
		"a key that comes thrice":     {"a: 1\na: 2\na: 3", []string{"2:1 " + duplicate + " (1:1)", "3:1 " + duplicate + " (1:1)"}},
		"a key that is quoted once":   {"{a: 1, \"a\": 2}", []string{"1:8 " + duplicate + " (1:2)"}},
		"a number that is quoted":     {"1: a\n'1': b", []string{"2:1 " + duplicate + " (1:1)"}},
		"duplicates in two mappings":  {"a: {b: 1, b: 2}\nc: {d: 1, d: 2}", []string{"1:11 " + duplicate + " (1:5)", "2:11 " + duplicate + " (2:5)"}},
		"latin-1":                     {"a: b\nc: \xe4\n", []string{"2:4 " + notUTF8}},
		"UTF-16":                      {"\xff\xfea\x00", []string{"1:1 " + notUTF8}},
		"half a surrogate pair":       {"a: \xed\xa0\x80", []string{"1:4 " + notUTF8}},
		"a NUL":                       {"a: \x00", []string{"1:4 " + control}},
		"an escape character":         {"a: \x1b[0m", []string{"1:4 " + control}},
		"a delete character":          {"a: \x7f", []string{"1:4 " + control}},
		"a C1 control character":      {"a: \u009b", []string{"1:4 " + control}},
		"a character that is none":    {"a: \uffff", []string{"1:4 " + control}},
		"the byte order mark's twin":  {"a: \ufffe", []string{"1:4 " + control}},
		"a byte order mark inside":    {"a: \ufeff", []string{"1:4 " + control}},
		"a lone carriage return":      {"a: b\rc: d", []string{"1:5 " + separator}},
		"a carriage return at end":    {"a: b\r", []string{"1:5 " + separator}},
		"a next-line character":       {"a: b\u0085", []string{"1:5 " + separator}},
		"a line separator":            {"a: b\u2028", []string{"1:5 " + separator}},
		"a paragraph separator":       {"a: b\u2029", []string{"1:5 " + separator}},
		"a tab as indentation":        {"a:\n\tb: c\n", []string{"2:1 " + tab}},
		"a shallower neighbor":        {"a:\n    b: c\n  d: e\n", []string{"3:3 " + indentation}},
		"a deeper neighbor":           {"a: b\n  c: d\n", []string{"2:4 " + pair}},
		"two pairs on a line":         {"a: b: " + canary, []string{"1:5 " + pair}},
		"a list behind a key":         {"a: - b", []string{"1:4 " + list}},
		"a line without a key":        {"a: b\n" + canary + "\nc: d\n", []string{"2:1 " + colon}},
		"a last line without a key":   {"a: b\n" + canary, []string{"2:1 " + colon}},
		"an open single quote":        {"a: 'b\nc: d\n", []string{"1:4 " + quote}},
		"an open double quote":        {"a: \"" + canary, []string{"1:4 " + quote}},
		"an open list":                {"a: [b, [c]\n", []string{"1:4 " + bracket}},
		"an open list as a key":       {"a: b\n[c,\nd\n", []string{"2:1 " + bracket}},
		"an open mapping":             {"a: {b: c\n", []string{"1:4 " + bracket}},
		"a bracket that closes none":  {"a: b\nc: ]\n", []string{"2:4 " + closing}},
		"a bracket of the other kind": {"a: [b}\n", []string{"1:6 " + closing}},
		"a Windows path in quotes":    {`a: "c:\secrets"`, []string{"1:7 " + escape}},
		"an at sign":                  {"a: @b", []string{"1:4 " + start}},
		"a backquote":                 {"a: `b`", []string{"1:4 " + start}},
		"a percent sign":              {"a: %b", []string{"1:4 " + start}},
		"text behind a quoted value":  {"a: 'b' " + canary, []string{"1:1 " + notYAML}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			node, problems := yamltree.Parse([]byte(test.input))
			if diff := cmp.Diff(test.want, describe(problems)); diff != "" {
				t.Errorf("Parse(%q) (-want +got):\n%s", test.input, diff)
			}
			if strings.Contains(fmt.Sprint(problems), canary) {
				t.Errorf("a problem quotes the input: %+v", problems)
			}
			if duplicates := strings.Contains(strings.Join(test.want, ""), duplicate); (node != nil) != duplicates {
				t.Errorf("Parse(%q) returned a tree: %v, want one: %v", test.input, node != nil, duplicates)
			}
		})
	}
}
