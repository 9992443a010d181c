package yamltree

import (
	"bytes"
	"strings"
)

// flowScalar skips a scalar that may be a key: a quoted or a plain one.
func (l *lexer) flowScalar(c byte) {
	switch c {
	case '\'':
		l.singleQuoted()
	case '"':
		l.doubleQuoted()
	case '@', '`', '%', '|', '>':
		l.suspect(l.pos, reservedStart)
		l.plain()
	default:
		l.plain()
	}
}

func (l *lexer) singleQuoted() {
	open := l.pos
	for l.pos++; l.pos < len(l.data); l.pos++ {
		switch l.data[l.pos] {
		case '\n':
			l.lineStart = l.pos + 1
		case '\'':
			if l.pos++; l.pos == len(l.data) || l.data[l.pos] != '\'' {
				return
			}
		}
	}
	l.suspect(open, openQuote)
}

func (l *lexer) doubleQuoted() {
	open := l.pos
	for l.pos++; l.pos < len(l.data); l.pos++ {
		switch l.data[l.pos] {
		case '"':
			l.pos++
			return
		case '\\':
			l.pos++
			if l.pos < len(l.data) && strings.IndexByte("0abt\tnvfre \"'\\N_LPxuU\r\n", l.data[l.pos]) < 0 {
				l.suspect(l.pos-1, unknownEscape)
			}
			if l.pos < len(l.data) && l.data[l.pos] == '\n' {
				l.lineStart = l.pos + 1
			}
		case '\n':
			l.lineStart = l.pos + 1
		}
	}
	l.pos = len(l.data)
	l.suspect(open, openQuote)
}

// plain skips a plain scalar, which goes on in the lines below as long as they
// stand deeper than the innermost block collection.
func (l *lexer) plain() {
	var broken bool // at the end of a line
	l.pos++         // also what can't start a plain scalar, so that the scan goes on
	for {
		for !l.blankAt(l.pos) {
			c := l.data[l.pos]
			if c == ':' && l.blankAt(l.pos+1) || len(l.flow) > 0 && isFlowIndicator(c) {
				l.keyAllowed = false
				return
			}
			l.pos++
		}
		broken = false
		for ; l.pos < len(l.data) && isBlank(l.data[l.pos]); l.pos++ {
			if l.data[l.pos] == '\n' {
				l.lineStart, broken = l.pos+1, true
			}
		}
		column := l.pos - l.lineStart
		if l.pos == len(l.data) || l.data[l.pos] == '#' ||
			len(l.flow) == 0 && column <= l.indent() ||
			column == 0 && (l.documentStart() || l.documentEnd()) {
			break
		}
	}
	l.keyAllowed = broken
}

// blockScalar skips a literal or folded scalar with its header. Its indentation
// is that of its first line with text unless the header gives it.
func (l *lexer) blockScalar() {
	indent := 0
	for l.pos++; l.pos < len(l.data); l.pos++ {
		c := l.data[l.pos]
		if '1' <= c && c <= '9' {
			indent = max(l.indent(), 0) + int(c-'0')
		} else if c != '+' && c != '-' {
			break
		}
	}
	l.skipLine()
	given := indent > 0
	if !given {
		indent = max(l.indent()+1, 1)
	}
	for l.pos < len(l.data) { // at the line break before a line
		lineStart := l.pos + 1
		at := lineStart
		for at < len(l.data) && l.data[at] == ' ' {
			at++
		}
		blank := at == len(l.data) || l.data[at] == '\n' || l.data[at] == '\r'
		if !given {
			indent = max(indent, at-lineStart)
			given = !blank
		}
		if !blank && at-lineStart < indent {
			return
		}
		l.pos, l.lineStart = at, lineStart
		l.skipLine()
	}
}

// skipLine goes to the end of the line.
func (l *lexer) skipLine() {
	if n := bytes.IndexByte(l.data[l.pos:], '\n'); n >= 0 {
		l.pos += n
	} else {
		l.pos = len(l.data)
	}
}

// blankAt reports whether white space or the end is at offset.
func (l *lexer) blankAt(offset int) bool {
	return offset >= len(l.data) || isBlank(l.data[offset])
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func isFlowIndicator(c byte) bool { return strings.IndexByte(",?[]{}", c) >= 0 }
