package diag

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestColumnsOfALongLineAreCountedInCodePoints(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"letters":                strings.Repeat("a", 3*stride),
		"a line of one stride":   strings.Repeat("a", stride),
		"letters of two bytes":   strings.Repeat("ä", 3*stride),
		"letters of all sizes":   strings.Repeat("aä€😀", stride),
		"bytes that are no text": strings.Repeat("a\xff\xe2\x82", stride),
	} {
		c := newColumns(func(string) ([]byte, error) { return []byte("short\n" + text + "\nä"), nil })
		// From the end on, so that no column leans on the one before it.
		for n := len(text); n >= 0; n-- {
			if got, want := c.of(Pos{File: "f", Line: 2, Col: n + 1}), utf8.RuneCountInString(text[:n])+1; got != want {
				t.Errorf("%s: column %d is %d in code points, want %d", name, n+1, got, want)
				break
			}
		}
		for _, p := range []Pos{{File: "f", Line: 2, Col: len(text) + 2}, {File: "f", Line: 4, Col: 1}} {
			if got := c.of(p); got != 0 {
				t.Errorf("%s: %s is in column %d, want that it is in none", name, p, got)
			}
		}
	}
}
