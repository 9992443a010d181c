package uri

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// A scanner reads one reference, notes where its parts are and collects every
// fault. It goes from left to right once; what it notes makes a [URI] only if
// there was no fault.
type scanner struct {
	ref     string
	scope   Scope
	pattern bool // "*" as the last segment is legal

	faults []fault // the leftmost under each code

	scheme  string // canonical
	mount   int    // where the mount ends in ref
	path    int    // where the path ends, without its trailing slash
	key     span
	digits  span // of the version
	version int32

	hasKey, hasQuery, hasVersion bool

	others map[string]bool // parameters other than version; each is a fault already
}

// A span is a part of the reference, without its separator.
type span struct{ start, end int }

// fault notes a problem; newFault says what becomes of the token.
func (s *scanner) fault(p problem, offset int, token string) {
	found := newFault(p, offset, token)
	i := slices.IndexFunc(s.faults, func(f fault) bool { return f.code() == found.code() })
	switch {
	case i < 0:
		s.faults = append(s.faults, found)
	case offset < s.faults[i].offset:
		s.faults[i] = found
	}
}

// faultAt notes a problem with the character at offset, in a token that starts
// at start. The token is shown up to that character only: behind a misplaced ":"
// there may be a password.
func (s *scanner) faultAt(p problem, start, offset int) {
	_, size := utf8.DecodeRuneInString(s.ref[offset:])
	end := offset + size
	s.fault(p, offset, s.ref[max(start, end-maxToken):end])
}

func (s *scanner) scan() {
	if len(s.ref) > maxLength {
		s.fault(tooLong, maxLength, "")
		return
	}
	schemeEnd := strings.Index(s.ref, separator)
	start := schemeEnd + len(separator)
	switch {
	case schemeEnd < 0:
		s.fault(noSeparator, 0, "")
		return
	case schemeEnd == 0:
		s.fault(emptyScheme, 0, "")
		return
	case start == len(s.ref):
		s.fault(nothingNamed, start, "")
		return
	}
	s.scheme = s.scope.scheme(s.ref[:schemeEnd])
	if s.scheme == "" {
		s.fault(unknownScheme, 0, s.ref[:schemeEnd])
		return
	}
	for at := s.scanSegments(start); at < len(s.ref); {
		if s.ref[at] == '#' {
			at = s.scanKey(at)
		} else {
			at = s.scanQuery(at)
		}
	}
}

// scanSegments reads the mount, from start, and the path. It returns where they
// end: at a "#", at a "?" or behind the reference.
func (s *scanner) scanSegments(start int) int {
	at := s.scanSegment(start, false)
	s.mount, s.path = at, at
	if mount := s.ref[start:at]; len(s.faults) == 0 && !s.scope.allows(mount) {
		s.fault(mountNotAllowed, start, mount)
	}
	for !s.startsPart(at) {
		at++ // behind the slash
		if s.startsPart(at) {
			break // it was the one trailing slash
		}
		at = s.scanSegment(at, s.pattern)
		s.path = at
	}
	if s.path == s.mount {
		s.fault(mountWithoutPath, s.mount, s.ref[start:s.mount])
	}
	return at
}

// scanSegment reads one segment, from start, and returns where it ends: at a
// slash or where scanSegments does. With star, "*" is legal as the whole segment
// at the end of the reference.
func (s *scanner) scanSegment(start int, star bool) int {
	at := start
scan:
	for ; at < len(s.ref); at++ {
		c := s.ref[at]
		if isAlphanumeric(c) {
			continue
		}
		switch c {
		case '/', '#', '?':
			break scan
		case '_', '-':
		case '.':
			if at > start && s.ref[at-1] == '.' {
				s.faultAt(segmentDots, start, at)
			}
		case '*':
			if !star || at > start || at+1 < len(s.ref) {
				s.faultAt(wildcard, start, at)
			}
		default:
			s.faultAt(segmentCharacter, start, at)
		}
	}
	switch {
	case at == start:
		s.fault(emptySegment, start, "")
	case s.ref[at-1] == '.':
		s.faultAt(segmentDots, start, at-1)
	}
	return at
}

// scanKey reads a key, from its "#", and returns where it ends.
func (s *scanner) scanKey(at int) int {
	if s.hasKey {
		s.fault(secondKey, at, "#")
	}
	s.hasKey = true
	at++
	start := at
scan:
	for ; at < len(s.ref); at++ {
		c := s.ref[at]
		if isAlphanumeric(c) {
			continue
		}
		switch c {
		case '#', '?':
			break scan
		case '.', '_', '~', '@', ':', '+', '=', ',', '-':
		default:
			s.faultAt(keyCharacter, start, at)
		}
	}
	if at == start {
		s.fault(emptyKey, start, "")
	}
	s.key = span{start, at}
	return at
}

// startsPart reports whether a key or a query starts at that offset, or the
// reference is over.
func (s *scanner) startsPart(at int) bool {
	return at == len(s.ref) || s.ref[at] == '#' || s.ref[at] == '?'
}

func isAlphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}
