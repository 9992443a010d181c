package disk_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/secretsgen/secretsgen/runtime/audit/internal/disk"
)

func TestALineWithoutAnEndIsSeen(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{"": false, "\n": false, "a": true, "a\n": false, "a\nb": true} {
		path := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		file, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := disk.EndsInside(file); got != want {
			t.Errorf("%q: %t, want %t", text, got, want)
		}
		_ = file.Close()
		if !disk.EndsInside(file) {
			t.Errorf("%q: what can't be looked at counts as whole", text)
		}
	}
}

func TestAFolderThatIsNotThereIsNotSynced(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := disk.SyncNames(dir, (*os.File).Sync); err != nil {
		t.Error(err)
	}
	if err := disk.SyncNames(filepath.Join(dir, "canary"), (*os.File).Sync); err == nil {
		t.Error("no error")
	}
}
