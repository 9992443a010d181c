package readtags

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A module is the folder of a go.mod with the patterns that are about packages of
// it. The go command is run there: from another module's folder it would refuse
// them, unless a go.work names both.
type module struct {
	dir      string
	patterns []string // as the go command is given them
	given    []string // the same as the caller wrote them
}

// modulesOf puts patterns, which are relative to dir, to the nearest go.mod at or
// above what they name. Import paths, and what is below no go.mod, stay with dir.
func modulesOf(dir string, patterns []string) []*module {
	var modules []*module
	byDir := map[string]*module{}
	roots := map[string]string{}
	here := moduleRoot(dir, dir, roots)
	for _, given := range patterns {
		root, pattern := here, given
		if isPath(given) {
			path := given
			if !filepath.IsAbs(path) {
				path = filepath.Join(dir, path)
			}
			root = moduleRoot(folderNamed(path), dir, roots)
			if rel, err := filepath.Rel(root, path); err == nil {
				pattern = "./" + filepath.ToSlash(rel)
				if rel == "." {
					pattern = rel
				}
			}
		}
		m := byDir[root]
		if m == nil {
			m = &module{dir: root}
			byDir[root] = m
			modules = append(modules, m)
		}
		m.patterns = append(m.patterns, pattern)
		m.given = append(m.given, given)
	}
	return modules
}

// isPath reports whether a pattern names folders or a file, as the go command
// tells it from an import path.
func isPath(pattern string) bool {
	slashed := filepath.ToSlash(pattern)
	first, _, _ := strings.Cut(slashed, "/")
	return first == "." || first == ".." || filepath.IsAbs(pattern) || strings.HasSuffix(pattern, ".go")
}

// folderNamed is the folder that a path is about: that of a file, and the one
// above the first "...".
func folderNamed(path string) string {
	if before, _, wild := strings.Cut(path, "..."); wild {
		return filepath.Dir(before + "x")
	}
	if strings.HasSuffix(path, ".go") {
		return filepath.Dir(path)
	}
	return path
}

// moduleRoot returns the nearest folder at or above path that has a go.mod, or
// else the one given. It keeps what it found in known.
func moduleRoot(path, otherwise string, known map[string]string) string {
	var passed []string
	root := otherwise
	for at := path; ; at = filepath.Dir(at) {
		if found, asked := known[at]; asked {
			root = found
			break
		}
		passed = append(passed, at)
		if info, err := os.Stat(filepath.Join(at, "go.mod")); err == nil && !info.IsDir() {
			root = at
			break
		}
		if at == filepath.Dir(at) {
			break
		}
	}
	for _, at := range passed {
		known[at] = root
	}
	return root
}

// asGiven is a pattern as the caller wrote it.
func (m *module) asGiven(pattern string) string {
	if i := slices.Index(m.patterns, pattern); i >= 0 {
		return m.given[i]
	}
	return pattern
}
