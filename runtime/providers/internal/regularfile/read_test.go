package regularfile_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/providers/internal/regularfile"
)

func TestReadHoldsTheLimit(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, []byte("12345"), 0o600); err != nil {
		t.Fatal(err)
	}
	for limit, want := range map[int64]error{4: regularfile.ErrTooLarge, 5: nil, 6: nil} {
		f, err := os.OpenFile(path, regularfile.Flags, 0)
		if err != nil {
			t.Fatal(err)
		}
		content, err := regularfile.Read(f, limit)
		if !errors.Is(err, want) || err == nil && string(content) != "12345" {
			t.Errorf("limit %d: %q, %v", limit, content, err)
		}
		if f.Close() == nil {
			t.Error("the file was left open")
		}
	}
}

func TestReadRefusesWhatIsNotARegularFile(t *testing.T) {
	t.Parallel()
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{pipe, t.TempDir(), os.DevNull} {
		f, err := os.OpenFile(path, regularfile.Flags, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := regularfile.Read(f, 10); !errors.Is(err, regularfile.ErrIrregular) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestFailure(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err  error
		want providers.ProviderError
	}{
		"too large":          {regularfile.ErrTooLarge, providers.ProviderError{Code: providers.Malformed}},
		"not a regular file": {regularfile.ErrIrregular, providers.ProviderError{Code: providers.Misconfigured}},
		"no permission":      {syscall.EACCES, providers.ProviderError{Code: providers.Denied}},
		"not there":          {syscall.ENOENT, providers.ProviderError{Code: providers.Unavailable, Retryable: true}},
		"an input error":     {syscall.EIO, providers.ProviderError{Code: providers.Unavailable, Retryable: true}},
		"links in a circle":  {syscall.ELOOP, providers.ProviderError{Code: providers.Misconfigured}},
		"a socket":           {syscall.ENXIO, providers.ProviderError{Code: providers.Misconfigured}},
		"out of the root":    {errors.New("path escapes from parent"), providers.ProviderError{Code: providers.Misconfigured}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := regularfile.Failure(&fs.PathError{Op: "open", Path: "canary", Err: c.err})
			got, ok := errors.AsType[*providers.ProviderError](err)
			if !ok || *got != c.want {
				t.Errorf("the error is %v", err)
			}
			if strings.Contains(err.Error(), "canary") || errors.Unwrap(err) != nil {
				t.Errorf("the error shows the path: %v", err)
			}
		})
	}
}
