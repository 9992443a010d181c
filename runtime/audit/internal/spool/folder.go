package spool

import (
	"os"
	"path/filepath"

	"github.com/secretsgen/secretsgen/runtime/audit/internal/disk"
)

// makeFolder makes the spool's folder, unless it is there, for this user alone.
// Its name is made durable as the names in it are, and so are those of the
// folders that had to be made on the way.
func (s *Spool) makeFolder() error {
	dir := filepath.Clean(s.dir)
	parents := []string{filepath.Dir(dir)}
	for {
		parent := parents[len(parents)-1]
		if _, err := os.Stat(parent); err == nil || parent == filepath.Dir(parent) {
			break
		}
		parents = append(parents, filepath.Dir(parent))
	}
	_, err := os.Stat(dir)
	found := err == nil
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for _, parent := range parents {
		// An earlier run may have made the folder and died. Others may own what it
		// is in; then it was theirs to make it last.
		if err := s.syncDir(parent); err != nil && !found {
			return err
		}
	}
	return nil
}

// try does in the folder what appending will do.
func (s *Spool) try() error {
	path := filepath.Join(s.dir, "try")
	file, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer os.Remove(path)
	defer file.Close()
	if _, err := file.WriteString(header); err != nil {
		return err
	}
	if err := s.sync(file); err != nil {
		return err
	}
	return s.syncDir(s.dir)
}

func (s *Spool) syncDir(path string) error { return disk.SyncNames(path, s.sync) }
