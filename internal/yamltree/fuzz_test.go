package yamltree

import (
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

var seeds = []string{
	"", "a", "a: b\nc: [d, {e: f}]\n", "- - a\n  - b: |\n      text\n", "a: 'it''s'\nb: \"\\x41\"\n",
	"? a\n: b\n", "? - a\n: b\n", "a:\n- b:\n  - c:\n", "[a: b, c: {d, e}]\n", "---\na: >2-\n  b\n...\n",
	"a: &x b\nc: *x\n", "{<<: {a: b}}", "a: !t b", "a: b\n---\nc: d\n", "äö: 'ü' # ß\n", "\ufeffa: b\r\nc: d\r\n",
	"a: b\n c\n  d\n", "\"a\n b\": c", "- # c\n  a\n", "a:\n\tb", "[a, b]: c", "{a: b}: c", "a: {{x}}", ": a", "a:\n[b: ]: |\n  c", "- : a\n- ? b\n",
	"a: -\n", "[-a, ?b, :c]", "[a,,b]", "{a:, b: }", "a: |\n\n\n   b\n  c\n", "a: [\n b,\n# c\n]\nd: e", "!", "a: %b", "%a", "a: \"b\\",
	"{{},<<}", "#\n-\n-\n0", "0: [:!00", "a:\n.\n-\n",
}

// measure returns how many nodes the library's tree has and how many
// collections stand in each other.
func measure(n *yaml.Node) (nodes, depth int) {
	nodes = 1
	for _, child := range n.Content {
		childNodes, childDepth := measure(child)
		nodes += childNodes
		depth = max(depth, childDepth)
	}
	if n.Kind == yaml.MappingNode || n.Kind == yaml.SequenceNode {
		depth++
	}
	return nodes, depth
}

// The first pass must see what the library sees: refuse nothing that is within
// the limits, and let nothing through that is far beyond them.
func FuzzLexerAgreesWithTheLibrary(f *testing.F) {
	for _, seed := range seeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		text, problem := newText(data)
		if problem != nil {
			return
		}
		root, err := decode(text)
		if err != nil {
			return
		}
		nodes, depth := measure(root)
		problems, _ := lex(text, limits{depth: depth, nodes: nodes})
		for _, problem := range problems {
			switch problem.Message {
			case anchor, alias, tag, directive:
				return // behind these the lexer does not count exactly
			}
			t.Fatalf("refused: %+v; the tree has %d nodes, %d deep", problem, nodes, depth)
		}
		if nodes > 3 && !limited(text, limits{depth: depth, nodes: (nodes - 1) / 3}) {
			t.Fatalf("the tree has %d nodes and the lexer less than a third", nodes)
		}
		if depth > 2 && !limited(text, limits{depth: (depth - 3) / 2, nodes: nodes}) {
			t.Fatalf("the tree is %d deep and the lexer far less than half of it", depth)
		}
	})
}

func limited(t *text, l limits) bool {
	problems, _ := lex(t, l)
	for _, problem := range problems {
		if problem.Kind == Limit {
			return true
		}
	}
	return false
}

// What Parse accepts stands where it says, and every problem has a place in the
// input.
func FuzzParse(f *testing.F) {
	for _, seed := range seeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		lines := strings.Split(string(data), "\n")
		inside := func(line, col int) bool {
			return line >= 1 && line <= len(lines) && col >= 1 && col <= len(lines[line-1])+1
		}
		root, problems := Parse(data)
		for _, p := range problems {
			if !inside(p.Line, p.Col) || p.Kind == 0 || p.Message == "" || p.Kind == DuplicateKey && !inside(p.RelatedLine, p.RelatedCol) {
				t.Fatalf("a problem without a place or a message: %+v", p)
			}
			if p.Kind != DuplicateKey && root != nil {
				t.Fatalf("a tree in spite of %+v", p)
			}
		}
		if root == nil {
			if len(problems) == 0 {
				t.Fatal("neither a tree nor a problem")
			}
			return
		}
		var walk func(n *Node)
		walk = func(n *Node) {
			if !inside(n.Line, n.Col) || n.Kind == 0 || (n.Kind == Scalar) != (n.Type != 0) {
				t.Fatalf("a node without a place, kind or type: %+v", n)
			}
			if n.Exact && !strings.HasPrefix(lines[n.Line-1][n.ValueCol-1:], n.Value) {
				t.Fatalf("%q does not stand at %d:%d", n.Value, n.Line, n.ValueCol)
			}
			for _, pair := range n.Pairs {
				walk(pair.Key)
				walk(pair.Value)
			}
			for _, item := range n.Items {
				walk(item)
			}
		}
		walk(root)
	})
}
