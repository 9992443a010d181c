package file

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/providers/internal/regularfile"
)

const (
	maxBytes   = 1 << 20
	maxEntries = 1024

	// generation is the link by which Kubernetes swaps the files of a directory
	// all at once.
	generation = "..data"
)

// readDirectory makes a document of the files of a directory. A file that is
// listed and can't be read fails the whole, for half a document is none.
func readDirectory(root *os.Root, name string, look func(fs.FileMode)) (providers.Document, error) {
	dir, err := root.OpenRoot(name)
	if err != nil {
		return providers.Document{}, err
	}
	defer func() { _ = dir.Close() }()
	files := dir
	if current, err := dir.OpenRoot(generation); err == nil {
		defer func() { _ = current.Close() }()
		files = current
	} else if !missing(err) {
		return providers.Document{}, err
	}
	fields, err := readFiles(files, look)
	if err != nil {
		return providers.Document{}, err
	}
	return providers.Fields(fields, providers.Metadata{}), nil
}

func readFiles(dir *os.Root, look func(fs.FileMode)) (map[string]providers.Value, error) {
	names, err := list(dir)
	if err != nil {
		return nil, err
	}
	fields := make(map[string]providers.Value, len(names))
	left := int64(maxBytes)
	for _, name := range names {
		if strings.HasPrefix(name, "..") {
			continue
		}
		info, err := dir.Stat(name)
		if err != nil {
			return nil, err
		}
		if info.IsDir() {
			continue
		}
		content, err := readFile(dir, name, left, look)
		if err != nil {
			return nil, err
		}
		left -= int64(len(content))
		fields[name] = providers.NewValue(providers.Binary, content)
	}
	return fields, nil
}

// list returns the names in a directory.
func list(dir *os.Root) ([]string, error) {
	f, err := dir.Open(".")
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	names, err := f.Readdirnames(maxEntries + 1)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if len(names) > maxEntries {
		return nil, regularfile.ErrTooLarge
	}
	return names, nil
}

// readFile reads a file and has its permissions looked at.
func readFile(dir *os.Root, name string, limit int64, look func(fs.FileMode)) ([]byte, error) {
	f, err := dir.OpenFile(name, regularfile.Flags, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	if info.Mode().IsRegular() {
		look(info.Mode())
	}
	return regularfile.Read(f, limit)
}
