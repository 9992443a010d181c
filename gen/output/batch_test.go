package output_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/gen/output"
)

func TestCommitPutsEveryFileInItsPlace(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{
		"go.mod":             "module a\n",
		"a/secrets_gen.go":   ours + "old\n",
		"b/secrets.yaml":     "old\n",
		"c/go.mod":           "module a/c\n",
		"d/secrets_gen.go":   ours + "same\n",
		"untouched/file.txt": "x",
	})
	before := files(t, dir)
	var batch output.Batch
	must(t, batch.Generate(filepath.Join(dir, "a"), []byte(ours+"new\n")))
	must(t, batch.Rewrite(filepath.Join(dir, "b/secrets.yaml"), []byte("new\n")))
	must(t, batch.Generate(filepath.Join(dir, "c"), []byte(ours+"first\n")))
	must(t, batch.Generate(filepath.Join(dir, "d"), []byte(ours+"same\n")))

	staged := files(t, dir)
	for name, content := range before {
		if staged[name] != content {
			t.Errorf("%s changed before Commit: %q", name, staged[name])
		}
	}
	must(t, batch.Commit())
	must(t, batch.Close())

	want := before
	want["a/secrets_gen.go"] = ours + "new\n"
	want["b/secrets.yaml"] = "new\n"
	want["c/secrets_gen.go"] = ours + "first\n"
	if diff := cmp.Diff(want, files(t, dir)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

func TestCloseTakesBackWhatWasNotCommitted(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"go.mod": "module a\n", "a/secrets_gen.go": ours, "b/secrets.yaml": "old\n"})
	before := files(t, dir)
	var batch output.Batch
	must(t, batch.Generate(filepath.Join(dir, "a"), []byte(ours+"new\n")))
	must(t, batch.Rewrite(filepath.Join(dir, "b/secrets.yaml"), []byte("new\n")))
	if len(files(t, dir)) != len(before)+2 {
		t.Fatal("nothing was staged, so the test shows nothing")
	}
	must(t, batch.Close())
	if diff := cmp.Diff(before, files(t, dir)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

func TestFilesThatDoNotChangeAreNotTouched(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"go.mod": "module a\n", "secrets_gen.go": ours})
	path := filepath.Join(dir, "secrets_gen.go")
	before := stat(t, path)
	var batch output.Batch
	must(t, batch.Generate(dir, []byte(ours)))
	must(t, batch.Commit())
	must(t, batch.Close())
	if after := stat(t, path); !os.SameFile(before, after) || !before.ModTime().Equal(after.ModTime()) {
		t.Error("the file was replaced")
	}
}

func TestRewriteKeepsTheMode(t *testing.T) {
	t.Parallel()
	for _, mode := range []fs.FileMode{0o600, 0o640, 0o666, 0o755} {
		dir := tree(t, map[string]string{"go.mod": "module a\n", "secrets.yaml": "old\n"})
		path := filepath.Join(dir, "secrets.yaml")
		must(t, os.Chmod(path, mode))
		var batch output.Batch
		must(t, batch.Rewrite(path, []byte("new\n")))
		must(t, batch.Commit())
		must(t, batch.Close())
		if got := stat(t, path).Mode(); got != mode {
			t.Errorf("got mode %v, want %v", got, mode)
		}
	}
}

func TestWhatABatchRefuses(t *testing.T) {
	t.Parallel()
	generate := func(b *output.Batch, dir string) error {
		return b.Generate(filepath.Join(dir, "config"), []byte(ours+"new\n"))
	}
	generateDeep := func(b *output.Batch, dir string) error {
		return b.Generate(filepath.Join(dir, "none/config"), []byte(ours+"new\n"))
	}
	rewrite := func(b *output.Batch, dir string) error {
		return b.Rewrite(filepath.Join(dir, "config/secrets.yaml"), []byte("new\n"))
	}
	create := func(b *output.Batch, dir string) error {
		return b.Create(filepath.Join(dir, "new/config/secrets.yaml"), []byte("new\n"))
	}
	tests := map[string]struct {
		files map[string]string
		add   func(*output.Batch, string) error
		want  error // nil: any
	}{
		"to generate over an author's file":            {map[string]string{"config/secrets_gen.go": "package config\n"}, generate, output.ErrForeign},
		"to generate over a link":                      {map[string]string{"config/secrets_gen.go.->": "../other.go", "other.go": ours}, generate, output.ErrForeign},
		"to generate through a link out of it":         {map[string]string{"config.->": os.TempDir()}, generate, nil},
		"to generate through a link above it":          {map[string]string{"config.->": ".."}, generate, nil},
		"to generate where a temporary file is":        {map[string]string{"config/secrets_gen.go.tmp": "theirs"}, generate, output.ErrInTheWay},
		"to generate where a temporary link is":        {map[string]string{"config/secrets_gen.go.tmp.->": "../go.mod"}, generate, output.ErrInTheWay},
		"to generate below a folder that is not there": {nil, generateDeep, fs.ErrNotExist},
		"to rewrite a link":                            {map[string]string{"config/secrets.yaml.->": "real.yaml", "config/real.yaml": "old\n"}, rewrite, output.ErrNotRegular},
		"to rewrite a folder":                          {map[string]string{"config/secrets.yaml/a": ""}, rewrite, output.ErrNotRegular},
		"to rewrite a file that is not there":          {map[string]string{"config/a": ""}, rewrite, fs.ErrNotExist},
		"to rewrite where a temporary file is":         {map[string]string{"config/secrets.yaml": "old\n", "config/secrets.yaml.tmp": "theirs"}, rewrite, output.ErrInTheWay},
		"to rewrite through a link out of the module":  {map[string]string{"config.->": os.TempDir()}, rewrite, nil},
		"to create a file that is there":               {map[string]string{"new/config/secrets.yaml": "theirs"}, create, output.ErrExists},
		"to create over a folder":                      {map[string]string{"new/config/secrets.yaml/a": ""}, create, output.ErrExists},
		"to create over a link to nowhere":             {map[string]string{"new/config/secrets.yaml.->": "gone"}, create, output.ErrExists},
		"to create where a temporary file is":          {map[string]string{"new/config/secrets.yaml.tmp": "theirs"}, create, output.ErrInTheWay},
		"to create below a file":                       {map[string]string{"new": ""}, create, nil},
		"to create through a link out of the module":   {map[string]string{"new.->": os.TempDir()}, create, nil},
		"to create below a link to nowhere":            {map[string]string{"new.->": "gone"}, create, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := tree(t, tt.files)
			must(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module a\n"), 0o644))
			before := files(t, dir)
			var batch output.Batch
			err := tt.add(&batch, dir)
			if err == nil || tt.want != nil && !errors.Is(err, tt.want) {
				t.Errorf("got error %v, want %v", err, tt.want)
			}
			must(t, batch.Close())
			if diff := cmp.Diff(before, files(t, dir)); diff != "" {
				t.Errorf("files (-want +got):\n%s", diff)
			}
		})
	}
}

