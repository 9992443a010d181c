package readtags

import (
	"go/ast"
	"strconv"
	"strings"

	"github.com/secretsgen/secretsgen/gen/diag"
)

// A tag is the text of a struct tag and where its bytes are in the file.
type tag struct {
	text string
	base int   // offset of the first byte
	at   []int // offsets by index, the end included, from base; nil where they are equal
}

// tag returns the tag of a field. That of a field without one is empty.
func (f *file) tag(field *ast.Field) tag {
	if field.Tag == nil {
		return tag{}
	}
	start, end := f.tokens.Offset(field.Tag.Pos()), f.tokens.Offset(field.Tag.End())
	return newTag(string(f.text[start:end]), start)
}

// newTag reads a string literal that stands at offset start of a file. The
// parser's own text of it won't do: carriage returns are missing there.
func newTag(literal string, start int) tag {
	quote, inner := literal[0], literal[1:len(literal)-1]
	t := tag{text: inner, base: start + 1}
	if quote == '`' && !strings.Contains(inner, "\r") || quote == '"' && !strings.Contains(inner, `\`) {
		return t
	}
	var text strings.Builder
	for rest := inner; rest != ""; {
		from := len(inner) - len(rest)
		if quote == '`' {
			if rest[0] != '\r' {
				text.WriteByte(rest[0])
			}
			rest = rest[1:]
		} else {
			r, multibyte, tail, _ := strconv.UnquoteChar(rest, '"') // which the parser did before
			if multibyte {
				text.WriteRune(r)
			} else {
				text.WriteByte(byte(r))
			}
			rest = tail
		}
		for len(t.at) < text.Len() {
			t.at = append(t.at, from)
		}
	}
	t.text = text.String()
	t.at = append(t.at, len(inner))
	return t
}

// offset returns where byte i of the text is in the file.
func (t tag) offset(i int) int {
	if t.at != nil {
		i = t.at[i]
	}
	return t.base + i
}

// contiguous says whether n bytes of the text from i stand in the file as they are.
func (t tag) contiguous(i, n int) bool {
	return t.offset(i+n)-t.offset(i) == n
}

// tagPos returns where byte i of a field's tag is.
func (f *file) tagPos(t tag, i int) diag.Pos {
	return f.pos(f.tokens.Pos(t.offset(i)))
}
