//go:build unix

package gen_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestPipesAndDevicesAreNotRead holds that a run neither waits for nor drinks
// from what is no file.
func TestPipesAndDevicesAreNotRead(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"go.mod": goMod, "a/secrets.yaml": inYAML})
	for _, name := range []string{"a/pipe.secrets.yaml", "a/pipe.go"} {
		if err := syscall.Mkfifo(filepath.Join(dir, name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("/dev/zero", filepath.Join(dir, "a/zero.secrets.yaml")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "a/folder.secrets.yaml"), 0o755); err != nil {
		t.Fatal(err)
	}
	_, diags := load(t, dir)
	want := []string{"a/folder.secrets.yaml UNREADABLE", "a/pipe.go UNREADABLE", "a/pipe.secrets.yaml UNREADABLE", "a/zero.secrets.yaml UNREADABLE"}
	if diff := cmp.Diff(want, shown(diags)); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}
