// Package settings reads the process's settings: names, layers, types and the
// collected report of what is missing or malformed.
//
// A [Source] is an immutable snapshot of the environment. A [Reader] reads
// typed values out of it and collects every [Problem] instead of stopping at
// the first, so that an operator mends a deployment in one go (DESIGN section
// 9). A problem names the variable and the remedy, never the value. Providers
// and audit sinks read their own settings through the same types, which is why
// this package is a leaf: it imports nothing of the runtime.
package settings

import (
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"strings"
)

// Source is an immutable snapshot of named settings. The zero Source holds
// none. It is safe for concurrent use and redacts itself when printed, since
// it holds tokens and salts. They sit behind a function, where a reflective
// printer that asks no methods doesn't find them either.
type Source struct {
	lookup func(name string) (string, bool)
}

// FromEnviron takes a snapshot of the process environment.
func FromEnviron() Source {
	vars := make(map[string]string)
	for _, entry := range os.Environ() {
		if name, value, ok := strings.Cut(entry, "="); ok && name != "" {
			vars[name] = value
		}
	}
	return snapshot(vars)
}

// FromMap takes a snapshot of vars.
func FromMap(vars map[string]string) Source { return snapshot(maps.Clone(vars)) }

func snapshot(vars map[string]string) Source {
	return Source{lookup: func(name string) (string, bool) {
		value, ok := vars[name]
		return value, ok
	}}
}

// Lookup returns the value of name. A variable that is set to the empty string
// counts as not set: compose files write NAME= for "nothing".
func (s Source) Lookup(name string) (string, bool) {
	if s.lookup == nil {
		return "", false
	}
	value, ok := s.lookup(name)
	return value, ok && value != ""
}

const redacted = "settings.Source{[REDACTED]}"

// String hides every name and value.
func (s Source) String() string { return redacted }

// GoString hides every name and value.
func (s Source) GoString() string { return redacted }

// Format hides every name and value from every verb of package fmt.
func (s Source) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue hides every name and value from package log/slog.
func (s Source) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText hides every name and value from encoders.
func (s Source) MarshalText() ([]byte, error) { return []byte(redacted), nil }
