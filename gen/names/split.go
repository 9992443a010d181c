package names

import "strings"

// split returns the words of a name in lower case: parts between separators,
// and within a part what its capitals tell apart.
func split(text string) []string {
	var words []string
	add := func(word string) {
		word = strings.ToLower(word)
		if last := len(words) - 1; last >= 0 && isDigit(word[0]) {
			words[last] += word
		} else {
			words = append(words, word)
		}
	}
	for at := 0; at < len(text); {
		if text[at] == '_' || text[at] == '-' {
			at++
			continue
		}
		part := text[at : at+wordEnd(text[at:])]
		at += len(part)
		if capitals := strings.TrimSuffix(part, "s"); isCapitals(capitals) {
			pieces := initialisms(capitals)
			for _, piece := range pieces[:len(pieces)-1] {
				add(piece)
			}
			add(pieces[len(pieces)-1] + part[len(capitals):])
			continue
		}
		add(part)
	}
	return words
}

// wordEnd returns where the first word of text ends. Capitals that follow each
// other, with their digits, count as one word.
func wordEnd(text string) int {
	if n := oauthPrefix(text); n > 0 {
		return n
	}
	if !isUpper(text[0]) {
		return span(text, 0, isSmall)
	}
	capitals := span(text, 0, isCapital)
	for i := 1; i < capitals; i++ {
		if oauthPrefix(text[i:]) > 0 {
			return i
		}
	}
	end := span(text, capitals, isSmall)
	switch {
	case end == capitals, capitals == 1, isDigit(text[capitals-1]):
		return end
	case text[capitals:end] == "s":
		return end // URLs
	}
	return capitals - 1 // the last capital starts the next word
}

// oauthPrefix returns the length of OAuth, with digits, at the start of text, or
// 0 if the first word is another.
func oauthPrefix(text string) int {
	if !strings.HasPrefix(text, oauth) {
		return 0
	}
	end := span(text, len(oauth), isSmall)
	if strings.Trim(text[len(oauth):end], "0123456789") != "" {
		return 0
	}
	return end
}

// initialisms splits capitals into the fewest initialisms, each with digits that
// follow it, and at the end perhaps a single letter (DBA is db_a) that is not the
// s of a plural. Capitals that are something else stay whole, but for a capital
// behind a digit.
func initialisms(capitals string) []string {
	// best[i] are the pieces of capitals[i:].
	best := make([][]string, len(capitals)+1)
	for i := len(capitals) - 1; i >= 0; i-- {
		if i > 0 && isUpper(capitals[i]) && capitals[i] != 'S' && span(capitals, i+1, isDigit) == len(capitals) {
			best[i] = []string{capitals[i:]}
		}
		for n := min(longestInitialism, len(capitals)-i); n > 1; n-- {
			if !isInitialism(capitals[i : i+n]) {
				continue
			}
			end := span(capitals, i+n, isDigit)
			if end < len(capitals) && best[end] == nil {
				continue
			}
			if best[i] == nil || len(best[end])+1 < len(best[i]) {
				best[i] = append([]string{capitals[i:end]}, best[end]...)
			}
		}
	}
	if best[0] != nil {
		return best[0]
	}
	for i := 1; i < len(capitals); i++ {
		if isDigit(capitals[i-1]) && isUpper(capitals[i]) {
			return append([]string{capitals[:i]}, initialisms(capitals[i:])...)
		}
	}
	return []string{capitals}
}

// span returns the end of the bytes of a kind from start.
func span(text string, start int, kind func(byte) bool) int {
	for start < len(text) && kind(text[start]) {
		start++
	}
	return start
}

func isCapitals(text string) bool {
	return text != "" && isUpper(text[0]) && span(text, 0, isCapital) == len(text)
}

func isLower(c byte) bool   { return 'a' <= c && c <= 'z' }
func isUpper(c byte) bool   { return 'A' <= c && c <= 'Z' }
func isDigit(c byte) bool   { return '0' <= c && c <= '9' }
func isCapital(c byte) bool { return isUpper(c) || isDigit(c) }

// isSmall holds for what goes on with a word: all but capitals and separators.
func isSmall(c byte) bool { return !isUpper(c) && c != '_' && c != '-' }
