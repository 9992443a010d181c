package yamltree

import (
	"bytes"

	"gopkg.in/yaml.v3"
)

// A converter makes our tree from the library's.
type converter struct {
	*text
	limits   limits
	nodes    int
	broken   bool // the tree can't be used
	stopped  bool // at a limit
	problems []Problem
}

func convert(t *text, root *yaml.Node, limit limits) (*Node, []Problem) {
	c := converter{text: t, limits: limit}
	node := c.node(root, 0)
	if c.broken {
		return nil, c.problems
	}
	return node, c.problems
}

// node converts a node that stands in so many collections.
func (c *converter) node(from *yaml.Node, depth int) *Node {
	offset := c.offset(from.Line, from.Column)
	line, col := c.position(offset)
	node := &Node{Line: line, Col: col, ValueCol: col}
	if c.nodes++; c.nodes > c.limits.nodes {
		c.stop(node, tooManyNodes)
		return node
	}
	if from.Kind != yaml.ScalarNode && depth >= c.limits.depth {
		c.stop(node, tooDeep)
		return node
	}
	switch from.Kind {
	case yaml.MappingNode:
		node.Kind = Mapping
		c.pairs(node, from, depth+1)
	case yaml.SequenceNode:
		node.Kind = Sequence
		node.Items = make([]*Node, 0, len(from.Content))
		for _, item := range from.Content {
			if c.stopped {
				break
			}
			node.Items = append(node.Items, c.node(item, depth+1))
		}
	case yaml.ScalarNode:
		node.Kind = Scalar
		c.scalar(node, from, offset)
	default:
		c.refuse(Unsupported, node, alias)
	}
	return node
}

func (c *converter) pairs(node *Node, from *yaml.Node, depth int) {
	node.Pairs = make([]Pair, 0, len(from.Content)/2)
	first := make(map[string]*Node, len(from.Content)/2)
	for i := 0; i < len(from.Content); i += 2 {
		key, value := c.node(from.Content[i], depth), c.node(from.Content[i+1], depth)
		switch {
		case c.stopped:
			return
		case key.Kind != Scalar:
			c.refuse(Unsupported, key, collectionKey)
		case from.Content[i].Tag == "!!merge":
			c.refuse(Unsupported, key, mergeKey)
		case first[key.Value] != nil:
			before := first[key.Value]
			c.problems = append(c.problems, Problem{
				Kind: DuplicateKey, Line: key.Line, Col: key.Col, Message: duplicateKey,
				RelatedLine: before.Line, RelatedCol: before.Col,
			})
		default:
			first[key.Value] = key
			node.Pairs = append(node.Pairs, Pair{key, value})
		}
	}
}

func (c *converter) scalar(node *Node, from *yaml.Node, offset int) {
	node.Value = from.Value
	switch from.Tag {
	case "!!int":
		node.Type = Int
	case "!!float":
		node.Type = Float
	case "!!bool":
		node.Type = Bool
	case "!!null":
		node.Type = Null
	default:
		node.Type = String
	}
	var quote []byte
	switch from.Style {
	case 0:
	case yaml.DoubleQuotedStyle:
		quote = []byte{'"'}
	case yaml.SingleQuotedStyle:
		quote = []byte{'\''}
	default:
		return // a block stands on lines of its own
	}
	node.ValueCol += len(quote)
	rest, opened := bytes.CutPrefix(c.data[offset:], quote)
	rest, same := bytes.CutPrefix(rest, []byte(node.Value))
	node.Exact = opened && same && bytes.HasPrefix(rest, quote)
}

// stop notes that a limit is passed, which ends the conversion.
func (c *converter) stop(at *Node, message string) {
	if !c.stopped {
		c.stopped = true
		c.refuse(Limit, at, message)
	}
}

// refuse notes a problem that leaves no tree.
func (c *converter) refuse(kind ProblemKind, at *Node, message string) {
	c.broken = true
	c.problems = append(c.problems, Problem{Kind: kind, Line: at.Line, Col: at.Col, Message: message})
}
