package emit

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dave/jennifer/jen"
)

// commentWidth is where comment lines end, in characters.
const commentWidth = 80

// comment makes a line comment of one paragraph, wrapped.
//
// The text may hold a hostile description. Whatever is in it stays in the
// comment: white space of any kind becomes one space, and control and format
// characters go, byte order marks and bidirectional overrides among them. Each
// line begins with "// " and a word that is letters, so that none is read as a
// directive, a build constraint or the markup of doc comments. The first word
// of text must be such a word.
func comment(text string) jen.Code { return jen.Comment(wrap(text)) }

func wrap(text string) string {
	var b strings.Builder
	b.WriteString("//")
	width := len("//")
	words := strings.Fields(printable(text))
	for len(words) > 0 {
		n := 1
		for n < len(words) && !startsLine(words[n]) {
			n++
		}
		unit := strings.Join(words[:n], " ")
		words = words[n:]
		length := 1 + utf8.RuneCountInString(unit)
		if width > len("//") && width+length > commentWidth {
			b.WriteString("\n//")
			width = len("//")
		}
		b.WriteString(" " + unit)
		width += length
	}
	return b.String()
}

// about is the comment of something that was declared with a description.
func about(text, description string) jen.Code {
	if isBlank(description) {
		return comment(text + ".")
	}
	return comment(text + ": " + description)
}

func isBlank(text string) bool { return strings.TrimSpace(printable(text)) == "" }

// printable drops what does not print; white space becomes spaces.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case r == utf8.RuneError || !unicode.IsGraphic(r):
			return -1
		}
		return r
	}, text)
}

// startsLine reports whether a comment line may begin with word.
func startsLine(word string) bool {
	first, _ := utf8.DecodeRuneInString(word)
	return unicode.IsLetter(first) && !strings.Contains(word, ":")
}
