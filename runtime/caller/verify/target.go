package verify

import (
	"net/http"
	"net/url"
	"strings"
)

// target returns the URL that the client of r has called: what it is configured
// to be, or else the connection's scheme, the Host header and the path, as they
// came. No forwarded header is looked at.
func (v *Verifier) target(r *http.Request) string {
	if v.cfg.RequestURL != nil {
		return v.cfg.RequestURL(r)
	}
	base := v.cfg.ExternalURL
	if base == "" {
		scheme := "http://"
		if r.TLS != nil {
			scheme = "https://"
		}
		base = scheme + r.Host
	}
	// A router may have taken a prefix off r.URL; the request line is as it came.
	path := r.URL.EscapedPath()
	if line, err := url.ParseRequestURI(r.RequestURI); err == nil {
		path = line.EscapedPath()
	}
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	return base + path
}

// normalTarget returns a URL without its query and fragment in the normal form of
// RFC 3986 sections 6.2.2 and 6.2.3, which RFC 9449 section 4.3 calls for: scheme
// and host in lower case, no default port, a path, no needless escape, escapes in
// capitals, no dot segment. What is no http URL has none.
func normalTarget(raw string) (string, bool) {
	for i := range len(raw) {
		if raw[i] <= ' ' || raw[i] >= 0x7f {
			return "", false
		}
	}
	u, err := url.Parse(raw)
	if err != nil || u.User != nil || u.Hostname() == "" || strings.ContainsFunc(u.Host, escaped) {
		return "", false
	}
	host := strings.ToLower(u.Host)
	switch u.Scheme { // in lower case, by url.Parse
	case "http":
		host = strings.TrimSuffix(host, ":80")
	case "https":
		host = strings.TrimSuffix(host, ":443")
	default:
		return "", false
	}
	path := withoutDots(normalEscapes(u.EscapedPath()))
	return u.Scheme + "://" + strings.TrimSuffix(host, ":") + path, true
}

// escaped reports whether a character of a parsed host was behind an escape, which
// no host that a client calls has: url.Parse takes them off, and what is then there
// would be another host, or none.
func escaped(c rune) bool { return c <= ' ' || c >= 0x7f || c == '%' }

// normalEscapes takes the escapes off characters that need none, and writes the
// others in capitals.
func normalEscapes(path string) string {
	if !strings.Contains(path, "%") {
		return path
	}
	var b strings.Builder
	for i := 0; i < len(path); i++ {
		if path[i] != '%' { // two digits follow, by url.Parse
			b.WriteByte(path[i])
			continue
		}
		c := unhex(path[i+1])<<4 | unhex(path[i+2])
		if isPathChar(c) || c == '~' {
			b.WriteByte(c)
		} else {
			b.WriteString(strings.ToUpper(path[i : i+3]))
		}
		i += 2
	}
	return b.String()
}

func unhex(c byte) byte {
	switch {
	case c >= 'a':
		return c - 'a' + 10
	case c >= 'A':
		return c - 'A' + 10
	}
	return c - '0'
}

// withoutDots removes dot segments (RFC 3986 section 5.2.4). Empty segments stay.
func withoutDots(path string) string {
	segments := strings.Split(strings.TrimPrefix(path, "/"), "/")
	kept := segments[:0]
	for i, segment := range segments {
		switch segment {
		case ".":
		case "..":
			kept = kept[:max(len(kept)-1, 0)]
		default:
			kept = append(kept, segment)
			continue
		}
		if i == len(segments)-1 {
			kept = append(kept, "")
		}
	}
	return "/" + strings.Join(kept, "/")
}
