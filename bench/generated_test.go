package bench

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/secretsgen/secretsgen/gen/output"
)

// generated is everything that was generated in a folder: the accessors, and
// whatever goes beside them.
type generated struct {
	paths    []string // below the folder
	contents [][]byte
}

func generatedIn(b *testing.B, dir string) generated {
	b.Helper()
	var g generated
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.Name() != output.FileName {
			return err
		}
		content, err := os.ReadFile(filepath.Join(dir, path))
		g.paths, g.contents = append(g.paths, path), append(g.contents, content)
		return err
	})
	if err != nil || len(g.paths) == 0 {
		b.Fatalf("%d generated files can be read: %v", len(g.paths), err)
	}
	return g
}

// report tells how large the files are: a bloated output is no win.
func (g generated) report(b *testing.B, declarations int) {
	b.Helper()
	size, lines := 0, 0
	for _, content := range g.contents {
		size += len(content)
		lines += bytes.Count(content, []byte("\n"))
	}
	b.ReportMetric(float64(size)/float64(declarations), "bytes/declaration")
	b.ReportMetric(float64(lines)/float64(declarations), "lines/declaration")
	b.ReportMetric(float64(len(g.paths)), "files")
}
