package spool

import (
	"errors"
	"io/fs"
	"os"
)

var (
	// ErrFull says that the spool holds as much as it may.
	ErrFull = errors.New("the spool is full")
	// ErrBusy says that as much waits for the disk as may.
	ErrBusy = errors.New("the spool's disk does not keep up")
	// ErrClosed says that the spool takes no more records.
	ErrClosed = errors.New("the spool is closed")
	// ErrTooLarge says that a record is longer than any may be.
	ErrTooLarge = errors.New("the record is too large for the spool")
)

// The reasons of an [OpenError] that a remedy depends on.
var (
	ErrInUse   = errors.New("another process uses it, or another client of this one")
	ErrUnknown = errors.New("it holds records that this version of the program does not know")
)

// OpenError says what was tried when a folder turned out not to be usable. It
// holds no path.
type OpenError struct {
	Tried string // for instance "making the folder"
	Err   error  // the system's reason, without the path, [ErrInUse] or [ErrUnknown]
}

// Error says what was tried and why it failed.
func (e *OpenError) Error() string { return e.Tried + ": " + e.Err.Error() }

// Unwrap returns the reason.
func (e *OpenError) Unwrap() error { return e.Err }

func openError(tried string, err error) error { return &OpenError{Tried: tried, Err: pathless(err)} }

// pathless is the part of a file system's error that names no file.
func pathless(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	if e, ok := errors.AsType[*os.LinkError](err); ok {
		return e.Err
	}
	if e, ok := errors.AsType[*os.SyscallError](err); ok {
		return e.Err
	}
	return err
}
