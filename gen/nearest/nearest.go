// Package nearest finds the word that somebody probably meant, for the hint of
// a message.
//
// A word that was typed comes in with those that would have been right, and one
// of the latter goes out, or nothing: only known words are ever returned, so
// that a hint never quotes what stands in a file.
package nearest

import "strings"

// maxEdits is how many letters a word may be off to be taken for a known one.
const maxEdits = 2

// Word returns the first of the known words that typed is the beginning of, or
// else the one that is fewest letters off, or "" if none is near.
func Word(typed string, known []string) string {
	best, bestEdits := "", maxEdits+1
	for _, k := range known {
		if typed != "" && strings.HasPrefix(k, typed) {
			return k
		}
		if difference := len(typed) - len(k); difference > maxEdits || difference < -maxEdits {
			continue
		}
		// A short word is off by as many letters as it has.
		if n := edits(typed, k); n < bestEdits && n < len(k)-1 {
			best, bestEdits = k, n
		}
	}
	return best
}

// edits is the number of bytes to insert, delete, exchange, or swap with their
// neighbor, that makes b of a.
func edits(a, b string) int {
	width := len(b) + 1
	rows := make([]int, 3*width) // the last two, and the next one
	before, last, row := rows[:width], rows[width:2*width], rows[2*width:]
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
