package strictjson

import "bytes"

// scanner stands before a byte of text. Each of its methods that reports false
// leaves it anywhere, since nobody reads on.
type scanner struct {
	text  []byte
	at    int
	depth int
}

// value reads a value of any kind.
func (s *scanner) value() (kind Kind, content []byte, ok bool) {
	start := s.at
	switch s.peek() {
	case '"':
		content, ok = s.string()
		return String, content, ok
	case '{':
		kind, ok = Object, s.object(nil)
	case '[':
		kind, ok = Array, s.array()
	case 't':
		kind, ok = Bool, s.word("true")
	case 'f':
		kind, ok = Bool, s.word("false")
	case 'n':
		kind, ok = Null, s.word("null")
	default:
		kind, ok = Number, s.number()
	}
	return kind, s.text[start:s.at], ok
}

// number reads what RFC 8259 section 6 calls one: no plus sign, no leading
// zero, digits on both sides of the point.
func (s *scanner) number() bool {
	s.take('-')
	if !s.take('0') && !s.digits() {
		return false
	}
	if s.take('.') && !s.digits() {
		return false
	}
	if s.take('e') || s.take('E') {
		if !s.take('+') {
			s.take('-')
		}
		return s.digits()
	}
	return true
}

// digits reads one or more.
func (s *scanner) digits() bool {
	start := s.at
	for '0' <= s.peek() && s.peek() <= '9' {
		s.at++
	}
	return s.at > start
}

func (s *scanner) word(w string) bool {
	if !bytes.HasPrefix(s.text[s.at:], []byte(w)) {
		return false
	}
	s.at += len(w)
	return true
}

// peek returns the next byte, or 0 at the end: a zero byte is nowhere legal.
func (s *scanner) peek() byte {
	if s.at == len(s.text) {
		return 0
	}
	return s.text[s.at]
}

// take steps behind c if it comes next.
func (s *scanner) take(c byte) bool {
	if s.peek() != c {
		return false
	}
	s.at++
	return true
}

func (s *scanner) space() {
	for {
		switch s.peek() {
		case ' ', '\t', '\n', '\r':
			s.at++
		default:
			return
		}
	}
}
