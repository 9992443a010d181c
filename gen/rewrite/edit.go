package rewrite

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"github.com/secretsgen/secretsgen/gen/diag"
)

// An edit exchanges old, at byte start, for new.
type edit struct {
	start    int
	old, new string
}

// safe says whether old is where the edit expects it, and new means the same
// there. The characters of a canonical reference are those of the reference as
// written, so quotes hold them. Without quotes, in YAML, a ":" that comes to the
// end by the loss of an empty query would make the reference a key.
func (e edit) safe(src []byte) bool {
	if e.start < 0 || !bytes.HasPrefix(src[e.start:], []byte(e.old)) {
		return false
	}
	quoted := e.start > 0 && strings.IndexByte("\"'`", src[e.start-1]) >= 0
	return quoted || !strings.HasSuffix(e.new, ":")
}

// splice applies edits that are safe. Of those that overlap the first is applied.
func splice(src []byte, edits []edit) []byte {
	slices.SortStableFunc(edits, func(a, b edit) int { return cmp.Compare(a.start, b.start) })
	var out []byte
	end := 0
	for _, e := range edits {
		if e.start < end {
			continue
		}
		out = append(out, src[end:e.start]...)
		out = append(out, e.new...)
		end = e.start + len(e.old)
	}
	return append(out, src[end:]...)
}

// lines are the offsets at which the lines of a file start.
type lines []int

func linesOf(src []byte) lines {
	starts := lines{0}
	for i, c := range src {
		if c == '\n' {
			starts = append(starts, i+1)
		}
	}
	return starts
}

// offset returns the offset of a position inside of size bytes, or -1.
func (l lines) offset(pos diag.Pos, size int) int {
	if pos.Line < 1 || pos.Line > len(l) || pos.Col < 1 || pos.Col > size-l[pos.Line-1] {
		return -1
	}
	return l[pos.Line-1] + pos.Col - 1
}
