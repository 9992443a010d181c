package output

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Batch is a number of files that change together: each is put on disk beside
// its place, and [Batch.Commit] moves them all. The zero Batch is empty. It is
// not safe for concurrent use, and [Batch.Close] ends it.
type Batch struct {
	roots  map[string]*os.Root // by module
	staged []staged
}

// staged is a file on disk that is not in its place yet.
type staged struct {
	root            *os.Root
	temporary, path string
}

// Generate adds the generated file of the package in dir, unless content stands
// there already. The error is [ErrNoModule], [ErrForeign], [ErrInTheWay], or
// what keeps the file from being written; a symbolic link out of the module
// does.
func (b *Batch) Generate(dir string, content []byte) error {
	root, p, err := b.open(dir)
	if err != nil {
		return err
	}
	path := p.file(FileName)
	state, err := compare(root, path, content)
	switch {
	case err != nil:
		return err
	case state == Foreign:
		return ErrForeign
	case state == Fresh:
		return nil
	}
	return b.stage(root, path, content, 0o644, false)
}

// Rewrite adds a file of the author's, whose mode it keeps. The error is as in
// [Batch.Generate], and [ErrNotRegular].
func (b *Batch) Rewrite(path string, content []byte) error {
	dir, name := filepath.Split(path)
	root, p, err := b.open(dir)
	if err != nil {
		return err
	}
	info, err := root.Lstat(p.file(name))
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return ErrNotRegular
	}
	return b.stage(root, p.file(name), content, info.Mode().Perm(), true)
}

// Commit moves every file into its place, each in one step, so that a reader
// sees the old content or the new. Where that fails, which takes a file system
// that changed since, the others are moved all the same.
func (b *Batch) Commit() error {
	var errs []error
	for _, s := range b.staged {
		if err := s.root.Rename(s.temporary, s.path); err != nil {
			errs = append(errs, err, s.root.Remove(s.temporary))
		}
	}
	b.staged = nil
	return errors.Join(errs...)
}

// Close takes back what was not committed.
func (b *Batch) Close() error {
	var errs []error
	for _, s := range b.staged {
		errs = append(errs, s.root.Remove(s.temporary))
	}
	for _, root := range b.roots {
		errs = append(errs, root.Close())
	}
	*b = Batch{}
	return errors.Join(errs...)
}

// open opens a folder's module, once for all of its folders.
func (b *Batch) open(dir string) (*os.Root, place, error) {
	p, err := placeIn(dir)
	if err != nil {
		return nil, place{}, err
	}
	if root, ok := b.roots[p.module]; ok {
		return root, p, nil
	}
	root, err := os.OpenRoot(p.module)
	if err != nil {
		return nil, place{}, err
	}
	if b.roots == nil {
		b.roots = map[string]*os.Root{}
	}
	b.roots[p.module] = root
	return root, p, nil
}

func (b *Batch) stage(root *os.Root, path string, content []byte, mode fs.FileMode, exact bool) error {
	temporary := path + ".tmp"
	// Not over anything: it may be another run's, or a link that somebody laid.
	file, err := root.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if errors.Is(err, fs.ErrExist) {
		return ErrInTheWay
	}
	if err != nil {
		return err
	}
	b.staged = append(b.staged, staged{root, temporary, path})
	_, err = file.Write(content)
	if exact {
		// The umask may have taken bits.
		err = errors.Join(err, file.Chmod(mode))
	}
	return errors.Join(err, file.Sync(), file.Close())
}
