package yamltree_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/internal/yamltree"
)

// parse is Parse for input that is known to be good.
func parse(t *testing.T, input string) *yamltree.Node {
	t.Helper()
	node, problems := yamltree.Parse([]byte(input))
	if len(problems) > 0 {
		t.Fatalf("Parse(%q) found problems: %+v", input, problems)
	}
	return node
}

func TestParseReadsScalarsWithTheirPlaces(t *testing.T) {
	t.Parallel()
	scalar := func(kind yamltree.ScalarType, value string, col, valueCol int, exact bool) *yamltree.Node {
		return &yamltree.Node{
			Kind: yamltree.Scalar, Type: kind, Value: value,
			Line: 1, Col: col, ValueCol: valueCol, Exact: exact,
		}
	}
	tests := map[string]struct {
		input string
		want  *yamltree.Node
	}{
		"plain text":                    {"k: text", scalar(yamltree.String, "text", 4, 4, true)},
		"plain text with a colon":       {"k: a://b:c", scalar(yamltree.String, "a://b:c", 4, 4, true)},
		"plain text before a comment":   {"k: text  # c", scalar(yamltree.String, "text", 4, 4, true)},
		"single quotes":                 {"k: 'text'", scalar(yamltree.String, "text", 4, 5, true)},
		"double quotes":                 {`k: "text"`, scalar(yamltree.String, "text", 4, 5, true)},
		"an escape":                     {`k: "te\x78t"`, scalar(yamltree.String, "text", 4, 5, false)},
		"a doubled quote":               {"k: 'it''s'", scalar(yamltree.String, "it's", 4, 5, false)},
		"two lines":                     {"k: one\n  two", scalar(yamltree.String, "one two", 4, 4, false)},
		"two quoted lines":              {"k: \"one\n  two\"", scalar(yamltree.String, "one two", 4, 5, false)},
		"a literal block":               {"k: |\n  one\n  two\n", scalar(yamltree.String, "one\ntwo\n", 4, 4, false)},
		"a folded block":                {"k: >-\n  one\n  two\n", scalar(yamltree.String, "one two", 4, 4, false)},
		"a replacement character":       {"k: \ufffd", scalar(yamltree.String, "\ufffd", 4, 4, true)},
		"a no-break space":              {"k: \u00a0", scalar(yamltree.String, "\u00a0", 4, 4, true)},
		"letters of several bytes":      {"äö: 'ü'", scalar(yamltree.String, "ü", 7, 8, true)},
		"a byte order mark":             {"\ufeffk: text", scalar(yamltree.String, "text", 7, 7, true)},
		"a byte order mark and letters": {"\ufeffä: text", scalar(yamltree.String, "text", 8, 8, true)},
		"an integer":                    {"k: 1", scalar(yamltree.Int, "1", 4, 4, true)},
		"a quoted integer":              {"k: '1'", scalar(yamltree.String, "1", 4, 5, true)},
		"a float":                       {"k: 1.5", scalar(yamltree.Float, "1.5", 4, 4, true)},
		"a boolean":                     {"k: true", scalar(yamltree.Bool, "true", 4, 4, true)},
		"a yes, which is text":          {"k: yes", scalar(yamltree.String, "yes", 4, 4, true)},
		"a timestamp, which is text":    {"k: 2026-01-02", scalar(yamltree.String, "2026-01-02", 4, 4, true)},
		"a null":                        {"k: ~", scalar(yamltree.Null, "~", 4, 4, true)},
		"a merge mark as a value":       {"k: <<", scalar(yamltree.String, "<<", 4, 4, true)},
		"text that looks like YAML":     {"k: '&a *b !c %d'", scalar(yamltree.String, "&a *b !c %d", 4, 5, true)},
		"brackets in quotes":            {"k: '[[{'", scalar(yamltree.String, "[[{", 4, 5, true)},
		"brackets in plain text":        {"k: a[[{", scalar(yamltree.String, "a[[{", 4, 4, true)},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := parse(t, test.input)
			if diff := cmp.Diff(test.want, root.Pairs[0].Value); diff != "" {
				t.Errorf("Parse(%q) (-want +got):\n%s", test.input, diff)
			}
		})
	}
}

