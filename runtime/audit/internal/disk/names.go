//go:build !windows

package disk

import "os"

// SyncNames makes the names in a folder durable, with sync.
func SyncNames(folder string, sync func(*os.File) error) error {
	dir, err := os.Open(folder)
	if err != nil {
		return err
	}
	defer dir.Close()
	return sync(dir)
}
