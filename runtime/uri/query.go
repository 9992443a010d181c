package uri

import (
	"math"
	"strings"
)

// scanQuery reads a query, from its "?", and returns where it ends.
func (s *scanner) scanQuery(at int) int {
	if s.hasQuery {
		s.fault(secondQuery, at, "?")
	}
	s.hasQuery = true
	for {
		at++ // behind the "?" or "&"
		start := at
		for !s.startsPart(at) && s.ref[at] != '&' {
			at++
		}
		if at > start {
			s.parameter(start, at)
		}
		if s.startsPart(at) {
			return at
		}
	}
}

// parameter reads one parameter that is not empty.
func (s *scanner) parameter(start, end int) {
	name, value, _ := strings.Cut(s.ref[start:end], "=")
	if s.repeated(name) {
		s.fault(repeatedParameter, start, name)
	}
	switch {
	case name == "mount":
		s.fault(mountParameter, start, name)
	case name != "version" || !strings.HasSuffix(s.scheme, "+"+engineKV2):
		s.fault(unknownParameter, start, name)
	default:
		s.digits = span{end - len(value), end}
		s.version = parseVersion(value)
		if s.version == 0 {
			s.fault(badVersion, s.digits.start, value)
		}
	}
}

// repeated reports whether a parameter of that name was read before.
func (s *scanner) repeated(name string) bool {
	if name == "version" {
		before := s.hasVersion
		s.hasVersion = true
		return before
	}
	if s.others == nil {
		s.others = make(map[string]bool)
	}
	before := s.others[name]
	s.others[name] = true
	return before
}

// parseVersion returns the number that [1-9][0-9]* up to 2147483647 stands for,
// and 0 for any other text.
func parseVersion(s string) int32 {
	const digits = len("2147483647")
	if len(s) == 0 || len(s) > digits || s[0] == '0' {
		return 0
	}
	var n int64
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0
		}
		n = n*10 + int64(s[i]-'0')
	}
	if n > math.MaxInt32 {
		return 0
	}
	return int32(n)
}