func TestGenerateMakesTheLastFolderAndTakesItBack(t *testing.T) {
	t.Parallel()
	for name, commit := range map[string]bool{"committed": true, "not committed": false} {
		dir := tree(t, map[string]string{"go.mod": "module a\n"})
		var batch output.Batch
		must(t, batch.Generate(filepath.Join(dir, "fake"), []byte(ours)))
		want := map[string]string{"go.mod": "module a\n"}
		if commit {
			must(t, batch.Commit())
			want["fake/secrets_gen.go"] = ours
		}
		must(t, batch.Close())
		if diff := cmp.Diff(want, files(t, dir)); diff != "" {
			t.Errorf("%s: files (-want +got):\n%s", name, diff)
		}
		if _, err := os.Lstat(filepath.Join(dir, "fake")); (err == nil) != commit {
			t.Errorf("%s: the folder is there: %v", name, err == nil)
		}
	}
}

func TestCreateMakesTheFolder(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"go.mod": "module a\n", "a/x": ""})
	create := func() *output.Batch {
		var batch output.Batch
		must(t, batch.Create(filepath.Join(dir, "a/b/c/secrets.yaml"), []byte("new\n")))
		must(t, batch.Create(filepath.Join(dir, "a/b/c/generate.go"), []byte("package c\n")))
		must(t, batch.Create(filepath.Join(dir, "a/b/d/secrets.yaml"), []byte("new\n")))
		return &batch
	}
	must(t, create().Close())
	if _, err := os.Lstat(filepath.Join(dir, "a/b")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v for the folder, want that it was taken back", err)
	}
	batch := create()
	must(t, batch.Commit())
	must(t, batch.Close())
	want := map[string]string{
		"go.mod":             "module a\n",
		"a/x":                "",
		"a/b/c/secrets.yaml": "new\n",
		"a/b/c/generate.go":  "package c\n",
		"a/b/d/secrets.yaml": "new\n",
	}
	if diff := cmp.Diff(want, files(t, dir)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

func TestNothingIsCreatedWhereSomebodyWasFaster(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"go.mod": "module a\n"})
	var batch output.Batch
	must(t, batch.Create(filepath.Join(dir, "new/generate.go"), []byte("package a\n")))
	must(t, batch.Create(filepath.Join(dir, "new/secrets.yaml"), []byte("new\n")))
	must(t, os.WriteFile(filepath.Join(dir, "new/secrets.yaml"), []byte("theirs\n"), 0o600))
	if err := batch.Commit(); !errors.Is(err, output.ErrExists) {
		t.Errorf("got error %v, want %v", err, output.ErrExists)
	}
	must(t, batch.Close())
	want := map[string]string{"go.mod": "module a\n", "new/secrets.yaml": "theirs\n"}
	if diff := cmp.Diff(want, files(t, dir)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

func TestCommitFailsForTheFileThatCanNotBeMoved(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"go.mod": "module a\n", "a/x": "", "b/x": ""})
	var batch output.Batch
	must(t, batch.Generate(filepath.Join(dir, "a"), []byte(ours)))
	must(t, batch.Generate(filepath.Join(dir, "b"), []byte(ours)))
	// Somebody makes a folder in the one place meanwhile.
	must(t, os.MkdirAll(filepath.Join(dir, "a/secrets_gen.go/x"), 0o755))
	if batch.Commit() == nil {
		t.Error("got no error")
	}
	must(t, batch.Close())
	want := map[string]string{"go.mod": "module a\n", "a/x": "", "b/x": "", "b/secrets_gen.go": ours}
	if diff := cmp.Diff(want, files(t, dir)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func stat(t *testing.T, path string) fs.FileInfo {
	t.Helper()
	info, err := os.Lstat(path)
	must(t, err)
	return info
}
