package cedar

import (
	"bytes"
	"iter"
	"unicode/utf8"
)

// token is one token of a policy file, as a range of bytes. The library tells
// positions of whole policies only, so annotations are looked up here, and it
// recurses once per token at the worst, so they are counted here.
type token struct{ start, end int }

func (t token) text(src []byte) string { return string(src[t.start:t.end]) }

// tokens yields the tokens of src that start at from or later; from must not be
// inside a token. White space and comments are no tokens. It accepts anything:
// what is no Cedar comes out as tokens of one character, or as a text that ends
// with the file.
func tokens(src []byte, from int) iter.Seq[token] {
	return func(yield func(token) bool) {
		for at := skipSpace(src, from); at < len(src); at = skipSpace(src, at) {
			end := at + width(src[at:])
			if !yield(token{at, end}) {
				return
			}
			at = end
		}
	}
}

func skipSpace(src []byte, at int) int {
	for at < len(src) {
		switch rest := src[at:]; {
		case bytes.IndexByte([]byte(" \t\r\n"), rest[0]) >= 0:
			at++
		case bytes.HasPrefix(rest, []byte("//")):
			at = skipPast(src, at, "\n")
		case bytes.HasPrefix(rest, []byte("/*")):
			at = skipPast(src, at+len("/*"), "*/")
		default:
			return at
		}
	}
	return at
}

func skipPast(src []byte, at int, end string) int {
	if i := bytes.Index(src[at:], []byte(end)); i >= 0 {
		return at + i + len(end)
	}
	return len(src)
}

// width is the length of the token that src, which is not empty, starts with.
func width(src []byte) int {
	switch {
	case isWord(src[0]):
		n := 1
		for n < len(src) && isWord(src[n]) {
			n++
		}
		return n
	case src[0] == '"':
		return textWidth(src)
	}
	for _, mark := range []string{"::", "==", "!=", "<=", ">=", "&&", "||"} {
		if bytes.HasPrefix(src, []byte(mark)) {
			return len(mark)
		}
	}
	_, n := utf8.DecodeRune(src)
	return n
}

func isWord(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_'
}

func textWidth(src []byte) int {
	for n := 1; n < len(src); n++ {
		switch src[n] {
		case '\\':
			n++
		case '"':
			return n + 1
		}
	}
	return len(src)
}