// outline writes a tree on one line, a place behind each node.
func outline(n *yamltree.Node) string {
	var b strings.Builder
	switch n.Kind {
	case yamltree.Mapping:
		b.WriteString("{")
		for i, pair := range n.Pairs {
			if i > 0 {
				b.WriteString(" ")
			}
			b.WriteString(outline(pair.Key) + "=" + outline(pair.Value))
		}
		b.WriteString("}")
	case yamltree.Sequence:
		b.WriteString("[")
		for i, item := range n.Items {
			if i > 0 {
				b.WriteString(" ")
			}
			b.WriteString(outline(item))
		}
		b.WriteString("]")
	case yamltree.Scalar:
		b.WriteString(n.Value)
	}
	fmt.Fprintf(&b, "@%d:%d", n.Line, n.Col)
	return b.String()
}

func TestParseReadsCollections(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ input, want string }{
		"no bytes":                             {"", "@1:1"},
		"a byte order mark alone":              {"\ufeff", "@1:1"},
		"comments alone":                       {"# a\n\n# b\n", "@1:1"},
		"a scalar":                             {"a", "a@1:1"},
		"a document start":                     {"---\na: b\n", "{a@2:1=b@2:4}@2:1"},
		"a document end":                       {"a: b\n...\n", "{a@1:1=b@1:4}@1:1"},
		"a nested mapping":                     {"a:\n  b: c\n  d: e\n", "{a@1:1={b@2:3=c@2:6 d@3:3=e@3:6}@2:3}@1:1"},
		"windows line ends":                    {"a:\r\n  b: c\r\n", "{a@1:1={b@2:3=c@2:6}@2:3}@1:1"},
		"a list":                               {"a:\n- b\n- c\n", "{a@1:1=[b@2:3 c@3:3]@2:1}@1:1"},
		"a flow mapping":                       {"{a: b, c: [d, e]}", "{a@1:2=b@1:5 c@1:8=[d@1:12 e@1:15]@1:11}@1:1"},
		"a flow mapping after wide characters": {"ä: {b: c}", "{ä@1:1={b@1:6=c@1:9}@1:5}@1:1"},
		"a quoted key":                         {"\"a\": b", "{a@1:1=b@1:6}@1:1"},
		"a quoted merge mark as key":           {"\"<<\": b", "{<<@1:1=b@1:7}@1:1"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, outline(parse(t, test.input))); diff != "" {
				t.Errorf("Parse(%q) (-want +got):\n%s", test.input, diff)
			}
		})
	}
}

func TestParseKeepsTheFirstOfEqualKeys(t *testing.T) {
	t.Parallel()
	node, problems := yamltree.Parse([]byte("a: 1\na: 2\nb: 3\n"))
	if len(problems) != 1 || node == nil {
		t.Fatalf("Parse returned the tree %v and problems %+v, want a tree and one problem", node, problems)
	}
	if diff := cmp.Diff("{a@1:1=1@1:4 b@3:1=3@3:4}@1:1", outline(node)); diff != "" {
		t.Errorf("the tree (-want +got):\n%s", diff)
	}
}

// A place on a long line is found without reading the line from its start again,
// also where runes are not bytes.
func TestParseFindsPlacesOnALongLine(t *testing.T) {
	t.Parallel()
	const items = 1000
	for name, item := range map[string]string{"ascii": "ab", "wide": "äb", "wider": "𝄞"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := parse(t, "k:\n - ["+strings.Repeat("'"+item+"',", items)+"]\n")
			list := root.Pairs[0].Value.Items[0]
			if len(list.Items) != items {
				t.Fatalf("read %d items, want %d", len(list.Items), items)
			}
			for i, node := range list.Items {
				want := 5 + i*(len(item)+3)
				if node.Line != 2 || node.Col != want || !node.Exact {
					t.Fatalf("item %d stands at %d:%d (exact: %v), want 2:%d", i, node.Line, node.Col, node.Exact, want)
				}
			}
		})
	}
}
