// Package strictjson reads JSON objects without the lenience of encoding/json.
//
// Stores answer in JSON, and what a lenient reader makes of an odd answer is an
// attacker's to choose: encoding/json takes the last of two equal keys, folds
// their case and replaces bytes that are not UTF-8. Here the grammar of RFC 8259
// holds to the letter, keys are unique at every level and compared exactly,
// nesting is bounded, and numbers keep their text. What fails is refused as a
// whole and without a reason, because a reason would quote what may be a secret.
//
// Plaintext flows through. Nothing here keeps or copies it but for strings with
// escapes.
package strictjson

import (
	"bytes"
	"slices"
)

// MaxDepth is how deep objects and arrays may nest, the outermost included.
const MaxDepth = 32

// Kind is the type of a JSON value.
type Kind uint8

// The kinds.
const (
	Null Kind = iota
	Bool
	Number
	String
	Object
	Array
)

// Member is one member of an object.
type Member struct {
	Key  string
	Kind Kind
	// Text is the content of a string and anything else as it is written. It
	// shares the memory of the input where it can.
	Text []byte
}

// ParseObject reads text as one object with nothing but white space around it,
// and returns its members in their order. It reports false for anything else.
func ParseObject(text []byte) ([]Member, bool) {
	s := scanner{text: text}
	s.space()
	var members []Member
	if s.peek() != '{' || !s.object(&members) {
		return nil, false
	}
	s.space()
	return members, s.at == len(s.text)
}

// Valid reports whether text is one value of any kind with nothing but white
// space around it.
func Valid(text []byte) bool {
	s := scanner{text: text}
	s.space()
	if _, _, ok := s.value(); !ok {
		return false
	}
	s.space()
	return s.at == len(s.text)
}

// IsNumber reports whether text is one JSON number (RFC 8259 section 6).
func IsNumber(text []byte) bool {
	s := scanner{text: text}
	return s.number() && s.at == len(text)
}

// object reads an object. Where members is not nil, it adds them there.
func (s *scanner) object(members *[]Member) bool {
	if !s.enter() {
		return false
	}
	var keys [][]byte
	for !s.take('}') {
		if len(keys) > 0 && !s.take(',') {
			return false
		}
		s.space()
		key, ok := s.string()
		if !ok {
			return false
		}
		s.space()
		if !s.take(':') {
			return false
		}
		s.space()
		kind, content, ok := s.value()
		if !ok {
			return false
		}
		if members != nil {
			*members = append(*members, Member{Key: string(key), Kind: kind, Text: content})
		}
		keys = append(keys, key)
		s.space()
	}
	s.depth--
	return unique(keys)
}

func (s *scanner) array() bool {
	if !s.enter() {
		return false
	}
	for first := true; !s.take(']'); first = false {
		if !first && !s.take(',') {
			return false
		}
		s.space()
		if _, _, ok := s.value(); !ok {
			return false
		}
		s.space()
	}
	s.depth--
	return true
}

// enter steps behind the bracket that opens an object or array.
func (s *scanner) enter() bool {
	s.at++
	s.depth++
	s.space()
	return s.depth <= MaxDepth
}

// unique sorts keys, since comparing each with each would let an answer of a
// megabyte take minutes.
func unique(keys [][]byte) bool {
	slices.SortFunc(keys, bytes.Compare)
	for i := 1; i < len(keys); i++ {
		if bytes.Equal(keys[i-1], keys[i]) {
			return false
		}
	}
	return true
}
