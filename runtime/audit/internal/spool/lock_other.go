//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd || windows)

package spool

import (
	"errors"
	"os"
)

// lock refuses: without a lock that ends with its process two of them could use
// one folder.
func lock(string) (*os.File, error) { return nil, errors.ErrUnsupported }

func unlock(file *os.File) error { return file.Close() }
