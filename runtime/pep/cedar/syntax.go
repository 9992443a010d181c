package cedar

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/cedar-policy/cedar-go"
)

// maxTokens is how many tokens one policy may have. The parser and the
// evaluator recurse as deep as expressions nest, and a stack that overflows
// can't be recovered from: a file of 1 MiB of brackets would end the process.
const maxTokens = 1 << 16

// tooLong reports the first policy with too many tokens.
func tooLong(src []byte) (Problem, bool) {
	start, count := 0, 0
	for t := range tokens(src, 0) {
		if count == 0 {
			start = t.start
		}
		count++
		if count > maxTokens {
			return problemAt(src, start, fmt.Sprintf("policy has more than %d tokens: split it", maxTokens)), true
		}
		if t.text(src) == ";" {
			count = 0
		}
	}
	return Problem{}, false
}

// syntaxProblem turns an error of the library into a problem. Its text quotes
// the file, and its position is in characters and, if the token was consumed
// already, one token late.
func syntaxProblem(src []byte, err error) Problem {
	text := strings.TrimPrefix(err.Error(), "parser error: ")
	reported, parsed := strings.CutPrefix(text, "parse error at ")
	place, found := strings.CutPrefix(reported, "<input>:")
	var line, column int
	if !found {
		return unplacedProblem(src)
	}
	if _, err := fmt.Sscanf(place, "%d:%d", &line, &column); err != nil {
		return unplacedProblem(src)
	}
	offset := offsetOf(src, line, column)
	if !parsed {
		_, detail, _ := strings.Cut(place, ": ")
		return problemAt(src, offset, scanMessage(detail))
	}
	message, late := parseMessage(text)
	if late {
		offset = tokenBefore(src, offset)
	}
	return problemAt(src, offset, message)
}

// scanMessage lets the fixed texts of the library's scanner through.
func scanMessage(detail string) string {
	switch detail {
	case "literal not terminated", "comment not terminated", "invalid char escape", "invalid UTF-8 encoding", "invalid character NUL":
		return detail
	}
	return "is not Cedar"
}

// parseMessage says what is wrong without quoting the file, and whether the
// position is that of the next token.
func parseMessage(text string) (message string, late bool) {
	switch {
	case strings.Contains(text, ": exact got "):
		wanted := text[strings.LastIndexByte(text, ' ')+1:]
		return "expected " + wanted, !strings.Contains(text, ": exact got  want ")
	case strings.Contains(text, ": unexpected effect: "):
		return "expected permit or forbid", true
	case strings.Contains(text, ": duplicate annotation: "):
		return "annotation stands twice: keep one", true
	case strings.Contains(text, ": got "):
		return "expected ,", false
	}
	return "does not fit here", true
}

// unplacedProblem finds the policy that does not parse by itself, for errors
// without a position: a number or an escape out of range.
func unplacedProblem(src []byte) Problem {
	start := -1
	for t := range tokens(src, 0) {
		if start < 0 {
			start = t.start
		}
		if t.text(src) != ";" {
			continue
		}
		var policy cedar.Policy
		if policy.UnmarshalCedar(src[start:t.end]) != nil {
			break
		}
		start = -1
	}
	return problemAt(src, max(start, 0), "policy holds a number or an escape that is out of range")
}

// problemAt makes a problem with line and column in bytes.
func problemAt(src []byte, offset int, message string) Problem {
	before := src[:min(offset, len(src))]
	return Problem{
		Line:    bytes.Count(before, []byte("\n")) + 1,
		Column:  len(before) - bytes.LastIndexByte(before, '\n'),
		Message: message,
	}
}

// offsetOf is the byte at a line and a column in characters, both from 1.
func offsetOf(src []byte, line, column int) int {
	at := 0
	for ; line > 1; line-- {
		at = skipPast(src, at, "\n")
	}
	for ; column > 1 && at < len(src); column-- {
		_, n := utf8.DecodeRune(src[at:])
		at += n
	}
	return at
}

// tokenBefore is where the last token before offset starts.
func tokenBefore(src []byte, offset int) int {
	before := offset
	for t := range tokens(src, 0) {
		if t.start >= offset {
			break
		}
		before = t.start
	}
	return before
}
