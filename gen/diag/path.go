package diag

import "path/filepath"

// Relative is a path as positions show it: relative to the absolute folder dir,
// or whole where that can't be, and slash-separated.
func Relative(dir, path string) string {
	if rel, err := filepath.Rel(dir, path); err == nil {
		path = rel
	}
	return filepath.ToSlash(path)
}
