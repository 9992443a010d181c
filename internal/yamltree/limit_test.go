package yamltree_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/internal/yamltree"
)

// nested is a scalar in so many collections.
var nested = map[string]func(depth int) string{
	"block mappings": func(depth int) string {
		var b strings.Builder
		for i := range depth {
			b.WriteString(strings.Repeat(" ", i) + "a:\n")
		}
		return b.String()
	},
	"block sequences on a line": func(depth int) string { return strings.Repeat("- ", depth) + "a" },
	"complex keys":              func(depth int) string { return strings.Repeat("- ", depth-1) + "? a" },
	"flow sequences": func(depth int) string {
		return strings.Repeat("[", depth) + strings.Repeat("]", depth)
	},
	"flow mappings": func(depth int) string {
		return strings.Repeat("{a: ", depth) + "b" + strings.Repeat("}", depth)
	},
	"flow in block": func(depth int) string { return strings.Repeat("- ", depth-1) + "[a]" },
	"sequences at the indentation of their mappings": func(depth int) string {
		var b strings.Builder
		for i := 0; i < depth; i += 2 {
			b.WriteString(strings.Repeat(" ", i) + "a:\n" + strings.Repeat(" ", i) + "- ")
			if i+2 < depth {
				b.WriteString("b: c\n")
			}
		}
		return b.String()
	},
	"pairs in flow sequences": func(depth int) string {
		return strings.Repeat("[a: ", depth/2) + "b" + strings.Repeat("]", depth/2)
	},
}

func TestParseHoldsTheDepth(t *testing.T) {
	t.Parallel()
	for name, build := range nested {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, problems := yamltree.Parse([]byte(build(32))); len(problems) > 0 {
				t.Errorf("32 levels are refused: %+v", problems)
			}
			for _, depth := range []int{34, 68, 1_000} {
				_, problems := yamltree.Parse([]byte(build(depth)))
				if len(problems) != 1 || problems[0].Kind != yamltree.Limit {
					t.Errorf("%d levels give %+v, want one problem of the limit", depth, problems)
				}
			}
		})
	}
}

// The first pass can't see all levels of these, so the tree is measured as well.
func TestParseHoldsTheDepthToTheLevel(t *testing.T) {
	t.Parallel()
	input := nested["sequences at the indentation of their mappings"](32)
	want := []string{"32:33 limit: more than 32 collections stand in each other: flatten them"}
	_, problems := yamltree.Parse([]byte(input + "[a]\n"))
	if diff := cmp.Diff(want, describe(problems)); diff != "" {
		t.Errorf("33 levels (-want +got):\n%s", diff)
	}
}

func TestParseAcceptsDeepTextThatIsNoCollection(t *testing.T) {
	t.Parallel()
	brackets := strings.Repeat("[{", 100)
	for name, input := range map[string]string{
		"in plain text":             "a: b" + brackets,
		"in single quotes":          "a: '" + brackets + "'",
		"in double quotes":          `a: "` + brackets + `"`,
		"in a literal block":        "a: |\n  " + brackets + "\n" + stairs(100) + "b: c\n",
		"in an indented block":      "a: |1-\n  " + brackets + "\n",
		"in a block with a comment": "a: |#1\n   " + brackets + "\n",
		"in a comment":              "a: b # " + brackets + "\n# " + brackets,
		"over several lines":        "a: b\n " + brackets + "\n " + brackets,
		"in many values":            strings.Repeat("- b[{\n- '['\n", 100),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, problems := yamltree.Parse([]byte(input)); len(problems) > 0 {
				t.Errorf("Parse found %+v", problems)
			}
		})
	}
}

// stairs are lines of text, each a column further in.
func stairs(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Repeat(" ", i+2) + "a:\n")
	}
	return b.String()
}

func TestParseHoldsTheSize(t *testing.T) {
	t.Parallel()
	input := []byte("a: " + strings.Repeat("b", yamltree.MaxBytes-3))
	if _, problems := yamltree.Parse(input); len(problems) > 0 {
		t.Errorf("8 MiB are refused: %+v", problems)
	}
	_, problems := yamltree.Parse(append(input, 'b'))
	want := []string{"1:1 limit: the file is larger than 8 MiB: split it"}
	if diff := cmp.Diff(want, describe(problems)); diff != "" {
		t.Errorf("a byte more (-want +got):\n%s", diff)
	}
}

func TestParseHoldsTheNumberOfNodes(t *testing.T) {
	t.Parallel()
	const limit = 1_000_000
	sequence := func(nodes int) string { return "[" + strings.Repeat("a,", nodes-1) + "]" }
	if _, problems := yamltree.Parse([]byte(sequence(limit))); len(problems) > 0 {
		t.Errorf("1,000,000 nodes are refused: %+v", problems)
	}
	for name, input := range map[string]string{
		"a scalar more":        sequence(limit + 1),
		"problems":             strings.Repeat("&a ", 2*limit),
		"empty items":          strings.Repeat("-\n", limit+1),
		"keys without values":  "[" + strings.Repeat("{a},", limit/3+1) + "]", // a mapping, a key and a null each
		"nulls without a text": "[" + strings.Repeat("? ,", 2*limit) + "]",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			node, problems := yamltree.Parse([]byte(input))
			reached := slices.ContainsFunc(problems, func(p yamltree.Problem) bool { return p.Kind == yamltree.Limit })
			if node != nil || !reached || len(problems) > limit+2 {
				t.Errorf("Parse gives a tree (%v) and %d problems, of the limit: %v", node != nil, len(problems), reached)
			}
		})
	}
}
