package cedar

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// maxFile is the largest policy file, in bytes.
const maxFile = 1 << 20

// stamp tells one state of a file from another without reading it. Kubernetes
// swaps a symbolic link, editors rename a new file into place, others write in
// place: one of the three differs. The zero stamp equals no file's.
type stamp struct{ info fs.FileInfo }

func (s stamp) equal(other stamp) bool {
	return s.info != nil && other.info != nil &&
		os.SameFile(s.info, other.info) &&
		s.info.Size() == other.info.Size() &&
		s.info.ModTime().Equal(other.info.ModTime())
}

// stampOf is the stamp of the file at path, or the zero stamp.
func stampOf(path string) stamp {
	info, err := os.Stat(path)
	if err != nil {
		return stamp{}
	}
	return stamp{info}
}

// read returns the content of a file and a stamp from before it was read, so
// that a write in between shows as a change. Only a regular file is opened:
// opening a named pipe would wait for a writer.
func read(path string) ([]byte, stamp, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, stamp{}, fileError(path, err)
	}
	if !info.Mode().IsRegular() {
		return nil, stamp{}, fileProblem(path, "is not a regular file: name a file of Cedar policies")
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, stamp{}, fileError(path, err)
	}
	defer func() { _ = file.Close() }()
	data, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	switch {
	case err != nil:
		return nil, stamp{}, fileError(path, err)
	case len(data) > maxFile:
		return nil, stamp{info}, fileProblem(path, "is larger than 1 MiB: take out what this service does not need")
	}
	return data, stamp{info}, nil
}

func fileProblem(path, message string) *Error {
	return &Error{File: filepath.Base(path), Problems: []Problem{{Message: message}}}
}

// fileError keeps the reason of the operating system and drops the path, which
// the error of package os carries in full.
func fileError(path string, err error) *Error {
	if pathErr, ok := errors.AsType[*fs.PathError](err); ok {
		err = pathErr.Err
	}
	e := fileProblem(path, "can't be read: "+err.Error())
	e.cause = err
	return e
}
