//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package spool

import (
	"errors"
	"os"
	"syscall"
)

// lock takes the file at path for this process, until the file is closed or the
// process ends, however it does.
func lock(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = file.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, ErrInUse
		}
		return nil, err
	}
	return file, nil
}

// unlock gives it back, also where a process that is just being started has
// inherited it.
func unlock(file *os.File) error {
	unlocked := syscall.Flock(int(file.Fd()), syscall.LOCK_UN)
	if err := file.Close(); err != nil {
		return err
	}
	return unlocked
}
