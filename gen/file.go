package gen

import (
	"errors"
	"io"
	"io/fs"
	"os"

	"github.com/secretsgen/secretsgen/gen/diag"
)

// errNotRegular keeps a run from waiting for a pipe, and from reading a device.
var errNotRegular = errors.New("not a regular file")

// isRegular reports whether a path is that of a file, or of a link to one.
func isRegular(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// readRegular reads a file, or the first limit bytes of it if limit is not 0.
func readRegular(path string, limit int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errNotRegular
	}
	if limit == 0 {
		return os.ReadFile(path)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(io.LimitReader(file, limit))
	return content, errors.Join(err, file.Close())
}

// unreadable says why a file can't be read.
func unreadable(path string, err error, hint string) diag.Diagnostic {
	return diag.Diagnostic{
		Pos:     diag.Pos{File: path},
		Code:    diag.Unreadable,
		Message: "can't be read: " + reason(err),
		Hint:    hint,
	}
}

// reason is an error without the path, which the diagnostic shows in its own
// way.
func reason(err error) string {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err
	} else if e, ok := errors.AsType[*os.LinkError](err); ok {
		err = e.Err
	}
	return err.Error()
}
