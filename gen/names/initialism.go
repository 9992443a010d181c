package names

import "strings"

// isInitialism reports whether a word in upper case is spelled so in Go names:
// the list of staticcheck's ST1003, and DB.
func isInitialism(word string) bool {
	switch word {
	case "ACL", "AMQP", "API", "ASCII", "CPU", "CSS", "DB", "DNS", "EOF", "GID",
		"GUID", "HTML", "HTTP", "HTTPS", "ID", "IP", "JSON", "QPS", "RAM", "RPC",
		"RTP", "SIP", "SLA", "SMTP", "SQL", "SSH", "TCP", "TLS", "TS", "TTL", "UDP",
		"UI", "UID", "URI", "URL", "UTF8", "UUID", "VM", "XML", "XMPP", "XSRF", "XSS":
		return true
	}
	return false
}

// longestInitialism is the length of the longest one, in bytes.
const longestInitialism = 5

// oauth is the one word with two capitals.
const oauth = "OAuth"

// spell returns a lower-case word as it stands in a Go name. Initialisms keep
// their capitals before digits (API2) and before the s of a plural (URLs).
func spell(word string) string {
	upper := strings.ToUpper(word)
	base := strings.TrimRight(word, "0123456789")
	digits := word[len(base):]
	switch {
	case isInitialism(upper):
		return upper
	case isInitialism(upper[:len(base)]):
		return upper[:len(base)] + digits
	case strings.HasSuffix(word, "s") && isInitialism(upper[:len(word)-1]):
		return upper[:len(word)-1] + "s"
	case base == strings.ToLower(oauth):
		return oauth + digits
	}
	return upper[:1] + word[1:]
}
