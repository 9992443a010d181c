package file

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"syscall"

	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/providers/internal/regularfile"
	"github.com/secretsgen/secretsgen/runtime/settings"
)

const (
	rootVariable = "FILE_MOUNT_PATH"
	defaultRoot  = "/run/secrets"
)

// Provider returns the factory of the file store, an extension for runtime.New.
// Its Open returns a [*settings.Error] if the root is not a directory.
func Provider() providers.Factory {
	return providers.Factory{
		Package: "github.com/secretsgen/secretsgen/runtime/providers/file",
		Schemes: []string{"file"},
		Open:    open,
	}
}

func open(_ context.Context, in providers.Instance) (providers.Provider, error) {
	r := settings.NewReader(in.Settings)
	p := provider{root: r.String(rootVariable, defaultRoot)}
	if info, err := os.Stat(p.root); err != nil || !info.IsDir() {
		r.Report(rootVariable, "is not a directory that this process can see: give the one that holds the secret files, in place of "+defaultRoot)
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	return p, nil
}

// provider holds the root by its name: a volume that is mounted anew is another
// directory under the same one.
type provider struct{ root string }

// Read implements [providers.Provider].
func (p provider) Read(ctx context.Context, at providers.Location) (providers.Document, error) {
	if err := ctx.Err(); err != nil {
		return providers.Document{}, err
	}
	if at.Version > 0 {
		return providers.Document{}, &providers.SecretNotFoundError{}
	}
	root, err := os.OpenRoot(p.root)
	if err != nil {
		return providers.Document{}, regularfile.Failure(err)
	}
	defer func() { _ = root.Close() }()
	info, err := root.Stat(at.Path)
	switch {
	case missing(err):
		return providers.Document{}, &providers.SecretNotFoundError{}
	case err != nil:
		return providers.Document{}, regularfile.Failure(err)
	case info.IsDir():
		return readDirectory(root, at.Path)
	}
	content, err := readFile(root, at.Path, maxBytes)
	if err != nil {
		return providers.Document{}, regularfile.Failure(err)
	}
	return providers.Scalar(providers.NewValue(providers.Binary, content), providers.Metadata{}), nil
}

// missing reports whether an error of package os says that there is nothing by
// that name, and can't be.
func missing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.ENAMETOOLONG)
}
