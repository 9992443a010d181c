package constraint

import (
	"reflect"
	"strconv"
	"unicode/utf8"
)

// Measured is what has a length: text, in characters (Unicode code points),
// bytes, in bytes, and maps, in entries.
type Measured interface {
	~string | ~[]byte | ~map[string]string
}

// MinLength refuses what is shorter than n characters, bytes or entries.
func MinLength[T Measured](n int) Rule[T] {
	return unless("is shorter than its minimum, "+units[T](n), func(v T) bool { return length(v) >= n })
}

// MaxLength refuses what is longer than n characters, bytes or entries.
func MaxLength[T Measured](n int) Rule[T] {
	return unless("is longer than its maximum, "+units[T](n), func(v T) bool { return length(v) <= n })
}

func length[T Measured](v T) int {
	if text := reflect.ValueOf(v); text.Kind() == reflect.String {
		return utf8.RuneCountInString(text.String())
	}
	return len(v)
}

// units writes n with the unit in which a T is measured.
func units[T Measured](n int) string {
	one, many := "byte", "bytes"
	switch reflect.TypeFor[T]().Kind() {
	case reflect.String:
		one, many = "character", "characters"
	case reflect.Map:
		one, many = "entry", "entries"
	default:
	}
	if n == 1 {
		many = one
	}
	return strconv.Itoa(n) + " " + many
}
