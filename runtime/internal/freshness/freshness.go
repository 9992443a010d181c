// Package freshness tells how long the answer of a server may be used, by what
// its headers say and within the limits of who asked. Keys of an issuer and
// metadata of a PDP are kept by it; it knows of neither.
package freshness

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Limits are the bounds of a lifetime.
type Limits struct {
	Least   time.Duration // also of what must not be kept, and of a time that can't be read
	Default time.Duration // of an answer that says nothing
	Most    time.Duration
}

// Of reads Cache-Control (RFC 9111 section 5.2.2). A time that can't be read is
// over (section 4.2.1).
func (l Limits) Of(header http.Header) time.Duration {
	lifetime := l.Default
	for directive := range strings.SplitSeq(strings.Join(header.Values("Cache-Control"), ","), ",") {
		name, value, _ := strings.Cut(strings.ToLower(strings.TrimSpace(directive)), "=")
		switch name {
		case "no-store", "no-cache":
			return l.Least
		case "max-age":
			seconds, err := strconv.ParseUint(strings.Trim(value, `"`), 10, 31)
			if err != nil {
				return l.Least
			}
			lifetime = time.Duration(seconds) * time.Second
		}
	}
	return min(max(lifetime, l.Least), l.Most)
}
