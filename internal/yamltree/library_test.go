package yamltree

import (
	"errors"
	"io"
	"testing"

	"gopkg.in/yaml.v3"
)

func checked(t *testing.T, input string) *text {
	t.Helper()
	text, problem := newText([]byte(input))
	if problem != nil {
		t.Fatalf("the bytes are refused: %+v", problem)
	}
	return text
}

// The lexer refuses these first. Should it ever miss one, the tree must not get
// through either.
func TestTheLibrarysTreeIsNotTrusted(t *testing.T) {
	t.Parallel()
	t.Run("a second document", func(t *testing.T) {
		t.Parallel()
		if _, err := decode(checked(t, "a: b\n---\nc: d\n")); err == nil || errors.Is(err, io.EOF) {
			t.Errorf("decode returned %v, want an error of its own", err)
		}
	})
	t.Run("an alias", func(t *testing.T) {
		t.Parallel()
		text := checked(t, "a: &x b\nc: *x\n")
		document, err := decode(text)
		if err != nil {
			t.Fatal(err)
		}
		node, problems := convert(text, document, limits{depth: maxDepth, nodes: maxNodes})
		if node != nil || len(problems) != 1 || problems[0].Message != alias || problems[0].Line != 2 {
			t.Errorf("convert returned a tree (%v) and %+v, want one problem in line 2", node != nil, problems)
		}
	})
	t.Run("a place outside", func(t *testing.T) {
		t.Parallel()
		text := checked(t, "ä")
		for _, column := range []int{3, 1000} {
			if at := text.offset(1, column); at != 2 {
				t.Errorf("column %d is at %d, want the end, 2", column, at)
			}
		}
		if at := text.offset(7, 1); at != 2 {
			t.Errorf("line 7 is at %d, want the end, 2", at)
		}
	})
}

func TestErrorLineTakesTheLineAlone(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]int{
		"yaml: line 12: did not find expected key":                  12,
		"yaml: unknown anchor 'line 3: x' referenced":               1,
		"yaml: line 99999999999999999999: mapping values":           1,
		"yaml: control characters are not allowed (line 4: canary)": 1,
	} {
		if got := errorLine(errors.New(message)); got != want {
			t.Errorf("errorLine(%q) = %d, want %d", message, got, want)
		}
	}
	var node yaml.Node
	err := yaml.Unmarshal([]byte("a:\n  b: c\n    d: e\n"), &node)
	if got := errorLine(err); got != 3 {
		t.Errorf("the library's own %q gives line %d, want 3", err, got)
	}
}
