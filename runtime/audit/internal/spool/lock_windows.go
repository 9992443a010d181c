package spool

import (
	"errors"
	"os"
	"syscall"
)

const sharingViolation syscall.Errno = 32

// lock takes the file at path for this process, until the file is closed or the
// process ends, however it does: it is opened to be shared with nobody.
func lock(path string) (*os.File, error) {
	name, err := syscall.UTF16PtrFromString(path)
	if err != nil {
		return nil, err
	}
	handle, err := syscall.CreateFile(name, syscall.GENERIC_READ|syscall.GENERIC_WRITE, 0, nil, syscall.OPEN_ALWAYS, syscall.FILE_ATTRIBUTE_NORMAL, 0)
	if errors.Is(err, sharingViolation) {
		return nil, ErrInUse
	}
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(handle), path), nil
}

// unlock gives it back.
func unlock(file *os.File) error { return file.Close() }
