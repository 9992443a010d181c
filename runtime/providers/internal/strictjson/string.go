package strictjson

import (
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// string reads a string and returns its content, which is part of the text
// itself unless there are escapes.
func (s *scanner) string() ([]byte, bool) {
	if !s.take('"') {
		return nil, false
	}
	start := s.at
	var decoded []byte // what stands before start, once there was an escape
	for s.at < len(s.text) {
		switch c := s.text[s.at]; {
		case c == '"':
			content := s.text[start:s.at:s.at]
			if decoded != nil {
				content = append(decoded, content...)
			}
			s.at++
			return content, utf8.Valid(content)
		case c < ' ':
			return nil, false
		case c == '\\':
			decoded = append(decoded, s.text[start:s.at]...)
			s.at++
			r, ok := s.escape()
			if !ok {
				return nil, false
			}
			decoded = utf8.AppendRune(decoded, r)
			start = s.at
		default:
			s.at++
		}
	}
	return nil, false
}

// escape reads what stands behind a backslash. Half a surrogate pair is
// refused: no UTF-8 text can hold it.
func (s *scanner) escape() (rune, bool) {
	if s.at == len(s.text) {
		return 0, false
	}
	c := s.text[s.at]
	s.at++
	switch c {
	case '"', '\\', '/':
		return rune(c), true
	case 'b':
		return '\b', true
	case 'f':
		return '\f', true
	case 'n':
		return '\n', true
	case 'r':
		return '\r', true
	case 't':
		return '\t', true
	case 'u':
		r, ok := s.hex4()
		if !ok || !utf16.IsSurrogate(r) {
			return r, ok
		}
		if !s.word(`\u`) {
			return 0, false
		}
		low, ok := s.hex4()
		r = utf16.DecodeRune(r, low)
		return r, ok && r != utf8.RuneError
	}
	return 0, false
}

func (s *scanner) hex4() (rune, bool) {
	if len(s.text)-s.at < 4 {
		return 0, false
	}
	n, err := strconv.ParseUint(string(s.text[s.at:s.at+4]), 16, 16)
	s.at += 4
	return rune(n), err == nil
}

// AppendString appends content as a JSON string. Bytes that are not UTF-8 go
// through as they are; [ParseObject] refuses them.
func AppendString(dst, content []byte) []byte {
	dst = append(dst, '"')
	for _, c := range content {
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c < ' ':
			dst = fmt.Appendf(dst, `\u%04x`, c)
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}
