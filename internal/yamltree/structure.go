package yamltree

// startKey notes that a key may start here.
func (l *lexer) startKey() {
	if len(l.flow) > 0 || !l.keyAllowed {
		return
	}
	column := l.pos - l.lineStart
	l.key = key{
		possible:  true,
		required:  column == l.indent(),
		expected:  l.pending,
		offset:    l.pos,
		lineStart: l.lineStart,
	}
	if column <= l.indent() {
		l.empty()
	}
}

// dropKey says that what may have been a key was none.
func (l *lexer) dropKey() {
	if len(l.flow) == 0 && l.key.possible {
		if l.key.required {
			l.suspect(l.key.offset, missingColon)
		}
		l.key.possible = false
	}
}

// push opens a block collection at offset if it stands deeper than the
// innermost one, and reports whether it does. It is expected behind a token that
// wants a node.
func (l *lexer) push(offset int, expected bool) bool {
	column := offset - l.lineStart
	if len(l.flow) > 0 || column <= l.indent() {
		return false
	}
	if !expected {
		l.suspect(offset, indentation)
	}
	l.indents = append(l.indents, column)
	l.deepen(offset)
	return true
}

func (l *lexer) openFlow(c byte) {
	l.startKey()
	l.flow = append(l.flow, bracket{l.pos, c})
	l.deepen(l.pos)
	l.pos++
	l.pending = false
}

func (l *lexer) closeFlow(c byte) {
	n := len(l.flow)
	if n == 0 || l.flow[n-1].open != c-2 { // '[' and ']', '{' and '}' are two apart
		l.suspect(l.pos, closingBracket)
	}
	l.empty()
	l.flow = l.flow[:max(0, n-1)]
	l.pos++
	l.keyAllowed, l.pending = false, false
}

// deepen counts a collection.
func (l *lexer) deepen(offset int) {
	if len(l.indents)+len(l.flow) > l.limits.depth {
		l.limit(offset, tooDeep)
	}
	l.count()
}

// node counts the node that starts here.
func (l *lexer) node() {
	l.pending = false
	l.count()
}

// empty counts the node that the last token wanted and did not get.
func (l *lexer) empty() {
	if l.pending {
		l.node()
	}
}

func (l *lexer) count() {
	if l.nodes++; l.nodes > l.limits.nodes {
		l.limit(l.pos, tooManyNodes)
	}
}

// indent is the column of the innermost block collection, or -1.
func (l *lexer) indent() int {
	if len(l.indents) == 0 {
		return -1
	}
	return l.indents[len(l.indents)-1]
}

func (l *lexer) limit(offset int, message string) {
	l.stopped = true
	l.problems = append(l.problems, *l.problem(Limit, offset, message))
}

// refuse notes a problem. It counts as a node, so that problems have a limit.
func (l *lexer) refuse(offset int, message string) {
	l.problems = append(l.problems, *l.problem(Unsupported, offset, message))
	l.count()
}

func (l *lexer) suspect(offset int, message string) {
	if l.suspicion == nil {
		l.suspicion = l.problem(Syntax, offset, message)
	}
}
