package yamltree

import (
	"bytes"
	"sort"
	"unicode/utf8"
)

// stride is the number of runes between two entries of text.marks.
const stride = 64

// A text is an input that passed the check of its bytes, with an index of its
// lines.
type text struct {
	data  []byte
	lines []int // where each line starts, in bytes

	// The library counts columns in runes, and a line may be as long as the file.
	// Where runes are not bytes, these tables turn one into the other in constant
	// time: runes has the number of runes before each line, marks the place in
	// bytes of every stride-th rune.
	runes, marks []int
}

var byteOrderMark = []byte("\ufeff")

// newText checks the bytes of data, and returns the first problem if there is
// one.
func newText(data []byte) (*text, *Problem) {
	t := &text{data: data, lines: []int{0}}
	if len(data) > MaxBytes {
		return nil, t.problem(Limit, 0, tooLarge)
	}
	ascii := true
	for at := t.start(); at < len(data); {
		c := data[at]
		switch {
		case c == '\n':
			t.lines = append(t.lines, at+1)
		case c == '\r':
			if at+1 == len(data) || data[at+1] != '\n' {
				return nil, t.problem(Unsupported, at, lineSeparator)
			}
		case c < ' ' && c != '\t' || c == 0x7f:
			return nil, t.problem(Unsupported, at, controlByte)
		case c >= utf8.RuneSelf:
			ascii = false
			r, size := utf8.DecodeRune(data[at:])
			if message := refuse(r, size); message != "" {
				return nil, t.problem(Unsupported, at, message)
			}
			at += size
			continue
		}
		at++
	}
	if !ascii {
		t.indexRunes()
	}
	return t, nil
}

// refuse returns what is wrong with a rune outside of ASCII, or "". The library
// takes U+0085, U+2028 and U+2029 for line breaks, YAML 1.2 and editors do not;
// beyond the control characters it refuses U+FEFF, U+FFFE and U+FFFF.
func refuse(r rune, size int) string {
	switch {
	case r == utf8.RuneError && size == 1:
		return notUTF8
	case r == 0x85, r == 0x2028, r == 0x2029:
		return lineSeparator
	case r < 0xa0, r == 0xfeff, r == 0xfffe, r == 0xffff:
		return controlByte
	}
	return ""
}

// start is where the text starts: behind a byte order mark, which some editors
// write and which says nothing.
func (t *text) start() int {
	if bytes.HasPrefix(t.data, byteOrderMark) {
		return len(byteOrderMark)
	}
	return 0
}

func (t *text) indexRunes() {
	runes, line := 0, 0
	for at := t.start(); at < len(t.data); runes++ {
		if line < len(t.lines) && at >= t.lines[line] {
			t.runes = append(t.runes, runes)
			line++
		}
		if runes%stride == 0 {
			t.marks = append(t.marks, at)
		}
		_, size := utf8.DecodeRune(t.data[at:])
		at += size
	}
	if line < len(t.lines) { // an empty last line
		t.runes = append(t.runes, runes)
	}
}

// offset turns a line and column of the library, both from 1, the column in
// runes, into an offset in bytes. One that is out of range comes back as the
// end of the text.
func (t *text) offset(line, column int) int {
	end := len(t.data)
	line, column = line-1, column-1
	if line < 0 || line >= len(t.lines) || column < 0 {
		return end
	}
	if t.runes == nil {
		return min(max(t.lines[line], t.start())+column, end)
	}
	runes := t.runes[line] + column
	if runes/stride >= len(t.marks) {
		return end
	}
	at := t.marks[runes/stride]
	for range runes % stride {
		_, size := utf8.DecodeRune(t.data[at:])
		at += size
	}
	return at
}

// position returns the line and column of an offset, both from 1, the column in
// bytes.
func (t *text) position(offset int) (line, col int) {
	line = sort.Search(len(t.lines), func(i int) bool { return t.lines[i] > offset })
	return line, offset - t.lines[line-1] + 1
}

func (t *text) problem(kind ProblemKind, offset int, message string) *Problem {
	line, col := t.position(offset)
	return &Problem{Kind: kind, Line: line, Col: col, Message: message}
}
