package settings

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Reader reads typed settings out of a [Source] and collects what is wrong
// with them. It is meant for one pass by one goroutine.
type Reader struct {
	src      Source
	problems []Problem
}

// NewReader returns a reader of src.
func NewReader(src Source) *Reader { return &Reader{src: src} }

// Err returns everything reported so far as an [*Error], or nil.
func (r *Reader) Err() error { return NewError(r.problems) }

// Problems returns everything reported so far.
func (r *Reader) Problems() []Problem { return r.problems }

// Report adds a problem. The detail must not hold the value.
func (r *Reader) Report(name, detail string) {
	r.problems = append(r.problems, Problem{Name: name, Detail: detail})
}

// Lookup returns the value of name as it stands.
func (r *Reader) Lookup(name string) (string, bool) { return r.src.Lookup(name) }

// String returns the value of name, or fallback if it is not set.
func (r *Reader) String(name, fallback string) string {
	if value, ok := r.src.Lookup(name); ok {
		return value
	}
	return fallback
}

// List returns the comma-separated, space-trimmed, non-empty items of name.
func (r *Reader) List(name string) []string {
	value, _ := r.src.Lookup(name)
	var items []string
	for item := range strings.SplitSeq(value, ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}

// Bool reads true or false in any case, and 1 or 0 (the predecessor's compose
// files write "False").
func (r *Reader) Bool(name string, fallback bool) bool {
	value, ok := r.src.Lookup(name)
	if !ok {
		return fallback
	}
	switch strings.ToLower(value) {
	case "true", "1":
		return true
	case "false", "0":
		return false
	}
	r.Report(name, "is not a boolean: write true or false")
	return fallback
}

// Int reads a decimal integer in [lo, hi].
func (r *Reader) Int(name string, fallback, lo, hi int) int {
	value, ok := r.src.Lookup(name)
	if !ok {
		return fallback
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < lo || n > hi {
		r.Report(name, fmt.Sprintf("is not a whole number from %d to %d", lo, hi))
		return fallback
	}
	return n
}

// Duration reads a Go duration ("250ms") or plain seconds ("30", "0.5") in
// [lo, hi].
func (r *Reader) Duration(name string, fallback, lo, hi time.Duration) time.Duration {
	value, ok := r.src.Lookup(name)
	if !ok {
		return fallback
	}
	d, ok := parseDuration(value)
	if !ok || d < lo || d > hi {
		r.Report(name, fmt.Sprintf("is not a duration from %v to %v: write a Go duration such as 250ms, or plain seconds", lo, hi))
		return fallback
	}
	return d
}

func parseDuration(value string) (time.Duration, bool) {
	if d, err := time.ParseDuration(value); err == nil {
		return d, true
	}
	seconds, err := strconv.ParseFloat(value, 64)
	if err != nil || math.IsNaN(seconds) || math.Abs(seconds) > math.MaxInt64/float64(time.Second)/2 {
		return 0, false
	}
	return time.Duration(seconds * float64(time.Second)), true
}

// Layered reads a setting that has several names. Each layer is a set of names
// of equal rank, earlier layers win over later ones; two names of one layer
// that hold different values are a problem that names both. It returns the
// value and the name it came from.
func (r *Reader) Layered(layers ...[]string) (value, name string, ok bool) {
	for _, layer := range layers {
		for _, candidate := range layer {
			found, set := r.src.Lookup(candidate)
			switch {
			case !set:
			case !ok:
				value, name, ok = found, candidate, true
			case found != value:
				r.Report(candidate, "disagrees with "+name+": set one of the two, or both to the same value")
			}
		}
		if ok {
			return value, name, true
		}
	}
	return "", "", false
}
