package yamltree

import "bytes"

// A lexer finds the tokens of a text as the library's scanner does, without
// their values: where scalars and collections start, and how deep they stand.
//
// It counts what the library would allocate before the library does so. Where a
// level or a node has no token of its own its counts are lower than the tree's,
// down to a third of them, and never higher; the conversion of the tree counts
// again, exactly. What only looks wrong is no reason to refuse it. It is a
// suspicion, which is told if the library fails, because the library can't say
// in which column.
type lexer struct {
	*text
	pos       int
	lineStart int

	indents []int     // columns of the open block collections, from 0
	flow    []bracket // open flow collections

	limits limits
	nodes  int

	// keyAllowed says that a key without "?" may start here; it also forbids tabs.
	keyAllowed bool
	// pending says that the last token wants a node behind it.
	pending bool
	// key is where a key may have started, outside of flow collections.
	key key

	started bool // a token of the document was seen
	ended   bool // and then its end

	problems  []Problem
	stopped   bool // at a limit
	suspicion *Problem
}

type bracket struct {
	offset int
	open   byte
}

type key struct {
	possible  bool
	required  bool // it stands where the keys of the innermost mapping do
	expected  bool // a node was pending
	offset    int
	lineStart int
}

// lex returns what it refuses, and the first suspicion, if there is one.
func lex(t *text, limit limits) (problems []Problem, suspicion *Problem) {
	l := lexer{
		text:       t,
		pos:        t.start(),
		lineStart:  t.start(),
		limits:     limit,
		keyAllowed: true,
		pending:    true,
	}
	for l.skipToToken(); l.pos < len(l.data) && !l.stopped; l.skipToToken() {
		l.token()
	}
	l.dropKey()
	if n := len(l.flow); n > 0 {
		l.suspect(l.flow[n-1].offset, openBracket)
	}
	return l.problems, l.suspicion
}

// skipToToken skips white space and comments.
func (l *lexer) skipToToken() {
	for ; l.pos < len(l.data); l.pos++ {
		switch l.data[l.pos] {
		case ' ', '\r':
		case '\t':
			if len(l.flow) == 0 && l.keyAllowed {
				l.suspect(l.pos, tabIndentation)
			}
		case '#':
			l.skipLine()
		}
		if l.pos == len(l.data) || !isBlank(l.data[l.pos]) {
			return
		}
		if l.data[l.pos] == '\n' {
			l.lineStart = l.pos + 1
			l.keyAllowed = l.keyAllowed || len(l.flow) == 0
		}
	}
}

// token reads one token.
func (l *lexer) token() {
	start, column := l.pos, l.pos-l.lineStart
	if len(l.flow) == 0 {
		for len(l.indents) > 0 && l.indent() > column {
			l.indents = l.indents[:len(l.indents)-1]
		}
	}
	if l.key.possible && l.key.lineStart != l.lineStart {
		l.dropKey()
	}
	if column == 0 && l.documentToken() {
		return
	}
	if l.ended {
		l.refuse(start, secondDocument)
		l.ended = false
	}
	l.started = true
	switch c := l.data[start]; {
	case c == '[', c == '{':
		l.openFlow(c)
	case c == ']', c == '}':
		l.closeFlow(c)
	case c == ',':
		l.pos++
		l.empty()
		l.pending = false
	case c == '-' && l.blankAt(start+1):
		l.pos++
		if len(l.flow) == 0 && !l.keyAllowed {
			l.suspect(start, inlineSequence)
		}
		if !l.push(start, l.pending) {
			l.empty() // or a sequence at the indentation of the mapping around it
		}
		l.keyAllowed, l.pending = true, true
	case c == '?' && (len(l.flow) > 0 || l.blankAt(start+1)):
		l.pos++
		if !l.push(start, l.pending) {
			l.empty()
		}
		l.keyAllowed, l.pending = true, true
	case c == ':' && (len(l.flow) > 0 || l.blankAt(start+1)):
		l.pos++
		l.value(start)
	case c == '*', c == '&', c == '!':
		l.property(c)
	case c == '|' && len(l.flow) == 0, c == '>' && len(l.flow) == 0:
		l.node()
		l.blockScalar()
	default:
		l.startKey()
		l.node()
		l.keyAllowed = false
		l.flowScalar(c)
	}
}

// documentToken reads what means something at the start of a line only, and
// reports whether it stood there.
func (l *lexer) documentToken() bool {
	switch {
	case l.data[l.pos] == '%':
		l.refuse(l.pos, directive)
		l.skipLine()
		return true
	case l.documentStart():
		if l.started || l.ended {
			l.refuse(l.pos, secondDocument)
		}
		l.started, l.ended = true, false
	case l.documentEnd():
		l.ended = l.started
	default:
		return false
	}
	l.dropKey()
	l.indents = l.indents[:0]
	l.pos += len("---")
	l.keyAllowed, l.pending = false, true
	return true
}

func (l *lexer) documentStart() bool {
	return bytes.HasPrefix(l.data[l.pos:], []byte("---")) && l.blankAt(l.pos+3)
}

func (l *lexer) documentEnd() bool {
	return bytes.HasPrefix(l.data[l.pos:], []byte("...")) && l.blankAt(l.pos+3)
}

// value reads a ":" behind a key, or behind nothing.
func (l *lexer) value(start int) {
	switch {
	case len(l.flow) > 0:
		l.empty()
	case l.key.possible:
		l.push(l.key.offset, l.key.expected)
		l.key.possible = false
		l.keyAllowed = false
	default:
		if !l.keyAllowed {
			l.suspect(start, unexpectedPair)
		}
		l.empty()
		l.keyAllowed = true
	}
	l.pending = true
}

// property reads an alias, an anchor or a tag. It is refused, so what it does to
// the tokens behind it does not matter.
func (l *lexer) property(c byte) {
	switch c {
	case '*':
		l.refuse(l.pos, alias)
	case '&':
		l.refuse(l.pos, anchor)
	case '!':
		l.refuse(l.pos, tag)
	}
	for l.pos++; !l.blankAt(l.pos) && (len(l.flow) == 0 || !isFlowIndicator(l.data[l.pos])); {
		l.pos++
	}
}
