// Package regularfile reads whole files for the stores that live in files.
//
// Plaintext flows through. A file that is not a regular one is refused instead
// of waited for, a large one instead of read, and what goes wrong becomes an
// error of package providers, which holds no path.
package regularfile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"

	"github.com/secretsgen/secretsgen/runtime/providers"
)

// Flags are what a file is opened with, so that opening a pipe does not wait for
// its other end.
const Flags = os.O_RDONLY | syscall.O_NONBLOCK

// The errors of [Read] beside those of package os.
var (
	ErrIrregular = errors.New("not a regular file")
	ErrTooLarge  = errors.New("file too large")
)

// Read returns what f holds, at most limit bytes of it, and closes f.
func Read(f *os.File, limit int64) ([]byte, error) {
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, ErrIrregular
	}
	// info.Size is not asked: it is 0 in some file systems, and a file may grow.
	content, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(content)) > limit {
		return nil, ErrTooLarge
	}
	return content, err
}

// Failure says what an error of package os or of [Read] means for the store as a
// whole: a root or a file of the operator's that ought to be there. The result
// is a [*providers.ProviderError].
func Failure(err error) error {
	code, retryable := providers.Misconfigured, false
	switch _, system := errors.AsType[syscall.Errno](err); {
	case errors.Is(err, ErrTooLarge):
		code = providers.Malformed
	case errors.Is(err, fs.ErrPermission):
		code = providers.Denied
	case errors.Is(err, syscall.ELOOP), errors.Is(err, syscall.ENXIO):
		// Links in a circle, and a socket: neither goes away by itself.
	case system:
		// Also a file that is missing: it may be about to be replaced.
		code, retryable = providers.Unavailable, true
	}
	return &providers.ProviderError{Code: code, Retryable: retryable}
}
