package settings

import "strings"

// IsSegment reports whether text can be one segment of a reference, so that nothing
// on the way to a store resolves, cuts or escapes it (DESIGN section 2): mounts,
// namespaces and roles in settings are held to it too.
func IsSegment(text string) bool {
	return text != "" && !strings.HasSuffix(text, ".") && !strings.Contains(text, "..") && !strings.ContainsFunc(text, foreign)
}

func foreign(r rune) bool {
	letter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
	return !letter && (r < '0' || r > '9') && r != '.' && r != '_' && r != '-'
}
