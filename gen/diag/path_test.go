package diag_test

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/gen/diag"
)

func TestRelative(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for want, path := range map[string]string{
		"a/b.go":    filepath.Join(dir, "a", "b.go"),
		".":         dir,
		"..":        filepath.Dir(dir),
		"not/below": filepath.Join("not", "below"), // of no absolute place
	} {
		if diff := cmp.Diff(want, diag.Relative(dir, path)); diff != "" {
			t.Errorf("Relative(%q) (-want +got):\n%s", path, diff)
		}
	}
}
