package gen

import (
	"bytes"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/output"
)

// folder is one folder that a run looks at.
type folder struct {
	path   string   // as shown: slash-separated, relative to the working folder
	disk   string   // as opened
	yaml   []string // base names of declaring YAML files
	tagged bool     // a Go file may hold a tagged struct
	output bool     // there is a generated file
}

// discovery walks the folders that patterns name.
type discovery struct {
	dir   string // absolute
	src   Source
	found map[string]folder
	diags *diag.List
}

// discover finds the folders that the patterns of src name: "dir" is one, "dir/..." is it
// and everything below that the go command would look at, which leaves out
// vendor, testdata, other modules, symbolic links, and names that begin with
// "." or "_".
func discover(dir string, src Source, diags *diag.List) []folder {
	d := discovery{dir: dir, src: src, found: map[string]folder{}, diags: diags}
	patterns := src.Patterns
	if len(patterns) == 0 {
		patterns = []string{"./..."}
	}
	for _, pattern := range patterns {
		pattern = filepath.ToSlash(pattern)
		root, recursive := strings.CutSuffix(pattern, "...")
		if root != "" && !strings.HasSuffix(root, "/") {
			root, recursive = pattern, false // the name of one folder, dots or not
		}
		if !filepath.IsAbs(root) {
			root = filepath.Join(dir, root)
		}
		d.visit(filepath.Clean(root), recursive, "name a folder, as ./config, or with everything below it, as ./...")
	}
	folders := make([]folder, 0, len(d.found))
	for _, f := range d.found {
		folders = append(folders, f)
	}
	slices.SortFunc(folders, func(a, b folder) int { return strings.Compare(a.path, b.path) })
	return folders
}

// visit looks at a folder and, if asked to, at those below it.
func (d *discovery) visit(disk string, recursive bool, hint string) {
	f := folder{path: diag.Relative(d.dir, disk), disk: disk}
	entries, err := os.ReadDir(disk)
	if err != nil {
		d.diags.Add(unreadable(f.path, err, hint))
		return
	}
	for _, entry := range entries {
		switch {
		case isYAML(entry.Name()):
			f.yaml = append(f.yaml, entry.Name()) // a folder of that name is a mistake, which reading it tells
		case entry.IsDir():
			if below := filepath.Join(disk, entry.Name()); recursive && !skipped(below) {
				d.visit(below, true, "")
			}
		case entry.Name() == output.FileName:
			f.output = true
		case isGo(entry.Name()):
			f.tagged = f.tagged || d.mayBeTagged(disk, path.Join(f.path, entry.Name()))
		}
	}
	d.found[f.path] = f
	d.src.report(Reading, len(d.found), 0)
}

// mayBeTagged reports whether a Go file holds what every tag of ours does. Only
// then is it worth to ask the go command about its folder.
func (d *discovery) mayBeTagged(disk, shown string) bool {
	source, err := readRegular(filepath.Join(disk, path.Base(shown)), 0)
	if err != nil {
		d.diags.Add(unreadable(shown, err, ""))
	}
	return mayDeclare(source)
}

func mayDeclare(source []byte) bool { return bytes.Contains(source, []byte("secret:")) }

func isYAML(name string) bool {
	return name == "secrets.yaml" || strings.HasSuffix(name, ".secrets.yaml") && !hidden(name)
}

// isGo reports whether a file may be one of a package, tests left out.
func isGo(name string) bool {
	return strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") && !hidden(name)
}

// skipped reports whether a folder below another is none of its packages.
func skipped(disk string) bool {
	name := filepath.Base(disk)
	if name == "vendor" || name == "testdata" || hidden(name) {
		return true
	}
	_, err := os.Lstat(filepath.Join(disk, "go.mod"))
	return err == nil
}

// hidden reports whether the go command ignores a name.
func hidden(name string) bool { return strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") }
