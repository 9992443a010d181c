package uri

import (
	"bytes"
	"fmt"
)

// A SaltError says what is wrong with the value of SECRET_TENANT_SALT, and never
// the value or how long it is.
type SaltError struct {
	// Setting is the name of the setting, SECRET_TENANT_SALT.
	Setting string

	// Reason completes a sentence that starts with the setting's name.
	Reason string
}

// Error names the setting, what is wrong with it and what to do.
func (e *SaltError) Error() string {
	return fmt.Sprintf("%s %s: set it to at least %d random bytes, for example the output of `openssl rand -base64 32`", e.Setting, e.Reason, minSalt)
}

// checkSalt returns nil for a value that is fit for production.
func checkSalt(secret []byte) *SaltError {
	const setting = "SECRET_TENANT_SALT"
	switch {
	case len(secret) == 0:
		return &SaltError{setting, "is empty"}
	case isPlaceholder(secret):
		return &SaltError{setting, "is a placeholder"}
	case len(bytes.TrimSpace(secret)) < minSalt:
		return &SaltError{setting, fmt.Sprintf("is shorter than %d bytes", minSalt)}
	}
	return nil
}

// isPlaceholder reports whether secret contains a text that documentation and
// sample files put where a salt belongs. Case, dashes, underscores and spaces
// don't count. Each text is so long that a random value won't contain it.
func isPlaceholder(secret []byte) bool {
	plain := bytes.Map(func(r rune) rune {
		switch r {
		case '-', '_', ' ':
			return -1
		}
		return r
	}, bytes.ToLower(secret))
	for _, text := range [...]string{
		"overrideinsecureenv",
		"changeme",
		"changethis",
		"replaceme",
		"replacethis",
		"placeholder",
		"yoursecret",
		"yoursalt",
		"yourtenantsalt",
		"insertsalt",
	} {
		if bytes.Contains(plain, []byte(text)) {
			return true
		}
	}
	return false
}
