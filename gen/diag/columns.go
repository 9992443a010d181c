package diag

import (
	"bytes"
	"sort"
	"unicode/utf8"
)

// columns converts columns in bytes to columns in Unicode code points. It reads
// each file once, and a line with many findings not once for each of them.
type columns struct {
	read  func(file string) ([]byte, error)
	lines map[string][]line
}

// line is a line of a file. The marks of one that was asked for are the places
// in bytes of every stride-th code point, the first one left out.
type line struct {
	text  []byte
	marks []int
}

// stride is the number of code points between two marks.
const stride = 256

func newColumns(read func(file string) ([]byte, error)) *columns {
	return &columns{read: read, lines: map[string][]line{}}
}

// of returns 0 for a position that is not in its file, or not in any more.
func (c *columns) of(p Pos) int {
	lines, ok := c.lines[p.File]
	if !ok {
		if content, err := c.read(p.File); err == nil {
			for text := range bytes.SplitSeq(content, []byte("\n")) {
				lines = append(lines, line{text: text})
			}
		}
		c.lines[p.File] = lines
	}
	if p.Line < 1 || p.Line > len(lines) || p.Col < 1 || p.Col > len(lines[p.Line-1].text)+1 {
		return 0
	}
	return lines[p.Line-1].runes(p.Col-1) + 1
}

// runes is the number of code points in the first n bytes.
func (l *line) runes(n int) int {
	if l.marks == nil && len(l.text) > stride {
		l.mark()
	}
	passed := sort.SearchInts(l.marks, n+1)
	start := 0
	if passed > 0 {
		start = l.marks[passed-1]
	}
	return passed*stride + utf8.RuneCount(l.text[start:n])
}

func (l *line) mark() {
	l.marks = make([]int, 0, len(l.text)/stride)
	for at, runes := 0, 0; at < len(l.text); runes++ {
		if runes > 0 && runes%stride == 0 {
			l.marks = append(l.marks, at)
		}
		_, size := utf8.DecodeRune(l.text[at:])
		at += size
	}
}
