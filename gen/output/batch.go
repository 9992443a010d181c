package output

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// Batch is a number of files that change together: each is put on disk beside
// its place, and [Batch.Commit] moves them all. The zero Batch is empty. It is
// not safe for concurrent use, and [Batch.Close] ends it.
type Batch struct {
	roots  map[string]*os.Root // by module
	staged []staged
	made   []made
}

// staged is a file on disk that is not in its place yet.
type staged struct {
	root            *os.Root
	temporary, path string
	fresh           bool // nothing may be in its place
}

// made is a folder that was not there before.
type made struct {
	root *os.Root
	path string
}

// Generate adds the generated file of the package in dir, unless content stands
// there already. It makes dir itself, and nothing above it. The error is [ErrNoModule], [ErrForeign], [ErrInTheWay], or
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
	if _, err := root.Stat(filepath.Dir(p.below)); err != nil {
		return err
	}
	if err := b.makeFolder(root, p.below); err != nil {
		return err
	}
	return b.stage(staged{root: root, path: path}, content, 0o644, false)
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
	return b.stage(staged{root: root, path: p.file(name)}, content, info.Mode().Perm(), true)
}

// Create adds a file of the author's that is not there yet, and makes the folder
// that it is in. The error is as in [Batch.Generate], and [ErrExists].
func (b *Batch) Create(path string, content []byte) error {
	dir, name := filepath.Split(path)
	root, p, err := b.open(dir)
	if err != nil {
		return err
	}
	if err := b.makeFolder(root, p.below); err != nil {
		return err
	}
	created := staged{root: root, path: p.file(name), fresh: true}
	if err := created.free(); err != nil {
		return err
	}
	return b.stage(created, content, 0o644, false)
}

// free says that nothing is in the place of a file that must be new. A link is
// something, whatever it leads to.
func (s staged) free() error {
	_, err := s.root.Lstat(s.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err == nil:
		return ErrExists
	}
	return err
}

// makeFolder makes a folder and those above it.
func (b *Batch) makeFolder(root *os.Root, path string) error {
	var missing []string
	for ; path != "."; path = filepath.Dir(path) {
		_, err := root.Stat(path)
		if err == nil {
			break
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		missing = append(missing, path)
	}
	for _, path := range slices.Backward(missing) {
		if err := root.Mkdir(path, 0o755); err != nil {
			return err
		}
		b.made = append(b.made, made{root, path})
	}
	return nil
}

// Commit moves every file into its place, each in one step, so that a reader
// sees the old content or the new. Where that fails, which takes a file system
// that changed since, the others are moved all the same; but if somebody put a
// file where one should be new, none is.
func (b *Batch) Commit() error {
	for _, s := range b.staged {
		if !s.fresh {
			continue
		}
		if err := s.free(); err != nil {
			return fmt.Errorf("%s: %w", s.path, err)
		}
	}
	var errs []error
	for _, s := range b.staged {
		if err := s.root.Rename(s.temporary, s.path); err != nil {
			errs = append(errs, err, s.root.Remove(s.temporary))
		}
	}
	b.staged, b.made = nil, nil
	return errors.Join(errs...)
}

// Close takes back what was not committed.
func (b *Batch) Close() error {
	var errs []error
	for _, s := range b.staged {
		errs = append(errs, s.root.Remove(s.temporary))
	}
	for _, folder := range slices.Backward(b.made) {
		_ = folder.root.Remove(folder.path) // one that somebody else has put something in stays
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

func (b *Batch) stage(s staged, content []byte, mode fs.FileMode, exact bool) error {
	s.temporary = s.path + ".tmp"
	// Not over anything: it may be another run's, or a link that somebody laid.
	file, err := s.root.OpenFile(s.temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if errors.Is(err, fs.ErrExist) {
		return ErrInTheWay
	}
	if err != nil {
		return err
	}
	b.staged = append(b.staged, s)
	_, err = file.Write(content)
	if exact {
		// The umask may have taken bits.
		err = errors.Join(err, file.Chmod(mode))
	}
	return errors.Join(err, file.Sync(), file.Close())
}
