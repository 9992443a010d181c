// Package url has a type that reads itself. Its name is not that of its folder,
// and is that of a package that generated code may import.
package url

import "errors"

// Path is a path of slash-separated words.
type Path struct{ text string }

// UnmarshalText implements encoding.TextUnmarshaler.
func (p *Path) UnmarshalText(text []byte) error {
	if len(text) == 0 || text[0] != '/' {
		return errors.New("a path begins with a slash")
	}
	p.text = string(text)
	return nil
}

// String is the path.
func (p Path) String() string { return p.text }
