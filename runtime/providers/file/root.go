package file

import (
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"sync/atomic"
	"syscall"

	"github.com/secretsgen/secretsgen/runtime/providers"
)

// root is the directory of a mount, or of all that have none of their own. It is
// held by its name: a volume that is mounted anew is another directory under the
// same one.
type root struct {
	name   string
	logger *slog.Logger

	readable, writable atomic.Bool // was warned about
}

// errNothing says that there is nothing by the name of a location.
var errNothing = errors.New("nothing there")

// read reads a file or directory. The error is errNothing, or one of package os
// or regularfile.
func (r *root) read(at providers.Location) (providers.Document, error) {
	dir, err := os.OpenRoot(r.name)
	if err != nil {
		return providers.Document{}, err
	}
	defer func() { _ = dir.Close() }()
	look := func(mode fs.FileMode) { r.look(dir, at.Mount, mode) }
	info, err := dir.Stat(at.Path)
	switch {
	case missing(err):
		return providers.Document{}, errNothing
	case err != nil:
		return providers.Document{}, err
	case info.IsDir():
		return readDirectory(dir, at.Path, look)
	}
	content, err := readFile(dir, at.Path, maxBytes, look)
	if err != nil {
		return providers.Document{}, err
	}
	return providers.Scalar(providers.NewValue(providers.Binary, content), providers.Metadata{}), nil
}

// The permissions of those who neither own a file nor are in its group. What the
// group may is the operator's to say: Kubernetes lets it read every secret of a pod
// that has an fsGroup.
const (
	othersRead   fs.FileMode = 0o004
	othersWrite  fs.FileMode = 0o002
	othersSearch fs.FileMode = 0o001
)

// look warns, once for a root, of a secret file that others may read, and once of
// one that they may write. Where they can't get into the root they can do neither.
// No log holds a path: the warning names the mount.
func (r *root) look(dir *os.Root, mount string, mode fs.FileMode) {
	readable := mode&othersRead != 0 && !r.readable.Load()
	writable := mode&othersWrite != 0 && !r.writable.Load()
	if !readable && !writable {
		return
	}
	if info, err := dir.Stat("."); err != nil || info.Mode()&othersSearch == 0 {
		return
	}
	if readable && r.readable.CompareAndSwap(false, true) {
		r.logger.Warn("a secret file may be read by every user of this machine: give it mode 0400, or 0440 and a group (in Kubernetes defaultMode and fsGroup)", slog.String("mount", mount))
	}
	if writable && r.writable.CompareAndSwap(false, true) {
		r.logger.Warn("a secret file may be replaced by every user of this machine: give it mode 0400, or 0440 and a group", slog.String("mount", mount))
	}
}

// missing reports whether an error of package os says that there is nothing by
// that name, and can't be.
func missing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.ENAMETOOLONG)
}
