package file

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/settings"
)

func TestSwappedGenerationIsReadAnew(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	write(t, root, map[string]string{"d/..one/a": "one", "d/..two/a": "two", "d/..data->": "..one", "d/a->": "..data/a"})
	p := openAt(t, root)
	for _, generation := range []string{"one", "two", "one"} {
		next := filepath.Join(root, "d", "..next")
		if err := os.Symlink(".."+generation, next); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(next, filepath.Join(root, "d", "..data")); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[string]string{"a": generation}, fieldsOf(t, p, "d")); diff != "" {
			t.Errorf("directory (-want +got):\n%s", diff)
		}
		doc, err := p.Read(t.Context(), at("d/a"))
		if err != nil {
			t.Fatal(err)
		}
		if value, _ := doc.Scalar(); string(value.Bytes()) != generation {
			t.Errorf("the file is of generation %s", value.Bytes())
		}
	}
}

func TestRootThatIsReplacedIsReadAnew(t *testing.T) {
	t.Parallel()
	root := filepath.Join(t.TempDir(), "root")
	write(t, root, map[string]string{"a": "old"})
	p := openAt(t, root)
	if err := os.RemoveAll(root); err != nil {
		t.Fatal(err)
	}
	_, err := p.Read(t.Context(), at("a"))
	e, ok := errors.AsType[*providers.ProviderError](err)
	if !ok || e.Code != providers.Unavailable || !e.Retryable {
		t.Errorf("without its root the error is %v", err)
	}
	write(t, root, map[string]string{"a": "new"})
	doc, err := p.Read(t.Context(), at("a"))
	if err != nil {
		t.Fatal(err)
	}
	if value, _ := doc.Scalar(); string(value.Bytes()) != "new" {
		t.Errorf("the value is %s", value.Bytes())
	}
}

// project writes a generation as the kubelet and the CSI secrets store do: files
// in a folder of a new name, the link ..data renamed onto the last one, a link for
// each name of the first level, and the last generation removed.
func project(t *testing.T, dir string, generation int, files map[string]string) {
	t.Helper()
	folder := fmt.Sprintf("..2026_%d", generation)
	write(t, filepath.Join(dir, folder), files)
	last, _ := os.Readlink(filepath.Join(dir, "..data"))
	next := filepath.Join(dir, "..data_tmp")
	if err := os.Symlink(folder, next); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(next, filepath.Join(dir, "..data")); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(filepath.Join(dir, folder))
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		err := os.Symlink(filepath.Join("..data", entry.Name()), filepath.Join(dir, entry.Name()))
		if err != nil && !errors.Is(err, os.ErrExist) {
			t.Fatal(err)
		}
	}
	if last != "" {
		if err := os.RemoveAll(filepath.Join(dir, last)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestProjectedVolume(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	p := openAt(t, root)
	for generation := range 3 {
		// The CSI secrets store writes nested names, of which only the first is a link.
		value := fmt.Sprint(canary, generation)
		project(t, root, generation, map[string]string{"token": value, "db/user": value, "db/password": value, "db/tls/key": value})
		for _, path := range []string{"token", "db/user", "db/tls/key"} {
			doc, err := p.Read(t.Context(), at(path))
			if err != nil {
				t.Fatal(err)
			}
			if got, _ := doc.Scalar(); string(got.Bytes()) != value {
				t.Errorf("%s is of another generation than %d", path, generation)
			}
		}
		if diff := cmp.Diff(map[string]string{"user": value, "password": value}, fieldsOf(t, p, "db")); diff != "" {
			t.Errorf("a nested directory (-want +got):\n%s", diff)
		}
	}
}

// What is there all the time is never missing, though the generation that a read
// has begun in is removed under it: a secret that may be absent would become its
// default. The next swap waits for a read to end, so that a read meets one.
func TestReadThatMeetsASwap(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"db/user", "db"} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			files := map[string]string{"db/user": "x", "db/password": "x"}
			project(t, root, 0, files)
			p := openAt(t, root)
			read, done := make(chan struct{}), make(chan struct{})
			go func() {
				defer close(done)
				for range read {
					if _, err := p.Read(t.Context(), at(path)); err != nil {
						t.Errorf("the error is %v", err)
					}
				}
			}()
			for generation := range 150 {
				read <- struct{}{}
				project(t, root, generation+1, files)
			}
			close(read)
			<-done
		})
	}
}

// swapping is a log that swaps a volume when it is first written to: at the warning
// of a file that has just been opened.
type swapping struct {
	slog.Handler
	once *sync.Once
	swap func()
}

func (swapping) Enabled(context.Context, slog.Level) bool { return true }

func (s swapping) Handle(context.Context, slog.Record) error {
	s.once.Do(s.swap)
	return nil
}

// The files of a directory are listed, and gone before the second one is opened.
func TestReadWhoseFilesGoBetweenTheFirstAndTheSecond(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	if err := os.Chmod(root, 0o755); err != nil {
		t.Fatal(err)
	}
	files := map[string]string{"db/user": "old", "db/password": "old"}
	project(t, root, 0, files)
	for name := range files {
		if err := os.Chmod(filepath.Join(root, name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	swapped := false
	log := swapping{slog.DiscardHandler, new(sync.Once), func() {
		project(t, root, 1, map[string]string{"db/user": "new", "db/password": "new"})
		swapped = true
	}}
	p, err := Provider().Open(t.Context(), providers.Instance{
		Settings: settings.FromMap(map[string]string{"FILE_MOUNT_PATH": root}), Logger: slog.New(log),
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"user": "new", "password": "new"}, fieldsOf(t, p, "db")); diff != "" || !swapped {
		t.Errorf("swapped: %v, directory (-want +got):\n%s", swapped, diff)
	}
}
