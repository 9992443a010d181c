package diag

import (
	"bytes"
	"unicode/utf8"
)

// columns converts columns in bytes to columns in Unicode code points. It reads
// each file once.
type columns struct {
	read  func(file string) ([]byte, error)
	lines map[string][][]byte
}

func newColumns(read func(file string) ([]byte, error)) *columns {
	return &columns{read: read, lines: map[string][][]byte{}}
}

// of returns 0 for a position that is not in its file, or not in any more.
func (c *columns) of(p Pos) int {
	lines, ok := c.lines[p.File]
	if !ok {
		if content, err := c.read(p.File); err == nil {
			lines = bytes.Split(content, []byte("\n"))
		}
		c.lines[p.File] = lines
	}
	if p.Line < 1 || p.Line > len(lines) || p.Col < 1 || p.Col > len(lines[p.Line-1])+1 {
		return 0
	}
	return utf8.RuneCount(lines[p.Line-1][:p.Col-1]) + 1
}
